"""The process behind `SwiftServer`: Swift's proxy and its three back ends in one event loop.

Run by tests.servers.swift as `python -m tests.servers.swift_process FOLDER PORT`. FOLDER holds
`swift.conf` and `proxy.conf`, and gets `devices/` with the data. The back ends listen at ports the
kernel picks, and the rings are written anew at every start: they hold nothing but those ports. The
proxy's port opens last, so whoever gets a connection finds everything ready.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import eventlet
from eventlet import wsgi
from swift.account.server import app_factory as account_app
from swift.common.http_protocol import SwiftHttpProtocol
from swift.common.ring import RingBuilder
from swift.common.utils import NullLogger, logs, monkey_patch, set_swift_dir
from swift.common.wsgi import loadapp
from swift.container.server import app_factory as container_app
from swift.obj.server import app_factory as object_app

if TYPE_CHECKING:
    from collections.abc import Iterator

DEVICE = "disk"


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    monkey_patch()
    _log_to_stderr()
    set_swift_dir(str(folder))
    (folder / "devices" / DEVICE).mkdir(parents=True, exist_ok=True)
    servers = [*_back_ends(folder), _proxy(folder, port)]
    for server in servers:
        server.wait()


def _log_to_stderr() -> None:
    # Swift knows syslog only.
    logs.ThreadSafeSysLogHandler = lambda *_, **__: logging.StreamHandler(sys.stderr)


def _back_ends(folder: Path) -> Iterator[Any]:
    options = {
        "swift_dir": str(folder),
        "devices": str(folder / "devices"),
        "mount_check": "false",
        "log_level": "WARNING",
        # A listing that an object server gives up to update stays wrong: nothing here repairs it
        # later. So it waits, however busy the machine is.
        "container_update_timeout": "60",
        "conn_timeout": "10",
        "node_timeout": "60",
    }
    factories = {"account": account_app, "container": container_app, "object": object_app}
    for name, factory in factories.items():
        listener = _listen(0)
        _write_ring(folder / f"{name}.ring.gz", listener.getsockname()[1])
        yield _serve(listener, factory(options, log_name=name))


def _write_ring(path: Path, port: int) -> None:
    builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    place = {"region": 1, "zone": 1, "weight": 1.0, "device": DEVICE, "meta": ""}
    address = {"ip": "127.0.0.1", "port": port}
    backdoor = {"replication_ip": "127.0.0.1", "replication_port": port}
    builder.add_dev({"id": 0, **place, **address, **backdoor})
    builder.rebalance()
    builder.get_ring().save(str(path))


def _proxy(folder: Path, port: int) -> Any:
    app = loadapp(str(folder / "proxy.conf"), global_conf={"log_name": "proxy"})
    return _serve(_listen(port), app)


def _listen(port: int) -> Any:
    # It sets SO_REUSEADDR, which SwiftServer counts on.
    return eventlet.listen(("127.0.0.1", port), backlog=128)


def _serve(listener: Any, app: Any) -> Any:
    return eventlet.spawn(
        partial(
            wsgi.server,
            listener,
            app,
            NullLogger(),
            protocol=SwiftHttpProtocol,
            socket_timeout=60.0,
            # Clients of S3 look for "ETag", not for "Etag".
            capitalize_response_headers=False,
        )
    )


if __name__ == "__main__":
    main()
