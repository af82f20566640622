"""Crowds whose every member is known: honest ones of any skill and speed, and each kind of cheat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crowd.labels.types import Annotation, LabelledObject
from crowd.trust import RANK, Answer, Evidence, Shown, examine, gather

SIZE = (640.0, 480.0)


@dataclass
class Task:
    """An image: its class, how hard it is, the boxes on it, whether its answer is known."""

    name: str
    truth: int
    hard: float
    gold: bool
    boxes: np.ndarray
    told: Mapping[int, int] = field(default_factory=dict)


Give = Callable[[np.random.Generator, Task, int], tuple[int, np.ndarray, float]]


@dataclass
class Crowd:
    """A project's tasks in order, and every answer to them."""

    rng: np.random.Generator
    classes: int
    tasks: list[Task]
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def work(self, worker: str, give: Give, *, share: float = 1.0, tasks: Sequence[Task] | None = None) -> None:
        """Have a worker answer a share of the tasks, in order, by `give(rng, task, number so far)`."""
        clock = float(self.rng.random())
        done = self.answers.setdefault(worker, [])
        for task in tasks or self.tasks:
            if self.rng.random() < share:
                label, boxes, seconds = give(self.rng, task, len(done))
                done.append(answer(task, worker, label, boxes, seconds, clock))
                clock += seconds

    def evidence(self, worker: str, *, newest: int = 300, bar: float = 0.7, min_checks: int = 5) -> Evidence:
        """What is known of a worker after all they answered."""
        mine = self.answers[worker][-newest:]
        asked = {each.task for each in mine}
        by_name = {task.name: task for task in self.tasks}
        others = [each for who, done in self.answers.items() if who != worker for each in done if each.task in asked]
        checks = [
            each.annotation.classifications["class"] == str(by_name[each.task].truth)
            for each in self.answers[worker]
            if by_name[each.task].gold
        ]
        images = {name: Shown(SIZE, truth(by_name[name]) if by_name[name].gold else None) for name in asked}
        return gather(
            worker, [*mine, *others], images, bar=bar, min_checks=min_checks,
            seen=len(checks), passed=sum(checks), checks=checks[-200:],
        )  # fmt: skip


def answer(
    task: Task, worker: str, label: int, boxes: np.ndarray, seconds: float, clock: float, leased: float | None = None
) -> Answer:
    """One answer, begun at `clock`."""
    objects = tuple(LabelledObject(label="thing", shape="box", geometry=tuple(box)) for box in boxes.tolist())
    annotation = Annotation(classifications={"class": str(label)}, objects=objects)
    begun = clock if leased is None else leased
    return Answer(task.name, worker, annotation, seconds, begun, clock + seconds)


def truth(task: Task) -> Annotation:
    return Annotation(classifications={"class": str(task.truth)})


def crowd(
    seed: int, *, tasks: int = 400, shares: Sequence[float] = (0.5, 0.3, 0.2), gold: float = 0.15, boxes: int = 0,
    ordered: bool = False,
) -> Crowd:  # fmt: skip
    """A crowd without workers; `shares` of the classes, and images sorted by class where `ordered`."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(len(shares), size=tasks, p=shares)
    if ordered:
        classes = np.sort(classes)
    made = []
    for number, each in enumerate(classes.tolist()):
        drawn = np.column_stack([rng.uniform(0, 400, (boxes, 2)), rng.uniform(30, 200, (boxes, 2))])
        made.append(Task(f"t{number:05}", each, float(rng.exponential(1.0)), bool(rng.random() < gold), drawn))
    return Crowd(rng, len(shares), made)


def honest(skill: float, *, classes: int, pace: float = 1.0, base: float = 12.0) -> Give:
    """Somebody who looks: wrong more often where the image is hard, quicker or slower than others throughout."""

    def give(rng: np.random.Generator, task: Task, number: int) -> tuple[int, np.ndarray, float]:
        wrong = rng.random() < min(0.9, (1.0 - skill) * task.hard)
        confused = (task.truth + 1 + int(rng.random() < 0.3)) % classes  # the next class is the likeliest confusion
        label = (confused if confused != task.truth else (task.truth + 1) % classes) if wrong else task.truth
        drawn = task.boxes + rng.normal(0, 0.03, task.boxes.shape) * task.boxes[:, [2, 3, 2, 3]]
        return label, drawn, float(base * pace * (0.5 + task.hard) * rng.lognormal(0, 0.5))

    return give


def spammer(label: int = 0) -> Give:
    """Always the same answer."""
    return lambda rng, task, number: (label, np.zeros((0, 4)), float(rng.lognormal(2.0, 0.5)))


def hasty(skill: float, *, classes: int) -> Give:
    """Answers in a twentieth of the time, and hardly looks."""
    give = honest(skill, classes=classes)

    def hurried(rng: np.random.Generator, task: Task, number: int) -> tuple[int, np.ndarray, float]:
        label, boxes, seconds = give(rng, task, number)
        return label, boxes, seconds / 20

    return hurried


def tiring(before: float, after: float, *, at: int, classes: int) -> Give:
    """Good for `at` answers, then not."""
    fresh, tired = honest(before, classes=classes), honest(after, classes=classes)
    return lambda rng, task, number: (fresh if number < at else tired)(rng, task, number)


def copier(given: Mapping[str, tuple[int, np.ndarray]], *, shake: float = 0.0) -> Give:
    """Hands in what somebody else did, outlines moved by `shake` pixels."""

    def give(rng: np.random.Generator, task: Task, number: int) -> tuple[int, np.ndarray, float]:
        label, boxes = given[task.name]
        return label, boxes + rng.normal(0, shake, boxes.shape), float(rng.lognormal(2.0, 0.5))

    return give


def handed_in(crowd: Crowd, worker: str) -> dict[str, tuple[int, np.ndarray]]:
    """What a worker answered, for whoever copies it."""
    return {
        each.task: (
            int(str(each.annotation.classifications["class"])),
            np.array([one.geometry for one in each.annotation.objects]).reshape(-1, 4),
        )
        for each in crowd.answers[worker]
    }


def caught(crowd: Crowd, worker: str, rule: str, *, severity: str = "warn", step: int = 5) -> int | None:
    """After how many answers the rule first says so, or worse; None if never."""
    done = crowd.answers[worker]
    for number in range(step, len(done) + 1, step):
        crowd.answers[worker] = done[:number]
        found = [each for each in examine(crowd.evidence(worker)) if each.rule == rule]
        if any(RANK[each.severity] >= RANK[severity] for each in found):
            crowd.answers[worker] = done
            return number
    crowd.answers[worker] = done
    return None
