"""Agreement over a project's answers: between every two workers, and corrected for chance over all of them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from crowd.agreement.scores import pair_scores, score
from crowd.labels.types import Annotation, Schema

Answers = Sequence[tuple[str, Annotation]]  # of one image: worker, answer

_EXPECTED_PAIRS = 4000  # pairs of answers of different images that estimate chance; the error of alpha is below 0.01


def agreement(
    answers: Answers, *, schema: Schema, image_size: tuple[float, float], iou_threshold: float = 0.5
) -> float | None:
    """Mean score over all pairs of one image's answers; None for fewer than two.

    Parameters
    ----------
    answers : sequence of (worker, Annotation)
    schema : Schema
    image_size : (width, height)
        In pixels.
    iou_threshold : float
        The least similarity at which two objects are taken for one; see `crowd.agreement.score`, whose score is meant.

    Returns
    -------
    float or None
        0 to 1, not corrected for chance.
    """
    values = [value for *_, value in _pairs(answers, schema=schema, image_size=image_size, iou_threshold=iou_threshold)]
    return float(np.mean(values)) if values else None


def pairwise(
    images: Sequence[tuple[tuple[float, float], Answers]], *, schema: Schema, iou_threshold: float = 0.5
) -> Mapping[tuple[str, str], tuple[int, float]]:
    """How far every two workers agree: `{(a, b): (images in common, mean score)}`, a before b.

    Parameters
    ----------
    images : sequence of (image_size, answers)
        `image_size` is (width, height) in pixels.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for image_size, answers in images:
        for a, b, value in _pairs(answers, schema=schema, image_size=image_size, iou_threshold=iou_threshold):
            found.setdefault((a, b), []).append(value)
    return {pair: (len(values), float(np.mean(values))) for pair, values in sorted(found.items())}


def pairwise_agreement(
    images: Sequence[tuple[tuple[float, float], Answers]], *, schema: Schema, iou_threshold: float = 0.5
) -> float | None:
    """Mean over images of the mean score over pairs of answers; None where no image has two."""
    values = [
        agreement(answers, schema=schema, image_size=size, iou_threshold=iou_threshold) for size, answers in images
    ]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def document_alpha(
    images: Sequence[tuple[tuple[float, float], Answers]], *, schema: Schema, iou_threshold: float = 0.5
) -> float | None:
    """Krippendorff's alpha of whole documents, their distance being 1 - score; None where no image has two answers.

    Observed distance: over pairs of one image, an image of m answers weighing m, as in the nominal alpha. Expected
    distance: over pairs of answers of different images, both scored as if of the first one's size; of many images an
    evenly spread sample of pairs, the same one every time. For a single question this is the nominal alpha up to
    Krippendorff's small-sample correction; for objects it is matching-based, as in A. Braylan, O. Alonso and M.
    Lease, "Measuring annotator agreement generally across complex structured, multi-object, and free-text annotation
    tasks" (WWW 2022).
    """
    rated = [(size, answers) for size, answers in images if len(answers) >= 2]
    if not rated:
        return None
    weights = np.array([len(answers) for _, answers in rated], dtype=np.float64)
    inside = np.array(
        [
            1.0 - (agreement(answers, schema=schema, image_size=size, iou_threshold=iou_threshold) or 0.0)
            for size, answers in rated
        ]
    )
    observed = float((weights * inside).sum() / weights.sum())
    expected = _expected(rated, schema=schema, iou_threshold=iou_threshold)
    if expected is None:
        return None
    return 1.0 if expected == 0 else 1.0 - observed / expected


def _expected(
    rated: Sequence[tuple[tuple[float, float], Answers]], *, schema: Schema, iou_threshold: float
) -> float | None:
    flat = [(place, size, annotation) for place, (size, answers) in enumerate(rated) for _, annotation in answers]
    steps = max(1, -(-_EXPECTED_PAIRS // len(flat)))
    distances = []
    for step in range(1, steps + 1):
        shift = (step * len(flat)) // (steps + 1) or 1
        for i, (image, size, annotation) in enumerate(flat):
            other_image, _, other = flat[(i + shift) % len(flat)]
            if other_image != image:
                distances.append(
                    1.0 - score(annotation, other, schema=schema, image_size=size, iou_threshold=iou_threshold).value
                )
    return float(np.mean(distances)) if distances else None


def _pairs(
    answers: Answers, *, schema: Schema, image_size: tuple[float, float], iou_threshold: float
) -> Iterator[tuple[str, str, float]]:
    ordered = sorted(answers, key=lambda each: each[0])
    scores = pair_scores(
        [annotation for _, annotation in ordered], schema=schema, image_size=image_size, iou_threshold=iou_threshold
    )
    for i, j, result in scores:
        yield ordered[i][0], ordered[j][0], result.value
