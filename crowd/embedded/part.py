"""A part is one program under our care; a process is that program running, in a process group of its own."""

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


class PartFailed(Exception):
    """A part could not be started; the message holds the end of its log."""


def _ready_at_once() -> bool:
    return True


@dataclass(frozen=True)
class Part:
    """One program: how to start it, how to see that it answers, how to stop it."""

    name: str
    command: Sequence[str]
    folder: Path  # where it runs; it can be found again by this
    log: Path
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: Callable[[], bool] = _ready_at_once
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM  # from the kernel, should we die first
    grace: float = 5.0  # seconds from stop_signal to SIGKILL
    patience: float = 60.0  # seconds from start to the first answer
    unprivileged: Unprivileged | None = None


class Process:
    """A started part. Its process group is never signalled once the leader has been reaped, so the ids are ours."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.started = time.monotonic()
        with part.log.open("ab") as log:
            self._popen = subprocess.Popen(
                launch(
                    part.command, orphan_signal=part.orphan_signal, unprivileged=part.unprivileged, reach=part.folder
                ),
                cwd=part.folder,
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the parts in their order
            )

    @property
    def pid(self) -> int:
        """The leader's process id, which is also its group's."""
        return self._popen.pid

    def alive(self) -> bool:
        """Tell whether the leader still runs; once it does not, whatever it left behind in its group is ended."""
        if self._popen.returncode is not None:
            return False
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        self._end_group()
        return False

    @property
    def status(self) -> str:
        """Say how it ended, in words."""
        code = self._popen.returncode
        if code is None:
            return "runs"
        return f"exit status {code}" if code >= 0 else signal.Signals(-code).name

    def stop(self, *, within: float | None = None) -> None:
        """End it: asked first, then, after its grace (or `within` seconds), without asking."""
        if not self.alive():
            return
        self._popen.send_signal(self.part.stop_signal)
        deadline = time.monotonic() + (self.part.grace if within is None else min(within, self.part.grace))
        while time.monotonic() < deadline:
            if not self.alive():
                return
            time.sleep(0.02)
        self._end_group()

    def _end_group(self) -> None:
        # the leader, dead or not, is not reaped yet: its id cannot belong to anybody else
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            pass
        self._popen.wait()


def launch(
    command: Sequence[str],
    *,
    orphan_signal: signal.Signals,
    unprivileged: Unprivileged | None,
    reach: Path,
) -> list[str]:
    """Return the command line that starts `command` by way of `launch.py`."""
    order: dict[str, object] = {"parent": os.getpid(), "signal": int(orphan_signal)}
    if unprivileged:
        order["leave_root"] = {
            "how": unprivileged.how,
            "uid": unprivileged.uid,
            "gid": unprivileged.gid,
            "reach": [command[0], str(reach)],
        }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(order), "--", *command]


def await_answer(process: Process) -> None:
    """Return when the part answers; raise PartFailed, with the end of its log, when it ends or takes too long."""
    part = process.part
    deadline = process.started + part.patience
    pause = 0.01
    while process.alive():
        if part.answers():
            return
        if time.monotonic() > deadline:
            process.stop()
            raise PartFailed(f"{part.name} did not answer within {part.patience:.0f} s.\n{tail(part.log)}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.2)
    raise PartFailed(f"{part.name} did not start ({process.status}).\n{tail(part.log)}")


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the log's last lines, with its name."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
        found = file.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in found)])
