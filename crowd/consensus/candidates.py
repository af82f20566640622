"""Candidate objects of one task: which of the workers' objects are one and the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.agreement.scores import similarities
from crowd.consensus.answers import Answer
from crowd.consensus.stuff import is_stuff, joined
from crowd.geometry import cluster
from crowd.labels.types import LabelledObject, Schema

NOTHING = ""  # the label of those who did not draw it, and the class of what does not exist

_SAME_LABEL = 0.05  # lead in similarity that two objects of one label have over two of different labels


@dataclass(frozen=True)
class Candidate:
    """Objects of different workers that are taken for one thing, in the order of the workers' names.

    `alike` is the similarity of every pair of `objects`, shape (n, n).
    """

    shape: str
    workers: tuple[str, ...]
    objects: tuple[LabelledObject, ...]
    alike: NDArray[np.float64]

    def labels(self, workers: Sequence[str]) -> list[tuple[str, str]]:
        """What each worker said of it: `(worker, label)`, `NOTHING` for those who did not draw it."""
        drew = dict(zip(self.workers, self.objects, strict=True))
        return [(worker, drew[worker].label if worker in drew else NOTHING) for worker in workers]


def candidates(answers: Sequence[Answer], *, schema: Schema, iou_threshold: float) -> list[Candidate]:
    """All candidates of one task, shapes in the order of their names; the answers are sorted by worker.

    A class without instances is one candidate, however far its regions are apart.
    """
    shapes: dict[str, list[tuple[str, LabelledObject]]] = {}
    stuff: dict[tuple[str, str], dict[str, list[LabelledObject]]] = {}
    for answer in answers:
        for each in answer.annotation.objects:
            if is_stuff(each, schema):
                stuff.setdefault((each.shape, each.label), {}).setdefault(answer.worker, []).append(each)
            else:
                shapes.setdefault(each.shape, []).append((answer.worker, each))
    found: list[Candidate] = []
    for shape in sorted(shapes):
        found += _of_shape(shape, shapes[shape], answers[0], schema=schema, iou_threshold=iou_threshold)
    size = (answers[0].width, answers[0].height)
    for (shape, _), pieces in sorted(stuff.items(), key=lambda item: item[0]):
        regions = tuple(joined(each) for each in pieces.values())
        alike = similarities(regions, regions, schema=schema, image_size=size)
        found.append(Candidate(shape=shape, workers=tuple(pieces), objects=regions, alike=alike))
    return found


def _of_shape(
    shape: str, drawn: Sequence[tuple[str, LabelledObject]], answer: Answer, *, schema: Schema, iou_threshold: float
) -> list[Candidate]:
    objects = [each for _, each in drawn]
    alike = similarities(objects, objects, schema=schema, image_size=(answer.width, answer.height))
    labels = np.array([each.label for each in objects])
    different = labels[:, None] != labels[None, :]
    _, owner = np.unique([worker for worker, _ in drawn], return_inverse=True)
    ids = cluster(np.where(different, alike * (1 - _SAME_LABEL), alike), owner, threshold=iou_threshold)
    result = []
    for each in range(int(ids.max(initial=-1)) + 1):
        members = sorted(np.flatnonzero(ids == each).tolist(), key=lambda place: drawn[place][0])
        result.append(
            Candidate(
                shape=shape,
                workers=tuple(drawn[place][0] for place in members),
                objects=tuple(objects[place] for place in members),
                alike=alike[np.ix_(members, members)],
            )
        )
    return result
