"""What the site's parts do with memory over time: samples, and the slope that is left when the start is over."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import theilslopes

from tests.benchmarks.load_site import PARTS, Site

EVERY = 5.0  # seconds
SETTLED = 0.3  # of the time: caches fill, pools open, code is loaded
FREE = 20.0  # MiB an hour, and
SHARE = 0.05  # of a part's size over the whole time: what counts as flat


@dataclass(frozen=True)
class Course:
    """One part's memory: MiB at the end, MiB an hour (Theil–Sen, of what follows the start), and whether it is flat."""

    part: str
    start: float
    end: float
    slope: float
    files: int
    flat: bool


@dataclass
class Memory:
    """Samples of each part with its descendants: proportional set size, in MiB, and open files."""

    site: Site
    samples: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    files: dict[str, list[int]] = field(default_factory=lambda: {part: [] for part in PARTS})
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Memory":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            for part, family in self.site.families().items():
                self.samples[part].append(sum(map(_proportional, family)) / 1024)
                self.files[part].append(sum(map(_open_files, family)))

    def courses(self) -> list[Course]:
        """Return what became of each part."""
        found = []
        for part, sizes in self.samples.items():
            rest = np.array(sizes[int(len(sizes) * SETTLED) :])
            if len(rest) < 4:
                continue
            hours = np.arange(len(rest)) * EVERY / 3600
            slope = float(theilslopes(rest, hours).slope)
            grown = slope * hours[-1]
            flat = slope <= FREE or grown <= SHARE * float(np.median(rest))
            found.append(Course(part, float(rest[0]), float(rest[-1]), slope, self.files[part][-1], flat))
        return found


def _proportional(pid: int) -> int:
    """Return a process's share of memory in KiB: pages that several use are divided among them."""
    with suppress(OSError):
        for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _open_files(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path("/proc", str(pid), "fd").iterdir()))
    return 0
