"""How each rule about pilots would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Pilot, PilotTask
from tests.factories import scene


def pilot(found: scene.Scene, **fields: Any) -> Pilot:
    at = found.release.created_at
    fields = {"number": 1, "state": "finished", "finished_at": at, "size": 1, "overlap": 2, **fields}
    return Pilot.objects.create(
        project=found.project, guideline=found.gold.guideline, created_by=found.owner, created_at=at, **fields
    )


def task(found: scene.Scene, made: Pilot, **fields: Any) -> PilotTask:
    return PilotTask.objects.create(pilot=made, task=found.agreed, **{"base_overlap": 1, **fields})


def two_running(found: scene.Scene) -> None:
    for number in (1, 2):
        pilot(found, number=number, state="running", finished_at=None)


def a_task_twice(found: scene.Scene) -> None:
    made = pilot(found)
    task(found, made)
    task(found, made)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "pilot_number_once": lambda found: (pilot(found), pilot(found)),
    "pilot_one_at_a_time": two_running,
    "pilot_finished_or_running": lambda found: pilot(found, finished_at=None),
    "pilot_has_images": lambda found: pilot(found, size=0),
    "pilot_compares_answers": lambda found: pilot(found, overlap=1),
    "pilot_task_once": a_task_twice,
    "pilot_task_asked_before": lambda found: task(found, pilot(found), base_overlap=0),
}
