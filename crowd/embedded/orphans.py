"""What a killed run left behind is ended before its ports and files are used again; nothing else is ever touched.

The kernel tells the parts to stop when the process that started them dies, so normally there is nothing here to do but
wait for them. A process counts as left behind only where one of these proves it, and whoever holds the folder's lock is
the only one to ask:

- it is a leader that we recorded: same process id, same start time, same boot of the machine;
- its environment names this data folder, as only the parts' does;
- it is a PostgreSQL process at work inside this folder's cluster (those write over their environment).

It is signalled through a pidfd taken before the proof, so the proof is about the process that gets the signal.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from crowd.embedded.folder import DataFolder
from crowd.embedded.part import MARK

PATIENCE = 6.0  # seconds in which orphans may end by themselves: they were told to
ROUNDS = 5  # one that is killed may leave others behind
PROC = Path("/proc")


def identify(pid: int) -> str:
    """Return words that no other process of this machine has had or will have; empty where there is no such process."""
    try:
        return f"{pid} {_stat(pid)[19]} {(PROC / 'sys/kernel/random/boot_id').read_text().strip()}"
    except (OSError, IndexError):
        return ""


def is_dead(pid: int) -> bool:
    """Tell whether the process is over, though its number may stay in use until its parent has asked for its fate."""
    try:
        stat = _stat(pid)
    except (OSError, IndexError):
        return True
    # while its other threads are still ending, its files and ports stay open
    return stat[0] == "Z" and int(stat[17]) <= 1


def _stat(pid: int) -> list[str]:
    # from the third field on, the state; the second is a name in parentheses and may hold anything
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def end(folder: DataFolder) -> list[int]:
    """End what an earlier run of this folder left; return the ids of those that had to be killed."""
    if sys.platform != "linux":
        return []
    killed: list[int] = []
    for _ in range(ROUNDS):
        with ExitStack() as stack:
            left = _left(folder, stack)
            if not left:
                break
            for handle in _outlast(left, seconds=PATIENCE):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    killed.append(left[handle])
            _outlast(left, seconds=PATIENCE)
    return killed


def _left(folder: DataFolder, stack: ExitStack) -> dict[int, int]:
    """Return the process ids of those left behind by pidfd."""
    recorded = folder.recorded()
    found = {}
    for pid in [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]:
        if pid != os.getpid() and _is_ours(pid, folder, recorded):
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                stack.callback(os.close, handle)
                if _is_ours(pid, folder, recorded):
                    found[handle] = pid
    return found


def _outlast(handles: Iterable[int], *, seconds: float) -> list[int]:
    """Return those that still run after this time; one that is over has closed its files and ports."""
    poll = select.poll()
    left = set(handles)
    for handle in left:
        poll.register(handle, select.POLLIN)
    deadline = time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        for handle, _ in poll.poll((deadline - time.monotonic()) * 1000):
            poll.unregister(handle)
            left.discard(handle)
    return sorted(left)


def _is_ours(pid: int, folder: DataFolder, recorded: Mapping[str, str]) -> bool:
    if is_dead(pid):
        return False
    if identify(pid) in recorded.values():
        return True
    process = PROC / str(pid)
    try:
        if f"{MARK}={folder.path}".encode() in (process / "environ").read_bytes().split(b"\0"):
            return True
        return (process / "exe").readlink().name == "postgres" and (process / "cwd").readlink() == folder.cluster
    except OSError:  # gone, or another user's
        return False
