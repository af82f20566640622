"""A part is one program under our care; a process is that program running, in a session of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crowd.embedded.identity import Unprivileged

LAUNCHER = Path(__file__).with_name("launch.py")
MARK = "CROWD_PART_OF"  # the environment of every part's processes names the data folder they belong to


# what the interpreter that stands between fork and exec, and the servers, may need of our environment
BASIC = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class PartError(Exception):
    """A part could not be started; the message says why."""


def _at_once() -> bool:
    return True


def basic_environment() -> dict[str, str]:
    """Return a server's environment: none of its own variables, that somebody may have set for another one."""
    return {name: os.environ[name] for name in BASIC if name in os.environ}


@dataclass(frozen=True)
class Part:
    """One program: how to start it, how to see that it answers, how to stop it."""

    name: str
    command: Sequence[str]
    folder: Path  # where it runs
    log: Path
    address: str = ""  # for people: without secrets
    environment: Mapping[str, str] = field(default_factory=basic_environment)
    answers: Callable[[], bool] = _at_once
    once: bool = False  # runs to its end before the next ones start
    # what to send, and for how many seconds to wait for the end after each; SIGKILL comes last
    stopping: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 3.0),)
    orphaned: signal.Signals = signal.SIGTERM  # sent by the kernel when we die, however we die
    patience: float = 60.0  # seconds from start to the first answer, or to the end
    unprivileged: Unprivileged | None = None


class Process:
    """A started part. Its group is signalled only before its leader is reaped, so no id can belong to anybody else."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.started = time.monotonic()
        with part.log.open("ab") as log:
            self._popen = subprocess.Popen(  # noqa: S603 -- our own list of words, no shell
                launch(part.command, orphaned=part.orphaned, unprivileged=part.unprivileged, reach=part.folder),
                cwd=part.folder,
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the parts in their order
            )

    @property
    def pid(self) -> int:
        """The leader's process id, which is also its group's and its session's."""
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._popen.returncode

    @property
    def fate(self) -> str:
        """The exit status in words."""
        if self.status is None:
            return "running"
        return f"exit status {self.status}" if self.status >= 0 else signal.Signals(-self.status).name

    def alive(self) -> bool:
        """Tell whether the leader still runs; once it does not, whatever it left in its group is ended."""
        if self.status is not None:
            return False
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        self.kill()
        return False

    def tell(self, number: signal.Signals) -> None:
        """Send the leader a signal, if it still runs."""
        if self.alive():
            self._popen.send_signal(number)

    def kill(self) -> None:
        """End the whole group at once."""
        if self.status is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def await_end(self, *, seconds: float) -> bool:
        """Tell whether it ended within this time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def stop(processes: Sequence[Process]) -> None:
    """Ask the processes to end, in this order but side by side; insist as each part says; return when all have."""
    started = time.monotonic()
    plans = {process: _plan(process.part) for process in processes}
    while plans:
        for process, plan in list(plans.items()):
            if not process.alive():
                del plans[process]
            elif time.monotonic() - started >= plan[0][0]:
                _, number = plan.pop(0)
                process.kill() if number is signal.SIGKILL else process.tell(number)
        time.sleep(0.02)


def _plan(part: Part) -> list[tuple[float, signal.Signals]]:
    """Return which signal is due after how many seconds; SIGKILL comes last."""
    due, plan = 0.0, []
    for number, seconds in part.stopping:
        plan.append((due, number))
        due += seconds
    return [*plan, (due, signal.SIGKILL)]


def launch(
    command: Sequence[str], *, orphaned: signal.Signals, unprivileged: Unprivileged | None, reach: Path
) -> list[str]:
    """Return the command line that starts `command` by way of `launch.py`."""
    order: dict[str, object] = {"parent": os.getpid(), "signal": int(orphaned)}
    if unprivileged:
        order["leave_root"] = {
            "how": unprivileged.how,
            "uid": unprivileged.uid,
            "gid": unprivileged.gid,
            "reach": [command[0], str(reach)],
        }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(order), "--", *command]


def await_answer(process: Process, *, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Return when the part answers, or has done what it had to do once; PartError holds the end of its log."""
    part = process.part
    pause = 0.01
    while not cancelled():
        if not process.alive():
            if part.once and process.status == 0:
                return
            raise PartError(f"{part.name} failed ({process.fate}).\n{tail(part.log)}")
        if not part.once and part.answers():
            return
        if time.monotonic() - process.started > part.patience:
            process.kill()
            raise PartError(f"{part.name} did not answer within {part.patience:.0f} s.\n{tail(part.log)}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the log's last lines, with its name."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
        found = file.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in found)])
