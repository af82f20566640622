"""How well objects are found by something that says how sure it is: detections by score, and average precision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from crowd.agreement.intervals import proportion_interval
from crowd.agreement.scores import similarities
from crowd.labels.types import Annotation, LabelledObject, Schema

Z = 1.959963984540054  # of 95 %


@dataclass(frozen=True)
class Detection:
    """One object that was said: how sure, 0 to 1, and whether it is right at each of the thresholds asked for."""

    label: str
    score: float
    right: tuple[bool, ...]


@dataclass(frozen=True)
class Tally:
    """Detections of one score, 0 to 1: how many, and how many of them right."""

    score: float
    said: int
    right: int


def detections(
    said: Annotation,
    truth: Annotation,
    *,
    schema: Schema,
    image_size: tuple[float, float],
    thresholds: Sequence[float],
    sure: float = 1.0,
) -> list[Detection]:
    """Each object said, judged as COCO judges: the surest first takes the most alike of its class that is left.

    Parameters
    ----------
    said, truth : Annotation
        Valid against `schema`; objects of `said` that carry no score of their own have that of the whole, `sure`.
    image_size : (width, height)
        In pixels.
    thresholds : sequence of float
        Least similarities, 0 to 1.

    Source: T.-Y. Lin et al., "Microsoft COCO: Common objects in context", ECCV 2014, and its evaluation code; shapes
    other than boxes and masks are compared by the similarity that `crowd.geometry` has for them.
    """
    found: list[Detection] = []
    for label in sorted({each.label for each in said.objects}):
        mine = sorted((each for each in said.objects if each.label == label), key=lambda each: -_score(each, sure))
        theirs = [each for each in truth.objects if each.label == label and each.shape == mine[0].shape]
        alike = similarities(mine, theirs, schema=schema, image_size=image_size)
        right = [_right(alike.tolist(), threshold) for threshold in thresholds]
        found += [
            Detection(label, _score(each, sure), tuple(row[place] for row in right)) for place, each in enumerate(mine)
        ]
    return found


def average_precision(tallies: Sequence[Tally], *, truths: int) -> float:
    """The area under precision as a function of recall, made to fall: 0 to 1; 0 where nothing is true.

    Detections of one score count together. Where scores are rounded before, as in figures kept up to date, the curve
    has as many points as there are scores.

    Source: M. Everingham et al., "The Pascal visual object classes challenge: a retrospective", IJCV 111 (2015),
    98–136, with all points interpolated.
    """
    if truths <= 0:
        return 0.0
    said = right = 0
    points: list[tuple[float, float]] = []
    by_score: dict[float, list[int]] = {}
    for one in tallies:
        sums = by_score.setdefault(one.score, [0, 0])
        sums[0] += one.said
        sums[1] += one.right
    for score in sorted(by_score, reverse=True):
        said, right = said + by_score[score][0], right + by_score[score][1]
        if said:
            points.append((min(right / truths, 1.0), right / said))
    area, best = 0.0, 0.0
    for place in range(len(points) - 1, -1, -1):
        best = max(best, points[place][1])
        area += (points[place][0] - (points[place - 1][0] if place else 0.0)) * best
    return area


def average_precision_interval(
    groups: Mapping[int, tuple[Sequence[Tally], int]],
) -> tuple[float, float, float]:
    """Average precision with where it lies with 95 % probability: `(value, low, high)`.

    By the jackknife: images are in groups drawn by lot, and each group is left out once. So objects of one image, which
    are found or missed together, are not counted as independent.

    Parameters
    ----------
    groups : mapping of a group's number to its tallies and its number of true objects

    Source: B. Efron and C. Stein, "The jackknife estimate of variance", Annals of Statistics 9 (1981) 586–596. With one
    group alone nothing is known: (value, 0, 1).
    """
    whole = average_precision(
        [one for tallies, _ in groups.values() for one in tallies], truths=sum(truths for _, truths in groups.values())
    )
    if len(groups) < 2:
        return whole, 0.0, 1.0
    without = [
        average_precision(
            [one for key, (tallies, _) in groups.items() if key != left for one in tallies],
            truths=sum(truths for key, (_, truths) in groups.items() if key != left),
        )
        for left in groups
    ]
    number, mean = len(without), sum(without) / len(without)
    error = sqrt((number - 1) / number * sum((each - mean) ** 2 for each in without))
    return whole, max(whole - Z * error, 0.0), min(whole + Z * error, 1.0)


def f1_interval(right: int, said: int, true: int) -> tuple[float, float, float]:
    """F1 with where it lies with 95 % probability: `(value, low, high)`; (0, 0, 1) where nothing was said or true.

    F1 is 2x / (1 + x) of the share x of right ones among all that was said or is true, a proportion with an interval of
    its own.

    Source: D. J. Hand, P. Christen and N. Kirielle, "F*: an interpretable transformation of the F-measure", Machine
    Learning 110 (2021) 451–456.
    """
    union = said + true - right
    if union <= 0:
        return 0.0, 0.0, 1.0
    low, high = proportion_interval(right, union)
    share = right / union
    return 2 * share / (1 + share), 2 * low / (1 + low), 2 * high / (1 + high)


def _score(each: LabelledObject, sure: float) -> float:
    return sure if each.score is None else each.score


def _right(alike: Sequence[Sequence[float]], threshold: float) -> list[bool]:
    taken: set[int] = set()
    found = []
    for row in alike:
        best = max(
            (place for place, value in enumerate(row) if place not in taken and value >= threshold and value > 0),
            key=lambda place: row[place],
            default=None,
        )
        found.append(best is not None)
        if best is not None:
            taken.add(best)
    return found
