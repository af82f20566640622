"""What came out of one effort, in numbers, and whether it is what it must be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowd.demo import measures
from crowd.demo.crowd import PEOPLE
from crowd.demo.measures import Quality
from crowd.demo.story import Run

HANDED_IN = frozenset({"submitted", "void"})
CHANCE = 0.01  # by how much luck may put us below a plain majority, or newer worker models below older ones


@dataclass(frozen=True)
class Pausing:
    """Who was paused, against who was planted as bad; the shares are 0 to 1."""

    paused: frozenset[str]
    planted: frozenset[str]

    @property
    def precision(self) -> float:
        """Return the share of the paused who are bad."""
        return len(self.paused & self.planted) / len(self.paused) if self.paused else 1.0

    @property
    def recall(self) -> float:
        """Return the share of the bad who were paused."""
        return len(self.paused & self.planted) / len(self.planted)


@dataclass(frozen=True)
class Outcome:
    """One effort in numbers; gold images count in none of the qualities."""

    images: int
    gold: int
    answers: int
    answers_on_gold: int
    majority: Quality  # a plain majority of the same answers
    proposed: Quality  # our consensus, before any reviewer
    sure: Quality  # the part of it that no reviewer had to look at
    released: Quality  # what the release holds
    pausing: Pausing

    @property
    def answers_per_image(self) -> float:
        """Return the mean number of answers to an image that is not gold."""
        return self.answers / (self.images - self.gold)


def of(run: Run) -> Outcome:
    """Work out an effort's numbers."""
    assert run.release is not None
    asked = {picture.sha256: picture for picture in run.effort.asked}
    answers = {task["image"]["sha256"]: list(_answers(task)) for task in run.tasks}
    on_asked = [answers[sha256] for sha256 in asked]
    consensus = {task["image"]["sha256"]: _consensus(task) for task in run.proposed}
    settled = {task["image"]["sha256"] for task in run.proposed if task["state"] == "resolved"}
    sure = [sha256 for sha256 in asked if sha256 in settled]
    released = {sha256: line["annotation"] for sha256, line in run.release.labels.items()}
    truth = [picture.annotation for picture in asked.values()]
    return Outcome(
        images=len(run.tasks),
        gold=len(run.effort.planted),
        answers=sum(map(len, on_asked)),
        answers_on_gold=sum(map(len, answers.values())) - sum(map(len, on_asked)),
        majority=_majority(on_asked, truth, draws=run.effort.draws),
        proposed=_quality([consensus.get(sha256) for sha256 in asked], truth, draws=run.effort.draws),
        sure=_quality(
            [consensus[sha256] for sha256 in sure],
            [asked[sha256].annotation for sha256 in sure],
            draws=run.effort.draws,
        ),
        released=_quality([released.get(sha256) for sha256 in asked], truth, draws=run.effort.draws),
        pausing=Pausing(
            paused=frozenset(name for name, row in run.workers.items() if row["status"] != "active"),
            planted=frozenset(person.name for person in PEOPLE if person.kind == "spamming"),
        ),
    )


def faults(run: Run, outcome: Outcome) -> Iterator[str]:
    """Yield a sentence for everything that is not as it must be."""
    name = run.slug
    tasks = run.stats["tasks"]
    if tasks["resolved"] != len(run.effort.pictures):
        yield f"{name}: {tasks['resolved']} of {len(run.effort.pictures)} images are resolved: {tasks}."
    if run.release is None or run.release.images != len(run.effort.pictures):
        yield f"{name}: the release does not hold every image."
    if outcome.answers_per_image < run.overlap:
        yield f"{name}: {outcome.answers_per_image:.2f} answers an image are fewer than the overlap asks for."
    if run.conflicts < sum(picture.illegible for picture in run.effort.asked):
        yield f"{name}: {run.conflicts} conflicts are fewer than the images that nobody can read."
    if missed := sorted(outcome.pausing.planted - outcome.pausing.paused):
        yield f"{name}: these spam and were not paused: {', '.join(missed)}."
    good = {person.name for person in PEOPLE if person.kind == "good"}
    if wronged := sorted(outcome.pausing.paused & good):
        yield f"{name}: these work well and were paused: {', '.join(wronged)}."
    if not outcome.proposed.reaches(run.effort.least):
        yield f"{name}: the consensus is less right ({outcome.proposed}) than it must be ({run.effort.least})."
    if outcome.released.worth < outcome.proposed.worth - CHANCE:
        yield f"{name}: the release is less right ({outcome.released}) than the consensus was ({outcome.proposed})."
    if outcome.proposed.worth < outcome.majority.worth - CHANCE:
        yield f"{name}: a plain majority of the same answers is more right ({outcome.majority} to {outcome.proposed})."


def _answers(task: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every answer that was handed in, counted or not."""
    for assignment in task["assignments"]:
        if assignment["state"] in HANDED_IN and assignment["annotation"] is not None:
            yield assignment["annotation"]


def _consensus(task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return task["consensus"]["annotation"] if task["consensus"] else None


def _quality(found: Sequence[Mapping[str, Any] | None], truth: Sequence[Mapping[str, Any]], *, draws: bool) -> Quality:
    pairs = list(zip(found, truth, strict=True))
    if draws:
        return measures.quality((measures.boxes_of(answer), measures.boxes_of(true)) for answer, true in pairs)
    return measures.accuracy((measures.digit_of(answer), measures.digit_of(true)) for answer, true in pairs)


def _majority(
    answers: Sequence[Sequence[Mapping[str, Any]]], truth: Sequence[Mapping[str, Any]], *, draws: bool
) -> Quality:
    pairs = list(zip(answers, truth, strict=True))
    if draws:
        return measures.quality(
            (measures.majority_boxes([measures.boxes_of(one) for one in many]), measures.boxes_of(true))
            for many, true in pairs
        )
    return measures.majority_accuracy(
        ([measures.digit_of(one) for one in many], measures.digit_of(true)) for many, true in pairs
    )
