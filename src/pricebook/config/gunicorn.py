"""gunicorn's settings: `gunicorn -c python:pricebook.config.gunicorn`, here and in the Procfile."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings

from pricebook.config.processes import die_with_parent

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

# WhiteNoise gives Django static files in a way that ASGI reads whole: they are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

wsgi_app = "pricebook.config.asgi:application"
worker_class = "uvicorn_worker.UvicornWorker"
# The workers are forked from a process that has loaded everything: faster, and less memory.
preload_app = True
control_socket_disable = True
# Who a client is, accounts/throttle.py decides; uvicorn would believe X-Forwarded-For from here.
forwarded_allow_ips = ""

# A search that reads millions of rows gives up, before its reader does, and frees the connection.
if settings.REQUEST_QUERY_SECONDS:
    _timeout = f"-c statement_timeout={int(settings.REQUEST_QUERY_SECONDS * 1000)}"
    _database: dict[str, Any] = settings.DATABASES["default"]
    _options = _database.setdefault("OPTIONS", {})
    _options["options"] = f"{_options.get('options', '')} {_timeout}".strip()


def when_ready(_server: Arbiter) -> None:
    """Load the pages, which Django otherwise does at each worker's first request."""
    import_module(settings.ROOT_URLCONF)


def post_fork(server: Arbiter, _worker: Worker) -> None:
    """Let no worker outlive gunicorn's own process: it would go on holding the port."""
    die_with_parent(server.pid)
