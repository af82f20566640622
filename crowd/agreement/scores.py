"""How right an answer is against a known one, 0 to 1, part by part, and how far two workers agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from crowd.geometry import match, similarity_matrix
from crowd.labels.types import Annotation, Classification, LabelledObject, Schema, Value, attached

OBJECTS = "objects"  # the part that all objects together make


@dataclass(frozen=True)
class Score:
    """`value` is the mean over `parts`: one for each question answered in either document, one for all objects.

    Objects are a part where either document has some, or where nothing else was asked: that both leave the image empty
    must not make half of a wrong answer right.
    """

    value: float
    parts: Mapping[str, float]


def score(
    answer: Annotation,
    truth: Annotation,
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float = 0.5,
) -> Score:
    """How right `answer` is if `truth` is; symmetric in the two.

    Parameters
    ----------
    answer, truth : Annotation
        Valid against `schema`.
    image_size : (width, height) in pixels
    iou_threshold : float
        The least similarity at which two objects are taken for one.

    Returns
    -------
    Score
        Questions: a binary one counts 1 or 0; a single one the shared beginning of both paths over the longer path; a
        multiple one the Jaccard index of both sets, each with all options above the chosen ones. Objects: F1, where a
        matched pair counts 1 if the labels are the same, times the mean of its attributes' parts. Two empty
        documents agree: 1.
    """
    ((_, _, result),) = pair_scores([answer, truth], schema=schema, image_size=image_size, iou_threshold=iou_threshold)
    return result


def pair_scores(
    annotations: Sequence[Annotation], *, schema: Schema, image_size: tuple[float, float], iou_threshold: float = 0.5
) -> list[tuple[int, int, Score]]:
    """The score of every pair of annotations of one image, `(i, j, score)` with i < j; see `score`."""
    alike = _Alike([each.objects for each in annotations], schema=schema, image_size=image_size)
    result = []
    for i, j in combinations(range(len(annotations)), 2):
        answer, truth = annotations[i], annotations[j]
        parts = dict(_questions(answer.classifications, truth.classifications, schema.classifications))
        if answer.objects or truth.objects or (schema.objects and not parts):
            parts[OBJECTS] = _objects(alike, i, j, schema=schema, iou_threshold=iou_threshold)
        result.append((i, j, Score(fmean(parts.values()) if parts else 1.0, parts)))
    return result


def matched(
    answer: Annotation,
    truth: Annotation,
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float = 0.5,
) -> list[tuple[LabelledObject, LabelledObject]]:
    """The pairs of objects, of the answer and of the truth, that `score` takes for one thing."""
    if not answer.objects or not truth.objects:
        return []
    alike = _Alike([answer.objects, truth.objects], schema=schema, image_size=image_size)
    return alike.matched(0, 1, iou_threshold=iou_threshold)


def credit(answer: Value | None, truth: Value | None) -> float:
    """How right one answer to one question is, 0 to 1; None where it was left open."""
    if answer is None or truth is None:
        return float(answer is truth)
    if isinstance(answer, str) and isinstance(truth, str):
        mine, theirs = answer.split("/"), truth.split("/")
        shared = next(
            (depth for depth, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b),
            min(len(mine), len(theirs)),
        )
        return shared / max(len(mine), len(theirs))
    if isinstance(answer, tuple) and isinstance(truth, tuple):
        chosen, wanted = _closure(answer), _closure(truth)
        return len(chosen & wanted) / len(chosen | wanted) if chosen | wanted else 1.0
    return float(answer == truth)


class _Alike:
    """Similarities between all objects of several documents, computed once, shape by shape."""

    def __init__(
        self, documents: Sequence[Sequence[LabelledObject]], *, schema: Schema, image_size: tuple[float, float]
    ) -> None:
        self.documents = documents
        self.places: dict[str, list[list[int]]] = {}
        self.rows: dict[str, list[slice]] = {}
        self.values: dict[str, NDArray[np.float64]] = {}
        self.labels: dict[str, NDArray[np.str_]] = {}
        for shape in sorted({each.shape for document in documents for each in document}):
            places = [[at for at, each in enumerate(document) if each.shape == shape] for document in documents]
            ends = np.cumsum([len(each) for each in places]).tolist()
            objects = [documents[document][at] for document, each in enumerate(places) for at in each]
            self.places[shape] = places
            self.rows[shape] = [slice(end - len(each), end) for end, each in zip(ends, places, strict=True)]
            self.values[shape] = similarities(objects, objects, schema=schema, image_size=image_size)
            self.labels[shape] = np.array([each.label for each in objects])

    def matched(self, i: int, j: int, *, iou_threshold: float) -> list[tuple[LabelledObject, LabelledObject]]:
        """Pairs of objects taken for one thing: as many equal labels as can be, then the closest."""
        pairs = []
        for shape, places in self.places.items():
            if not places[i] or not places[j]:
                continue
            rows, columns = self.rows[shape][i], self.rows[shape][j]
            alike = self.values[shape][rows, columns]
            same = self.labels[shape][rows][:, None] == self.labels[shape][columns][None, :]
            worth = np.where((alike >= iou_threshold) & (alike > 0), (alike + same) / 2, 0.0)
            pairs += [
                (self.documents[i][places[i][row]], self.documents[j][places[j][column]])
                for row, column in match(worth, threshold=1e-9)
            ]
        return pairs


def similarities(
    xs: Sequence[LabelledObject], ys: Sequence[LabelledObject], *, schema: Schema, image_size: tuple[float, float]
) -> NDArray[np.float64]:
    """Similarity of every pair of objects of one shape, shape (n, m); keypoints of different skeletons have none."""
    if xs and ys and xs[0].shape != "keypoints":
        geometries = [each.geometry for each in xs], [each.geometry for each in ys]
        return similarity_matrix(xs[0].shape, *geometries, image_size=image_size)
    result = np.zeros((len(xs), len(ys)))
    kinds: dict[tuple[int, tuple[float, ...]], tuple[list[int], list[int]]] = {}
    for side, objects in enumerate((xs, ys)):
        for place, each in enumerate(objects):
            kinds.setdefault(_skeleton(each, schema), ([], []))[side].append(place)
    for (_, sigmas), (mine, theirs) in kinds.items():
        if mine and theirs:
            result[np.ix_(mine, theirs)] = similarity_matrix(
                xs[mine[0]].shape,
                [xs[i].geometry for i in mine],
                [ys[j].geometry for j in theirs],
                image_size=image_size,
                sigmas=sigmas or None,
            )
    return result


def _skeleton(each: LabelledObject, schema: Schema) -> tuple[int, tuple[float, ...]]:
    """What must be the same for two geometries to be comparable: the number of keypoints and their sigmas."""
    if each.shape != "keypoints":
        return (0, ())
    object_class = schema.object_class(each.label)
    return (len(each.geometry), object_class.sigmas if object_class else ())


def _closure(paths: tuple[str, ...]) -> set[str]:
    names = (path.split("/") for path in paths)
    return {"/".join(parts[: depth + 1]) for parts in names for depth in range(len(parts))}


def _questions(
    answer: Mapping[str, Value], truth: Mapping[str, Value], questions: Sequence[Classification]
) -> list[tuple[str, float]]:
    """Credit of each question that either document answers, those opened by the truth's options included."""
    parts: list[tuple[str, float]] = []
    asked = [(question.name, question) for question in questions]
    while asked:
        address, question = asked.pop(0)
        if address in answer or address in truth:
            parts.append((address, credit(answer.get(address), truth.get(address))))
        both = [attached(question, address, each[address]) for each in (truth, answer) if address in each]
        opened = [dict(each) for each in both]
        asked[:0] = [
            (name, each)
            for name, each in (opened[0] if opened else {}).items()
            if all(name in other for other in opened)
        ]
    return parts


def _objects(alike: _Alike, i: int, j: int, *, schema: Schema, iou_threshold: float) -> float:
    """F1 of the objects of two documents."""
    number = len(alike.documents[i]) + len(alike.documents[j])
    if not number:
        return 1.0
    total = 0.0
    for mine, theirs in alike.matched(i, j, iou_threshold=iou_threshold):
        object_class = schema.object_class(mine.label)
        if mine.label != theirs.label or object_class is None:
            continue
        if mine.attributes == theirs.attributes:
            total += 1.0
            continue
        parts = [value for _, value in _questions(mine.attributes, theirs.attributes, object_class.attributes)]
        total += fmean(parts) if parts else 1.0
    return 2.0 * total / number
