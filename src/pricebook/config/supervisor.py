"""`pricebook up`: the whole product in one tree of processes, started, watched and ended (G1)."""

from __future__ import annotations

import errno
import http.client
import io
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.db import OperationalError, connections

from pricebook.config.children import Child, Program
from pricebook.config.embedded.hold import hold_services
from pricebook.config.env import make_home, make_private_folder
from pricebook.config.processes import SignalInbox, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pricebook.config.embedded.hold import Services
    from pricebook.config.env import Environment

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 0.5
_READY_SECONDS = 60.0
# Of the ten seconds that stopping may take, PostgreSQL may need the rest.
_STOP_SECONDS = 5.0
_SIGN_IN = "Sign in with your account. Forgotten? ./run changepassword admin sets a new password."


class StartError(Exception):
    """The product cannot start; the message says why and what to do."""


def run_product(environment: Environment) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP; returns when everything has ended.

    Raises StartError or ServicesError when it cannot start or a server cannot be kept running.
    """
    home = environment.home
    make_home(home)
    with ExitStack() as stack:
        stack.enter_context(_only_one(home))
        listener = stack.enter_context(closing(_listen(environment.host, environment.port)))
        services = stack.enter_context(
            hold_services(
                home,
                database_url=environment.database_url,
                redis_url=environment.redis_url,
            )
        )
        try:
            _prepare(services)
        except KeyboardInterrupt:
            return
        signals = SignalInbox(*_STOP_SIGNALS)
        children: list[Child] = []
        stack.callback(_stop, children, signals)
        logs = make_private_folder(home / "log")
        web, *others = _programs(home, listener)
        children.append(Child(web, logs))
        # A person waits for the pages; the others would only slow them down.
        if _await_ready(environment, children[0], signals):
            children += [Child(program, logs) for program in others]
            _watch(services, children, signals)


def _prepare(services: Services) -> None:
    """Bring the servers up and the database to this version's form; say how to sign in."""
    # Until the children run, each of the signals simply interrupts.
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    services.start()
    # Takes as long as the servers' start does.
    django.setup()
    services.wait()
    try:
        call_command("migrate", verbosity=0, interactive=False)
        news = io.StringIO()
        call_command("ensure_admin", stdout=news)
        _say(news.getvalue().strip() or _SIGN_IN)
    except OperationalError as error:
        msg = f"The database cannot be used. {error}"
        raise StartError(msg) from error
    finally:
        connections.close_all()


def _programs(home: Path, listener: socket.socket) -> Iterator[Program]:
    """Yield the processes of the product, the same as in the Procfile."""
    run = make_private_folder(home / "run")
    module = (sys.executable, "-m")
    celery = (*module, "celery", "-A", "pricebook.config.celery")
    yield Program(
        "web",
        (
            *(*module, "gunicorn", "-c", "python:pricebook.config.gunicorn"),
            *("--bind", f"fd://{listener.fileno()}", "--workers", "2", "--graceful-timeout", "3"),
        ),
        stops={0: signal.SIGTERM},
        descriptors=(listener.fileno(),),
    )
    yield Program(
        "worker",
        (
            *(*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),
        ),
        # First finish what is under way; then give it back to the queue.
        stops={0: signal.SIGTERM, 4: signal.SIGQUIT},
    )
    yield Program(
        "webhooks",
        (*module, "pricebook.config.cli", "send_webhooks"),
        stops={0: signal.SIGTERM},
    )
    yield Program(
        "beat",
        (*celery, "beat", "--schedule", str(run / "beat-schedule")),
        stops={0: signal.SIGTERM},
    )


def _await_ready(environment: Environment, web: Child, signals: SignalInbox) -> bool:
    """Say where the pages are once they answer; return False when a signal came first."""
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(environment):
        if not web.running:
            raise StartError(web.epitaph())
        if time.monotonic() > deadline:
            msg = f"The pages do not answer. See {environment.home / 'log' / 'web.log'}."
            raise StartError(msg)
        if signals.wait(0.05):
            return False
    _say(f"Pricebook is ready: http://{_near_host(environment)}:{environment.port}/")
    _say(f"Logs: {environment.home / 'log'} · Stop: Ctrl-C")
    return True


def _watch(services: Services, children: Sequence[Child], signals: SignalInbox) -> None:
    """Keep everything running until a signal comes."""
    while signals.wait(_LOOK_SECONDS) is None:
        # A keeper may have been killed.
        services.start()
        for child in children:
            if news := child.keep_running():
                _say(news)


def _answers(environment: Environment) -> bool:
    named = environment.allowed_hosts[0].lstrip(".").replace("*", "localhost")
    connection = http.client.HTTPConnection(_near_host(environment), environment.port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": named})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _near_host(environment: Environment) -> str:
    """Return the host under which this machine itself reaches the pages."""
    everywhere = environment.host in {"0.0.0.0", "::"}  # noqa: S104
    return "localhost" if everywhere else environment.host


def _stop(children: Sequence[Child], signals: SignalInbox) -> None:
    """End the children: politely, then firmly; a second signal makes it firm at once."""
    start = time.monotonic()
    elapsed = 0.0
    while any(child.running for child in children) and elapsed < _STOP_SECONDS:
        for child in children:
            child.order_stop(elapsed)
        if signals.wait(0.05):
            break
        elapsed = time.monotonic() - start
    for child in children:
        child.kill()


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    lock = try_lock(make_private_folder(home / "run") / "up")
    if lock is None:
        msg = f"Pricebook already runs in {home}. Stop it first, or set PRICEBOOK_HOME to another."
        raise StartError(msg)
    try:
        yield
    finally:
        os.close(lock)


def _listen(host: str, port: int) -> socket.socket:
    """Return the listening socket that web inherits: so no one can take the port in between."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        place = f"{host}:{port}"
        if error.errno == errno.EADDRINUSE:
            msg = (
                f"Another program listens at {place}. Stop it, or set another PORT, as {port + 1}."
            )
        else:
            msg = f"Pricebook cannot listen at {place}: {error.strerror}. Set another HOST or PORT."
        raise StartError(msg) from error


def _say(text: str) -> None:
    print(text, flush=True)
