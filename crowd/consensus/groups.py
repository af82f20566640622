"""Which objects of a task's answers, and of its label, are one thing, and how far the workers agree on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from crowd.agreement.scores import similarities
from crowd.consensus.answers import Answer
from crowd.consensus.candidates import Candidate, candidates
from crowd.consensus.stuff import is_stuff
from crowd.geometry import match
from crowd.labels.types import Annotation, LabelledObject, Schema

_DIGITS = 4


@dataclass(frozen=True)
class Group:
    """One thing on the image.

    Attributes
    ----------
    drawn : mapping from the place of an answer to the places of its objects
        Of a class without instances an answer may have several.
    kept : tuple of int
        The places of the label's objects; empty where the label leaves it out.
    agreement : float or None
        The mean over all pairs of answers of the similarity of what they drew, 0 to 1; 0 where one of a pair drew
        nothing or gave another label. None where there is no pair.
    disputed : bool
        Whether somebody left it out, or labels or attributes differ, or the agreement is below the threshold.
    """

    shape: str
    drawn: Mapping[int, tuple[int, ...]]
    kept: tuple[int, ...]
    agreement: float | None
    disputed: bool


def group(
    answers: Sequence[Answer], label: Annotation | None, *, schema: Schema, iou_threshold: float = 0.5
) -> list[Group]:
    """The things that the answers or the label show, the most disputed first.

    Parameters
    ----------
    answers : sequence of Answer
        Of one task, at most one of each worker; places count in this order.
    label : Annotation or None
        What the task's answers came to, if anything.
    schema : Schema
    iou_threshold : float
        The least similarity at which two objects are taken for one.
    """
    ordered = sorted(answers, key=lambda each: each.worker)
    found = candidates(ordered, schema=schema, iou_threshold=iou_threshold) if ordered else []
    kept = _kept(found, label, ordered, schema=schema) if label is not None else {}
    number = {answer.worker: place for place, answer in enumerate(answers)}
    places = {answer.worker: {id(each): at for at, each in enumerate(answer.annotation.objects)} for answer in answers}
    objects = {answer.worker: answer.annotation.objects for answer in answers}
    groups = []
    for at, candidate in enumerate(found):
        drawn = {
            number[worker]: _places(one, places[worker], objects[worker], schema)
            for worker, one in zip(candidate.workers, candidate.objects, strict=True)
        }
        agreed = _agreement(candidate, len(answers))
        disputed = _differ(candidate, len(answers)) or (agreed is not None and agreed < iou_threshold)
        groups.append(Group(candidate.shape, drawn, kept.pop(at, ()), agreed, disputed))
    for left in kept.values():
        only = label.objects[left[0]].shape if label is not None else ""
        groups.append(Group(only, {}, left, 0.0 if len(answers) > 1 else None, disputed=True))
    return sorted(groups, key=lambda each: (not each.disputed, each.agreement if each.agreement is not None else 1.0))


def _places(
    one: LabelledObject, places: Mapping[int, int], objects: Sequence[LabelledObject], schema: Schema
) -> tuple[int, ...]:
    """The places in an answer of what stands for it in a candidate; the pieces of a joined region are several."""
    if id(one) in places and not is_stuff(one, schema):
        return (places[id(one)],)
    return tuple(at for at, each in enumerate(objects) if (each.shape, each.label) == (one.shape, one.label))


def _agreement(candidate: Candidate, answers: int) -> float | None:
    if answers < 2:
        return None
    labels = [each.label for each in candidate.objects]
    pairs = combinations(range(len(labels)), 2)
    total = sum(float(candidate.alike[a, b]) for a, b in pairs if labels[a] == labels[b])
    return round(total / (answers * (answers - 1) / 2), _DIGITS)


def _differ(candidate: Candidate, answers: int) -> bool:
    first = candidate.objects[0]
    return len(candidate.objects) < answers or any(
        (each.label, each.attributes) != (first.label, first.attributes) for each in candidate.objects
    )


def _kept(
    found: Sequence[Candidate], label: Annotation, answers: Sequence[Answer], *, schema: Schema
) -> dict[int, tuple[int, ...]]:
    """The label's objects by the place of their candidate; those of none under numbers beyond the last."""
    kept: dict[int, tuple[int, ...]] = {}
    stuff = {
        (each.shape, each.objects[0].label): at for at, each in enumerate(found) if is_stuff(each.objects[0], schema)
    }
    shapes: dict[str, list[int]] = {}
    for place, each in enumerate(label.objects):
        at = stuff.get((each.shape, each.label))
        if at is None:
            shapes.setdefault(each.shape, []).append(place)
        else:
            kept[at] = (*kept.get(at, ()), place)
    for shape, places in shapes.items():
        things = [at for at, each in enumerate(found) if each.shape == shape and at not in stuff.values()]
        taken = _matched([label.objects[place] for place in places], [found[at] for at in things], answers, schema)
        for row, place in enumerate(places):
            at = things[taken[row]] if row in taken else len(found) + place
            kept[at] = (place,)
    return kept


def _matched(
    ones: Sequence[LabelledObject], things: Sequence[Candidate], answers: Sequence[Answer], schema: Schema
) -> dict[int, int]:
    """Which thing each object is: the one with a member most like it, one object each."""
    if not things:
        return {}
    members = [each for thing in things for each in thing.objects]
    starts = np.cumsum([0, *(len(thing.objects) for thing in things[:-1])])
    near = similarities(ones, members, schema=schema, image_size=(answers[0].width, answers[0].height))
    return dict(match(np.maximum.reduceat(near, starts, axis=1), threshold=0.0))
