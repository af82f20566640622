"""What the answers to one image disagree about: a class, whether something is there, where it is, or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean
from typing import Literal

import numpy as np

from crowd.agreement.scores import credit, matched, pair_scores, similarities
from crowd.geometry import match
from crowd.labels.types import Annotation, LabelledObject, Schema, Value

Subject = Literal["class_disagreement", "existence", "geometry", "low_confidence"]
SUBJECTS: tuple[Subject, ...] = ("class_disagreement", "existence", "geometry", "low_confidence")
MOST_LABELS = 50


@dataclass(frozen=True)
class Disagreement:
    """What several answers to one image disagree about.

    Attributes
    ----------
    kind : str
        What most of the disagreement is about, the earlier of `SUBJECTS` where several weigh the same:
        `class_disagreement` where the same thing is called otherwise, `existence` where something was marked by some
        only, `geometry` where it was marked elsewhere than others did; `low_confidence` where all say the same and are
        not believed, or only one has answered.
    severity : float
        One less the mean score of the pairs of answers (`crowd.agreement.score`), 0 to 1.
    labels : tuple of str
        The classes and options in dispute, or those spoken of where none is; options with all those above them.
    confused : tuple of (str, str)
        Pairs of classes or options that were given for the same thing, each once, both in order.
    """

    kind: Subject
    severity: float
    labels: tuple[str, ...]
    confused: tuple[tuple[str, str], ...]


def disagreement(
    annotations: Sequence[Annotation], *, schema: Schema, image_size: tuple[float, float], iou_threshold: float = 0.5
) -> Disagreement:
    """What the answers to one image disagree about; the order of the answers does not matter.

    Parameters
    ----------
    annotations : sequence of Annotation
        Valid against `schema`.
    image_size : (width, height) in pixels
    iou_threshold : float
        The least similarity at which two objects are taken for one.
    """
    pairs = pair_scores(annotations, schema=schema, image_size=image_size, iou_threshold=iou_threshold)
    found = _Found()
    for one, other in combinations(annotations, 2):
        _questions(found, one.classifications, other.classifications)
        _objects(found, one, other, schema=schema, image_size=image_size, iou_threshold=iou_threshold)
    most = max(found.weight.values(), default=0.0)
    kind: Subject = next((each for each in SUBJECTS if most > 0 and found.weight[each] == most), "low_confidence")
    labels = found.labels or {label for each in annotations for label in spoken(each)}
    return Disagreement(
        kind=kind,
        severity=1.0 - fmean(score.value for _, _, score in pairs) if pairs else 0.0,
        labels=tuple(sorted(labels)[:MOST_LABELS]),
        confused=tuple(sorted(found.confused)),
    )


def spoken(annotation: Annotation) -> set[str]:
    """The classes and options that an answer speaks of, options with all those above them; of a yes the question."""
    names = {each.label for each in annotation.objects}
    for answers in (annotation.classifications, *(each.attributes for each in annotation.objects)):
        for address, value in answers.items():
            names |= _names(address, value)
    return names


@dataclass
class _Found:
    """What the pairs of answers add up to."""

    weight: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUBJECTS, 0.0))
    labels: set[str] = field(default_factory=set)
    confused: set[tuple[str, str]] = field(default_factory=set)


def _names(address: str, value: Value | None) -> set[str]:
    if isinstance(value, bool):
        return {address} if value else set()
    chosen = (value,) if isinstance(value, str) else value or ()
    return {"/".join(path.split("/")[: depth + 1]) for path in chosen for depth in range(path.count("/") + 1)}


def _questions(found: _Found, one: Mapping[str, Value], other: Mapping[str, Value]) -> None:
    """Add what two sets of answers to the same questions disagree about."""
    for address in sorted({*one, *other}):
        mine, theirs = one.get(address), other.get(address)
        missing = 1.0 - credit(mine, theirs)
        if missing <= 0:
            continue
        found.weight["class_disagreement"] += missing
        found.labels |= _names(address, mine) ^ _names(address, theirs)
        if isinstance(mine, str) and isinstance(theirs, str):
            found.confused.add((min(mine, theirs), max(mine, theirs)))


def _objects(
    found: _Found,
    one: Annotation,
    other: Annotation,
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float,
) -> None:
    """Add what two answers disagree about in the objects they mark: called, placed or seen otherwise."""
    same = matched(one, other, schema=schema, image_size=image_size, iou_threshold=iou_threshold)
    for mine, theirs in same:
        if mine.label == theirs.label:
            _questions(found, mine.attributes, theirs.attributes)
            continue
        found.weight["class_disagreement"] += 1
        found.labels |= {mine.label, theirs.label}
        found.confused.add((min(mine.label, theirs.label), max(mine.label, theirs.label)))
    taken = {id(each) for pair in same for each in pair}
    left = [[each for each in answer.objects if id(each) not in taken] for answer in (one, other)]
    moved = list(_moved(left[0], left[1], schema=schema, image_size=image_size))
    elsewhere = {id(each) for pair in moved for each in pair}
    found.weight["geometry"] += len(moved)
    found.labels |= {mine.label for mine, _ in moved}
    alone = [each for side in left for each in side if id(each) not in elsewhere]
    found.weight["existence"] += len(alone)
    found.labels |= {each.label for each in alone}


def _moved(
    ones: Sequence[LabelledObject],
    others: Sequence[LabelledObject],
    *,
    schema: Schema,
    image_size: tuple[float, float],
) -> Iterator[tuple[LabelledObject, LabelledObject]]:
    """The pairs of one class that overlap too little to be taken for one thing, yet overlap."""
    for shape in sorted({each.shape for each in ones} & {each.shape for each in others}):
        mine, theirs = ([each for each in side if each.shape == shape] for side in (ones, others))
        alike = similarities(mine, theirs, schema=schema, image_size=image_size)
        called = np.array([[one.label == other.label for other in theirs] for one in mine])
        for row, column in match(np.where(called, alike, 0.0), threshold=1e-9):
            yield mine[row], theirs[column]
