"""Child processes that never outlive their parent, and signals that a loop can wait for."""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_LINUX = sys.platform == "linux"
# Loaded here, because between fork and exec nothing may be loaded.
_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 10_000_000


def die_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `number` to this process when the process `parent` ends.

    Call it in the child, after any change of user, which clears the request (prctl(2),
    PR_SET_PDEATHSIG). Does nothing on systems other than Linux.
    """
    if not _LINUX:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        # The parent was faster: its end cannot be announced any more.
        os.kill(os.getpid(), number)


def dying_with_me(number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Return a `preexec_fn` that ties a child to this process."""
    return partial(die_with_parent, os.getpid(), number)


def spawn(
    command: Sequence[str],
    log: Path,
    *,
    orphan_signal: signal.Signals = signal.SIGKILL,
    own_group: bool = False,
    descriptors: Sequence[int] = (),
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that writes to `log` and gets `orphan_signal` when this process ends.

    Call it from the main thread: the kernel takes the end of the thread for that of the parent.
    """
    with open_log(log) as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            process_group=0 if own_group else None,
            preexec_fn=dying_with_me(orphan_signal),  # noqa: PLW1509 (there are no threads)
        )


class SignalInbox:
    """Collects the given signals, so that a loop can wait for one instead of being interrupted."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self._reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in numbers:
            signal.signal(number, lambda *_: None)

    def wait(self, seconds: float) -> signal.Signals | None:
        """Return the next signal, or `None` when none arrives within `seconds`."""
        readable, _, _ = select.select([self._reader], [], [], seconds)
        return signal.Signals(os.read(self._reader, 1)[0]) if readable else None


def try_lock(path: Path) -> int | None:
    """Return a descriptor that holds the exclusive lock `path`, or `None` when another holds it.

    The lock belongs to the open file: a child that inherits the descriptor holds it too, and
    the kernel frees it when the last of them has ended, however it ended (flock(2)).
    """
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def open_lock(path: Path) -> int:
    """Return a descriptor of the lock file `path`, not locked yet."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to; one that has grown past 10 MB is put aside as `.1` first."""
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 15) -> str:
    """Return the last lines of a log, for a message to a person."""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8_192))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])
