"""The server under load: started, or one that runs already; and what its parts have cost in CPU time."""

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.running import up

TICKS = os.sysconf("SC_CLK_TCK")
PARTS = ("web", "database", "worker", "beat", "broker")
REST = "clients and all else"


@dataclass(frozen=True)
class Site:
    """An `up`, as seen from beside it."""

    url: str
    folder: Path

    def pid(self, part: str) -> int:
        """Return the id of the part's leading process."""
        return int(json.loads((self.folder / "processes.json").read_text())[part].split()[0])

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds used so far: each part with its descendants, living and fetched; the rest.

        The rest of the machine is the clients, and whatever else runs on it.
        """
        spent = {part: sum(map(_seconds, family)) for part, family in self.families().items()}
        user, nice, system, _idle, _waiting, *interrupts = _machine()
        return {**spent, REST: user + nice + system + sum(interrupts[:2]) - sum(spent.values())}

    def families(self) -> dict[str, list[int]]:
        """Return the ids of each part's processes."""
        parents = _processes()
        return {part: _tree(self.pid(part), parents) for part in PARTS}

    @contextmanager
    def without_jobs(self) -> Iterator[None]:
        """Have the background worker and the clock stand still in this block: messages wait in the broker."""
        asleep = [pid for part in ("beat", "worker") for pid in _tree(self.pid(part), _processes())]
        for pid in asleep:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in asleep:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


@contextmanager
def started() -> Iterator[Site]:
    """Have a fresh `up` in this block, gone after it."""
    with tempfile.TemporaryDirectory(prefix="crowd-load-") as folder, up(Path(folder) / "data") as site:
        connect(site.folder)
        yield Site(site.url, site.folder)


def running(url: str, folder: Path) -> Site:
    """Return an `up` that runs already."""
    connect(folder)
    return Site(url.rstrip("/"), folder)


def connect(folder: Path) -> None:
    """Have this process's Django use the database of the `up` on this folder."""
    os.environ.update(json.loads((folder / "parts.json").read_text()))
    os.environ["CROWD_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "crowd.settings"
    os.environ["CROWD_LOG_LEVEL"] = "ERROR"
    import django

    django.setup()


def _processes() -> Mapping[int, int]:
    """Return each process's parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _tree(root: int, parents: Mapping[int, int]) -> list[int]:
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def _machine() -> list[float]:
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return [int(word) / TICKS for word in words[1:]]


def _seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def drained(*, seconds: float) -> float | None:
    """Return how long it took until no task waited for its job; None where some still did after this time."""
    from crowd.models import Task

    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if not Task.objects.filter(stale_at__isnull=False).exists():
            return time.monotonic() - began
        time.sleep(0.2)
    return None
