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
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from crowd.embedded.folder import DataFolder
from crowd.embedded.part import MARK

PATIENCE = 6.0  # seconds in which orphans may end by themselves: they were told to
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
        return _stat(pid)[0] == "Z"
    except (OSError, IndexError):
        return True


def _stat(pid: int) -> list[str]:
    # from the third field on, the state; the second is a name in parentheses and may hold anything
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def end(folder: DataFolder) -> list[int]:
    """End what an earlier run of this folder left; return the ids of those that had to be killed."""
    recorded = folder.recorded()
    if sys.platform != "linux":
        return []
    deadline = time.monotonic() + PATIENCE
    while any(True for _ in _left(folder, recorded)):
        if time.monotonic() > deadline:
            return _kill(folder, recorded)
        time.sleep(0.05)
    return []


def _kill(folder: DataFolder, recorded: Mapping[str, str]) -> list[int]:
    killed = []
    for pid in list(_left(folder, recorded)):
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if _is_ours(pid, folder, recorded):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    killed.append(pid)
            finally:
                os.close(handle)
    deadline = time.monotonic() + PATIENCE
    while any(True for _ in _left(folder, recorded)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return killed


def _left(folder: DataFolder, recorded: Mapping[str, str]) -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _is_ours(int(entry.name), folder, recorded):
            yield int(entry.name)


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
