"""How right an answer is against the truth, and what a plain majority makes of the same answers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from crowd.demo.images import Box
from crowd.geometry import boxes
from crowd.geometry.matching import match

SAME = 0.5  # intersection over union from which two boxes are one thing, as PASCAL VOC has it

Annotation = Mapping[str, Any]


class Quality(Protocol):
    """How right the answers of one effort are."""

    @property
    def worth(self) -> float:
        """The one number to compare by, 0 to 1."""

    def reaches(self, floor: Any) -> bool:
        """Tell whether this is as good as another of its kind, in every respect."""


@dataclass(frozen=True)
class Accuracy:
    """The share of classes that are right, 0 to 1."""

    share: float

    def __str__(self) -> str:
        return f"{self.share:.1%}"

    @property
    def worth(self) -> float:
        """The share itself."""
        return self.share

    def reaches(self, floor: "Accuracy") -> bool:
        """Tell whether the share is at least the other."""
        return self.share >= floor.share


@dataclass(frozen=True)
class BoxQuality:
    """Boxes against the truth: the F1 score of finding the things, the mean overlap with those found; 0 to 1."""

    f1: float
    iou: float

    def __str__(self) -> str:
        return f"F1 {self.f1:.1%}, IoU {self.iou:.3f}"

    @property
    def worth(self) -> float:
        """The F1 score."""
        return self.f1

    def reaches(self, floor: "BoxQuality") -> bool:
        """Tell whether neither is below the other's."""
        return self.f1 >= floor.f1 and self.iou >= floor.iou


def digit_of(annotation: Annotation | None) -> str:
    """Return the class an annotation gives; empty where it gives none."""
    return "" if annotation is None else str(annotation["classifications"].get("digit", ""))


def boxes_of(annotation: Annotation | None) -> tuple[Box, ...]:
    """Return the boxes of an annotation."""
    if annotation is None:
        return ()
    return tuple(tuple(one["box"]) for one in annotation["objects"])


def accuracy(pairs: Iterable[tuple[str, str]]) -> Accuracy:
    """Return the share of (answer, truth) pairs that are equal."""
    return Accuracy(float(np.mean([answer == truth for answer, truth in pairs])))


def majority_accuracy(pairs: Iterable[tuple[Sequence[str], str]]) -> Accuracy:
    """Return the expected accuracy of the most frequent answer, ties being drawn by lot."""
    return Accuracy(float(np.mean([_chance_of_majority(answers, truth) for answers, truth in pairs])))


def _chance_of_majority(answers: Sequence[str], truth: str) -> float:
    votes = Counter(answers)
    if not votes:
        return 0.0
    most = max(votes.values())
    return (votes[truth] == most) / sum(count == most for count in votes.values())


def majority_boxes(answers: Sequence[Sequence[Box]]) -> tuple[Box, ...]:
    """Return the mean of each group of overlapping boxes that more than half of the answers have.

    A box joins the group with whose first box it overlaps most, if by half; each answer is in a group once.
    """
    groups: list[tuple[Box, dict[int, Box]]] = []
    for who, answer in enumerate(answers):
        for box in answer:
            free = [(first, members) for first, members in groups if who not in members]
            overlap = boxes.iou_matrix([box], [first for first, _ in free])[0] if free else np.zeros(1)
            if overlap.max() >= SAME:
                free[int(overlap.argmax())][1][who] = box
            else:
                groups.append((box, {who: box}))
    kept = [list(members.values()) for _, members in groups if len(members) > len(answers) / 2]
    return tuple(tuple(np.mean(members, axis=0).tolist()) for members in kept)


def quality(pairs: Iterable[tuple[Sequence[Box], Sequence[Box]]]) -> BoxQuality:
    """Return the quality of (found, true) boxes over all images, things being paired one to one by overlap."""
    things, overlaps = 0, []
    for found, true in pairs:
        things += len(found) + len(true)
        if found and true:
            overlap = boxes.iou_matrix(found, true)
            overlaps += [overlap[pair] for pair in match(overlap, threshold=SAME)]
    return BoxQuality(f1=2 * len(overlaps) / things if things else 1.0, iou=float(np.mean(overlaps or [0.0])))
