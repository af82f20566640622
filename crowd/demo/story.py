"""The main job, step by step, through the public HTTP API; every step either really worked or says what did not."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from crowd.client import Client
from crowd.demo import measures, releases
from crowd.demo.cast import Cast, Player
from crowd.demo.crowd import PEOPLE, Person
from crowd.demo.efforts import Effort
from crowd.demo.images import Picture
from crowd.demo.releases import Downloaded
from crowd.demo.screen import Screen
from crowd.demo.shift import Eyes, Shift, work

UPLOAD_BATCH = 60
ROUND = 8  # images that a person takes at a time, of all projects together
REVIEWERS_HANDS = 4  # conflicts settled at the same time
CONSENSUS_PATIENCE = 60.0
RELEASE_PATIENCE = 60.0
AGREES = 0.9  # overlap with the truth from which the reviewer accepts the boxes as they are


class StepError(Exception):
    """A step did not work; the text says which and how."""


@dataclass
class Run:
    """One effort under way: its project, and what came out of it so far."""

    effort: Effort
    slug: str
    overlap: int
    shifts: dict[str, Shift] = field(default_factory=dict)  # by person
    proposed: list[dict[str, Any]] = field(default_factory=list)  # tasks, before anybody reviewed them
    tasks: list[dict[str, Any]] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)
    workers: dict[str, dict[str, Any]] = field(default_factory=dict)  # the owner's rows, by person
    conflicts: int = 0
    corrected: int = 0
    release: Downloaded | None = None


@dataclass(frozen=True)
class Teller:
    """Where the story takes place, and who is in it."""

    site: str
    cast: Cast
    screen: Screen
    folder: Path

    def api(self, player: Player) -> Client:
        """Return the player's client."""
        return Client(self.site, player.token)


def tell(teller: Teller, efforts: Iterable[Effort]) -> list[Run]:
    """Play everything from empty projects to downloaded releases."""
    screen, efforts = teller.screen, list(efforts)
    with teller.api(teller.cast.owner) as owner, teller.api(teller.cast.reviewer) as reviewer:
        with screen.step("Projects, guidelines and members") as step:
            runs = [_project(owner, effort, teller.cast) for effort in efforts]
            step.note = " and ".join(run.slug for run in runs)
        with screen.step("Images uploaded", total=sum(len(run.effort.pictures) for run in runs)) as step:
            step.note = str(sum(_upload(owner, run.slug, run.effort.pictures, step.advance) for run in runs))
        with screen.step("Gold planted", total=sum(len(run.effort.planted) for run in runs)) as step:
            step.note = str(sum(_plant(owner, run, step.advance) for run in runs))
        _label(teller, runs)
        with screen.step("Consensus of the last answers"):
            for run in runs:
                _await_consensus(teller, owner, run)
        with screen.step("Conflicts settled by the reviewer") as step:
            for run in runs:
                _review(reviewer, run, step.advance)
            step.note = f"{sum(run.conflicts for run in runs)}, {sum(run.corrected for run in runs)} of them corrected"
        with screen.step("Releases cut, downloaded and verified") as step:
            for run in runs:
                _look_back(owner, run, teller.cast)
                run.release = _release(owner, run, teller.folder)
            step.note = f"{sum(len(run.release.files) for run in runs if run.release)} files"
    return runs


def leave_work(teller: Teller, runs: Iterable[Run]) -> None:
    """Leave something to do for whoever signs in: smudges to the reviewer, images nobody has seen to the worker."""
    with teller.api(teller.cast.owner) as owner, teller.screen.step("Images left for you") as step:
        for run in runs:
            if run.effort.smudged:
                _upload(owner, run.slug, run.effort.smudged, step.advance)
                _give_up_on(teller, run)
            _upload(owner, run.slug, run.effort.left_over, step.advance)
            owner.add_member(run.slug, teller.cast.visitor.username, "worker")
        step.note = "new ones for the worker, smudged ones that everybody skipped for the reviewer"


def _give_up_on(teller: Teller, run: Run) -> None:
    """Let honest people meet the smudges until those are conflicts."""
    eyes = Eyes({one.sha256: one for one in (*run.effort.pictures, *run.effort.smudged)})
    for person in (one for one in PEOPLE if one.kind == "good"):
        with teller.api(teller.cast.workers[person.name]) as api:
            work([Shift(person, run.slug, api, eyes)], done=lambda _: None, closing=Event())


def _project(owner: Client, effort: Effort, cast: Cast) -> Run:
    """Make the project with its published guideline and its members."""
    project = owner.create_project(effort.name, **effort.settings)
    slug = str(project["slug"])
    draft = owner.draft_guideline(slug, body=effort.guideline, schema=effort.schema)
    owner.publish_guideline(slug, draft["number"])
    owner.add_member(slug, cast.reviewer.username, "reviewer")
    for worker in cast.workers.values():
        owner.add_member(slug, worker.username, "worker")
    return Run(effort, slug, project["overlap"])


def _upload(owner: Client, slug: str, pictures: tuple[Picture, ...], advance: Callable[[int], None]) -> int:
    """Upload the images, many in a request; every one must have arrived as it was sent."""
    for start in range(0, len(pictures), UPLOAD_BATCH):
        batch = pictures[start : start + UPLOAD_BATCH]
        told = owner.upload_images(slug, [(one.name, one.content) for one in batch])
        sent, arrived = {one.sha256 for one in batch}, {one["sha256"] for one in told.created}
        if sent != arrived:
            raise StepError(
                f"{len(sent - arrived)} of {len(sent)} images did not arrive in {slug}: "
                f"{told.rejected or told.duplicates}"
            )
        advance(len(batch))
    return len(pictures)


def _plant(owner: Client, run: Run, advance: Callable[[int], None]) -> int:
    for picture in run.effort.planted:
        owner.plant_gold(run.slug, picture.sha256, picture.annotation)
        advance(1)
    return len(run.effort.planted)


def _label(teller: Teller, runs: list[Run]) -> None:
    """Let everybody work at once, each on one project after the other, until there is nothing left for them."""
    expected = sum(len(run.effort.asked) * (run.overlap + 1) for run in runs) + 10 * len(PEOPLE)  # and gold
    title = f"Labelled by {len(PEOPLE)} simulated people at once"
    closing = Event()
    with teller.screen.step(title, total=expected) as step, ThreadPoolExecutor(len(PEOPLE)) as pool:
        eyes = Eyes({one.sha256: one for run in runs for one in run.effort.pictures})
        day = partial(_working_day, teller, runs, eyes=eyes, done=step.advance, closing=closing)
        try:
            for each in as_completed([pool.submit(day, person) for person in PEOPLE]):
                each.result()
        finally:
            closing.set()  # one who failed, or Ctrl-C, sends the others home
        step.note = f"{sum(shift.answers for run in runs for shift in run.shifts.values())} answers"


def _working_day(
    teller: Teller, runs: list[Run], person: Person, *, eyes: Eyes, done: Callable[[int], None], closing: Event
) -> None:
    with teller.api(teller.cast.workers[person.name]) as api:
        total = sum(len(run.effort.asked) for run in runs)
        for run in runs:  # the larger project gets the larger share of every round, so that all end together
            batch = max(1, round(ROUND * len(run.effort.asked) / total))
            run.shifts[person.name] = Shift(person, run.slug, api, eyes, batch)
        work([run.shifts[person.name] for run in runs], done=done, closing=closing)


def _await_consensus(teller: Teller, owner: Client, run: Run) -> None:
    """Wait until the background jobs have dealt with the last answers, then note what the crowd alone says.

    Newer worker models may doubt an answer after everybody has left and ask for one more: somebody looks in again.
    """
    deadline = time.monotonic() + CONSENSUS_PATIENCE
    while (left := owner.stats(run.slug)["tasks"]["open"]) > 0:
        if time.monotonic() > deadline:
            raise StepError(f"{left} images of {run.slug} are open {CONSENSUS_PATIENCE:.0f} s after the crowd left.")
        time.sleep(0.3)
        for person in PEOPLE:
            _look_in(teller, run, person)
    run.proposed = list(owner.tasks(run.slug))


def _look_in(teller: Teller, run: Run, person: Person) -> None:
    """Let somebody who had left because nothing was left do what has come back."""
    shift = run.shifts[person.name]
    if shift.ended != "empty":
        return
    with teller.api(teller.cast.workers[person.name]) as api:
        shift.api, shift.ended = api, ""
        while shift.take_turn():
            pass
        shift.ended = shift.ended or "empty"


def _review(reviewer: Client, run: Run, advance: Callable[[], None]) -> None:
    """Let a reviewer who knows the truth settle every conflict: accept what is right, correct what is wrong."""
    truth = {picture.sha256: picture for picture in run.effort.pictures}

    def settle(conflict: dict[str, Any]) -> bool:
        task = reviewer.task(conflict["task"])
        picture = truth[task["image"]["sha256"]]
        right = task["consensus"] is not None and _right(task["consensus"]["annotation"], picture)
        if right:
            reviewer.adjudicate(task["id"], accept="consensus")
        else:
            reviewer.adjudicate(task["id"], picture.annotation)
        advance()
        return not right

    with ThreadPoolExecutor(REVIEWERS_HANDS) as pool:
        while conflicts := list(reviewer.conflicts(run.slug)):
            run.conflicts += len(conflicts)
            run.corrected += sum(pool.map(settle, conflicts))


def _right(annotation: dict[str, Any], picture: Picture) -> bool:
    if picture.digit:
        return measures.digit_of(annotation) == picture.digit
    found = measures.quality([(measures.boxes_of(annotation), picture.boxes)])
    return found.f1 == 1.0 and found.iou >= AGREES


def _look_back(owner: Client, run: Run, cast: Cast) -> None:
    """Note where everything stands, as the owner sees it."""
    run.tasks = list(owner.tasks(run.slug))
    run.stats = owner.stats(run.slug)
    names = {player.username: name for name, player in cast.workers.items()}
    run.workers = {names[row["username"]]: row for row in owner.workers(run.slug)}


def _release(owner: Client, run: Run, folder: Path) -> Downloaded:
    number = owner.cut_release(run.slug, note="Cut by the demo.")["number"]
    release = owner.wait_release(run.slug, number, timeout=RELEASE_PATIENCE)
    return releases.download(owner, project=run.slug, release=release, folder=folder)
