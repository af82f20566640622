"""A real `up`, and ways to look at it from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crowd.embedded import orphans

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "CROWD_", "PYTEST_")
PARTS = ("database", "broker", "web", "worker", "beat")


def environment(**more: str) -> dict[str, str]:
    """Return this environment without what the test run has put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


@dataclass
class Up:
    """A started `up` and the folder it runs on."""

    folder: Path
    popen: subprocess.Popen[str]
    errors: Path
    url: str = ""

    def await_ready(self) -> None:
        """Wait for the line; nothing else may stand on stdout."""
        line = self.popen.stdout.readline()
        assert line.startswith("ready http://"), self.said()
        self.url = line.removeprefix("ready ").strip()

    def said(self) -> str:
        """Return what it told the terminal so far."""
        return self.errors.read_text()

    def processes(self) -> Mapping[str, str]:
        """Return who the parts' processes are."""
        return json.loads((self.folder / "processes.json").read_text())

    def pid(self, part: str) -> int:
        """Return the id of the part's leading process."""
        return int(self.processes()[part].split()[0])

    def addresses(self) -> Mapping[str, str]:
        """Return what commands beside it are told."""
        return json.loads((self.folder / "parts.json").read_text())

    def answers(self) -> bool:
        """Tell whether the web server does."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def family(self) -> set[str]:
        """Return who it and all its descendants are."""
        return {orphans.identify(pid) for pid in _descendants(self.popen.pid)} - {""}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; return the seconds it took."""
        started = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait(timeout=30)
        return time.monotonic() - started


@contextmanager
def up(folder: Path, *words: str, env: Mapping[str, str] | None = None, python: Sequence[str] = ()) -> Iterator[Up]:
    """Have `up` running on this folder, on any port unless the words say otherwise."""
    with start(folder, *(words or ("--port", "0")), env=env, python=python) as started:
        started.await_ready()
        yield started


@contextmanager
def start(folder: Path, *words: str, env: Mapping[str, str] | None = None, python: Sequence[str] = ()) -> Iterator[Up]:
    """Start `up` and do not wait."""
    errors = folder.parent / f"{folder.name}.stderr"
    line = [*(python or (sys.executable,)), str(ROOT / "manage.py"), "up", "--data", str(folder), *words]
    with errors.open("w") as file:
        popen = subprocess.Popen(line, env=env or environment(), stdout=subprocess.PIPE, stderr=file, text=True)
    started = Up(folder=folder, popen=popen, errors=errors)
    try:
        yield started
    finally:
        if popen.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.stop()
            popen.kill()
            popen.wait()
        popen.stdout.close()


def gone(family: set[str]) -> bool:
    """Tell whether none of these processes is left; one that is dead and not yet fetched by init is not left."""
    pids = [int(name.split()[0]) for name in family if orphans.identify(int(name.split()[0])) == name]
    return all(orphans.is_dead(pid) for pid in pids)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left.extend(children.get(found[-1], []))
    return found


def eventually(condition: Callable[[], bool], *, seconds: float = 5.0) -> bool:
    """Tell whether the condition comes true within this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
