"""How each rule about what operators watch would be broken."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from crowd.models import Attempt, FailedJob, Measure, Process
from tests.factories import scene


def measure(found: scene.Scene, **fields: Any) -> Measure:
    return Measure.objects.create(**{"name": "n", "labels": ["a"], "count": 1, "total": 0, "buckets": [], **fields})


def measured_twice(found: scene.Scene) -> None:
    measure(found)
    measure(found)


def process(found: scene.Scene, **fields: Any) -> Process:
    at = found.release.created_at
    moments = {"started_at": at, "seen_at": at}
    return Process.objects.create(key=uuid4(), role="web", host="h", pid=1, version="1", **moments, **fields)


def failed(found: scene.Scene, **fields: Any) -> FailedJob:
    return FailedJob.objects.create(job="crowd.sweep", error="E", failed_at=found.release.created_at, **fields)


def failed_twice(found: scene.Scene) -> None:
    failed(found)
    failed(found)


def attempted(found: scene.Scene, **fields: Any) -> Attempt:
    return Attempt.objects.create(job="crowd.run_import", key=1, at=found.release.created_at, **fields)


def attempted_twice(found: scene.Scene) -> None:
    attempted(found)
    attempted(found)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "measure_once": measured_twice,
    "measure_only_grows": lambda found: measure(found, count=-1),
    "process_says_since_when": lambda found: process(found, doing="crowd.sweep"),
    "failed_job_once": failed_twice,
    "failed_job_failed": lambda found: failed(found, times=0),
    "attempt_once": attempted_twice,
    "attempt_was_made": lambda found: attempted(found, times=0),
}
