"""What a process counts until it is written down; see `crowd.telemetry.keeping`.

Every label is of the code (a view, a job, a kind of error), never of what users make, so their number is bounded.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
LONG: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
MOST_LINES: Final = 5000


@dataclass(frozen=True)
class Family:
    """A figure: what it tells, what its lines differ in, and the upper bounds of its buckets; a counter has none."""

    told: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


FAMILIES: Final[Mapping[str, Family]] = {
    "http_request_seconds": Family("Time to answer requests.", ("view", "method", "status"), SECONDS),
    "job_seconds": Family("Time that jobs took.", ("task", "outcome"), LONG),
    "job_wait_seconds": Family("Time that jobs waited in the broker before they began.", ("task",), LONG),
    "consensus_lag_seconds": Family("From an answer to the look at its task that it called for.", (), LONG),
    "storage_seconds": Family("Time that the object store took for a call.", ("call",), SECONDS),
    "storage_errors": Family("Calls of the object store that failed.", ("call", "kind")),
    "claims": Family("Images given to workers, and claims that got none.", ("outcome",)),
    "lease_expiries": Family("Leases that ran out."),
    "unsent_jobs": Family("Jobs that could not be sent because the broker was away; the sweep finds them."),
}
Key = tuple[str, tuple[str, ...]]


@dataclass
class Sum:
    """What has been counted of one line since it was last written down."""

    count: int = 0
    total: float = 0.0
    buckets: list[int] = field(default_factory=list)


_lock = threading.Lock()
_sums: dict[Key, Sum] = {}


def count(name: str, *labels: str, by: int = 1) -> None:
    """Add to a counter."""
    if by:
        _add((name, labels), Sum(count=by))


def observe(name: str, seconds: float, *labels: str) -> None:
    """Put a duration into its bucket; a clock that went back is taken for no time at all."""
    bounds, seconds = FAMILIES[name].bounds, max(0.0, seconds)
    place = bisect_left(bounds, seconds)
    _add((name, labels), Sum(1, seconds, [int(at == place) for at in range(len(bounds) + 1)]))


@contextmanager
def timed(name: str, *labels: str) -> Iterator[None]:
    """Put the time that the block takes into its bucket."""
    began = time.perf_counter()
    try:
        yield
    finally:
        observe(name, time.perf_counter() - began, *labels)


def take() -> dict[Key, Sum]:
    """Return what has been counted, and begin anew."""
    global _sums
    with _lock:
        found, _sums = _sums, {}
    return found


def give_back(sums: Mapping[Key, Sum]) -> None:
    """Count again what could not be written down."""
    for key, one in sums.items():
        _add(key, one)


def _add(key: Key, more: Sum) -> None:
    family = FAMILIES[key[0]]
    assert len(key[1]) == len(family.labels), key
    with _lock:
        found = _sums.get(key)
        if found is None:
            if len(_sums) >= MOST_LINES:
                return
            found = _sums[key] = Sum(buckets=[0] * len(more.buckets))
        found.count += more.count
        found.total += more.total
        for at, number in enumerate(more.buckets):
            found.buckets[at] += number
