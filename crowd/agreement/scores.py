"""How right an answer is against a known one, 0 to 1, part by part, and how far two workers agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        matched pair counts 1 if the labels are the same, times the mean of its attributes' parts. Two empty documents
        agree: 1.
    """
    parts = dict(_questions(answer.classifications, truth.classifications, schema.classifications))
    if answer.objects or truth.objects or (schema.objects and not parts):
        parts[OBJECTS] = _objects(
            answer.objects, truth.objects, schema=schema, image_size=image_size, iou_threshold=iou_threshold
        )
    return Score(float(np.mean(list(parts.values()))) if parts else 1.0, parts)


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


def matched(
    xs: Sequence[LabelledObject],
    ys: Sequence[LabelledObject],
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float,
) -> tuple[tuple[int, int, float], ...]:
    """Pairs `(i, j, similarity)` of objects taken for one thing: as many equal labels as can be, then the closest."""
    pairs: list[tuple[int, int, float]] = []
    for shape in sorted({each.shape for each in xs} & {each.shape for each in ys}):
        mine = [place for place, each in enumerate(xs) if each.shape == shape]
        theirs = [place for place, each in enumerate(ys) if each.shape == shape]
        alike = similarities([xs[i] for i in mine], [ys[j] for j in theirs], schema=schema, image_size=image_size)
        same = np.array([[xs[i].label == ys[j].label for j in theirs] for i in mine])
        worth = np.where((alike >= iou_threshold) & (alike > 0), (alike + same) / 2, 0.0)
        pairs += [(mine[i], theirs[j], float(alike[i, j])) for i, j in match(worth, threshold=1e-9)]
    return tuple(sorted(pairs))


def similarities(
    xs: Sequence[LabelledObject], ys: Sequence[LabelledObject], *, schema: Schema, image_size: tuple[float, float]
) -> NDArray[np.float64]:
    """Similarity of every pair of objects of one shape, shape (n, m); keypoints of different skeletons have none."""
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


def _objects(
    answer: Sequence[LabelledObject],
    truth: Sequence[LabelledObject],
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float,
) -> float:
    if not answer and not truth:
        return 1.0
    total = 0.0
    for i, j, _ in matched(answer, truth, schema=schema, image_size=image_size, iou_threshold=iou_threshold):
        mine, theirs = answer[i], truth[j]
        object_class = schema.object_class(mine.label)
        if mine.label != theirs.label or object_class is None:
            continue
        parts = [value for _, value in _questions(mine.attributes, theirs.attributes, object_class.attributes)]
        total += float(np.mean(parts)) if parts else 1.0
    return 2.0 * total / (len(answer) + len(truth))
