"""A simulated person at work: claim, look at the image, answer, until there is nothing left for them.

All they have is the assignment that the API gives to a worker. What is on the image they know from its bytes.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

from crowd.demo.client import Api, ApiError
from crowd.demo.crowd import Person
from crowd.demo.images import Picture

BATCH = 5
PATIENCE = 90.0  # seconds without any work before somebody waiting for it gives up
SHORTEST_WAIT, LONGEST_WAIT = 0.2, 1.0
REFUSED_FOR_GOOD = frozenset({"paused", "banned"})


@dataclass
class Shift:
    """What one person did in one project."""

    answers: int = 0
    skips: int = 0
    ended: str = ""  # empty: nothing left to do; paused, banned: not allowed to go on


class Eyes:
    """Knows what is on an image from its bytes, as a person would from its look."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self._pictures = pictures

    def see(self, content: bytes) -> Picture:
        """Return what these bytes show."""
        return self._pictures[hashlib.sha256(content).hexdigest()]


def work(
    *, api: Api, project: str, person: Person, eyes: Eyes, done: Callable[[], None], closing: Event | None = None
) -> Shift:
    """Label until the queue is empty, the project refuses to give this person more, or all is `closing`.

    `done` is told of each image.
    """
    shift = Shift()
    wait, patience = SHORTEST_WAIT, time.monotonic() + PATIENCE
    while closing is None or not closing.is_set():
        try:
            response = api.request("POST", f"projects/{project}/assignments/", json={"count": BATCH})
        except ApiError as refusal:
            if refusal.code in REFUSED_FOR_GOOD:
                shift.ended = refusal.code
                return shift
            if refusal.code != "guideline_unacknowledged":
                raise
            _acknowledge(api, project)
            continue
        if response.status_code == 204:
            if response.headers["Crowd-Queue"] == "empty":
                shift.ended = "empty"
                return shift
            if time.monotonic() > patience:
                raise TimeoutError(f"{person.name} waited {PATIENCE:.0f} s for work that others hold.")
            time.sleep(wait)
            wait = min(wait * 1.5, LONGEST_WAIT)
            continue
        for assignment in response.json()["results"]:
            _deal_with(assignment, api=api, person=person, eyes=eyes, shift=shift)
            done()
        wait, patience = SHORTEST_WAIT, time.monotonic() + PATIENCE
    return shift


def _deal_with(assignment: Mapping[str, Any], *, api: Api, person: Person, eyes: Eyes, shift: Shift) -> None:
    picture = eyes.see(api.image(assignment["image"]["url"]))
    address = f"assignments/{assignment['id']}"
    if person.skip(picture):
        api.post(f"{address}/skip/", {"reason": "I cannot make out what this is."})
        shift.skips += 1
        return
    answer = {"annotation": person.answer(picture), "seconds": person.time_on(picture)}
    try:
        api.post(f"{address}/submit/", answer)
    except ApiError as refusal:
        if refusal.status != 409:  # meanwhile paused, and the image given to others
            raise
    else:
        shift.answers += 1


def _acknowledge(api: Api, project: str) -> None:
    """Read the guideline in force, and say so."""
    newest = max(
        (one for one in api.every(f"projects/{project}/guidelines/") if one["state"] == "published"),
        key=lambda one: int(one["number"]),
    )
    api.post(f"projects/{project}/guidelines/{newest['number']}/acknowledge/")
