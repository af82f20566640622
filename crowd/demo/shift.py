"""A simulated person at work: claim, look at the image, answer, until there is nothing left for them.

All they have is the assignment that the API gives to a worker. What is on the image they know from its bytes.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from crowd.client import ApiError, Client
from crowd.demo.crowd import Person
from crowd.demo.images import Picture

PATIENCE = 90.0  # seconds without any work before somebody waiting for it gives up
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 4.0
HASTE = 12.0  # how many times faster than real people these go
REFUSED_FOR_GOOD = frozenset({"paused", "banned"})


class StuckError(Exception):
    """Work was promised and never came."""


class Eyes:
    """Knows what is on an image from its bytes, as a person would from its look."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self._pictures = pictures

    def see(self, content: bytes) -> Picture:
        """Return what these bytes show."""
        return self._pictures[hashlib.sha256(content).hexdigest()]


@dataclass
class Shift:
    """One person in one project: what they did, and how it ended."""

    person: Person
    project: str
    api: Client
    eyes: Eyes
    batch: int = 5  # images claimed at a time
    answers: int = 0
    skips: int = 0
    ended: str = ""  # empty: nothing left to do; paused, banned: not allowed to go on

    def take_turn(self) -> int:
        """Claim a few images and deal with them; return how many, 0 where there are none now or ever again."""
        try:
            claim = self.api.claim(self.project, count=self.batch)
        except ApiError as refusal:
            if refusal.code == "guideline_unacknowledged":
                self._acknowledge()
                return 0
            if refusal.code not in REFUSED_FOR_GOOD:
                raise
            self.ended = refusal.code
            return 0
        if not claim.assignments:
            self.ended = "empty" if claim.queue == "empty" else ""
        for assignment in claim.assignments:
            self._deal_with(assignment)
        return len(claim.assignments)

    def _deal_with(self, assignment: Mapping[str, Any]) -> None:
        picture = self.eyes.see(self.api.fetch(assignment["image"]["url"]))
        seconds = self.person.time_on(picture)
        time.sleep(seconds / HASTE)
        if self.person.skip(picture):
            self.api.skip(assignment["id"], "I cannot make out what this is.")
            self.skips += 1
            return
        self.api.submit(assignment["id"], self.person.answer(picture), seconds=seconds)
        self.answers += 1

    def _acknowledge(self) -> None:
        """Read the guideline in force, and say so."""
        versions = self.api.guidelines(self.project)
        number = next(one["number"] for one in versions if one["state"] == "published")
        self.api.acknowledge_guideline(self.project, number)


def work(shifts: Sequence[Shift], *, done: Callable[[int], None], closing: Event) -> None:
    """Work in every project by turns until nothing is left in any, or all is `closing`; `done` counts the images."""
    wait, since = SHORTEST_WAIT, time.monotonic()
    while (going := [shift for shift in shifts if not shift.ended]) and not closing.is_set():
        counts = []
        for shift in going:
            counts.append(shift.take_turn())
            done(counts[-1])
        if any(counts):
            wait, since = SHORTEST_WAIT, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise StuckError(f"{going[0].person.name} has waited {PATIENCE:.0f} s for images that others hold.")
        else:
            closing.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
