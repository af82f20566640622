"""How reliably one category is told from the rest: kappa and alpha of many raters, each with its interval."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.agreement.kappas import alpha_of_counts, cohen_kappa, fleiss_kappa

RESAMPLES = 1000
LEVEL = 0.95

Ratings = Mapping[str, Hashable]  # of one thing: by whom, what
Numbers = NDArray[np.float64]
_REST = object()


@dataclass(frozen=True)
class Measure:
    """A figure, and where the true one lies with 95 % confidence; both None where nothing can be said."""

    value: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reliability:
    """How far raters agree beyond chance.

    `things` have two raters or more. `kappa` is Cohen's where there are two raters in all, else Fleiss' of the things
    that the most frequent number of raters rated; `alpha`, Krippendorff's, is of all things.
    """

    things: int
    raters: int
    kappa: Measure
    alpha: Measure


def reliability(images: Sequence[Sequence[Ratings]], *, category: Hashable | None = None) -> Reliability:
    """Agreement beyond chance about the things in images; of one category against the rest where one is named.

    Parameters
    ----------
    images : sequence of sequences of {rater: label}
        Things of one image belong together: they are resampled as one.
    category : hashable, optional
        All other labels count as one then.

    Returns
    -------
    Reliability
        Figures are at most 1, and below 0 where raters agree less than by chance. Intervals are percentiles of
        `RESAMPLES` draws of images with replacement, the same ones every time; a draw in which only one label is left
        tells nothing and is passed over.

    Sources: J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971),
    where a category is set against the rest; B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993),
    chapter 13.
    """
    kept = [(place, _told(one, category)) for place, image in enumerate(images) for one in image if len(one) >= 2]
    raters = {rater for _, one in kept for rater in one}
    if not kept:
        return Reliability(0, 0, Measure(), Measure())
    labels = {label: place for place, label in enumerate(dict.fromkeys(v for _, one in kept for v in one.values()))}
    table = np.zeros((len(kept), len(labels)))
    for row, (_, one) in enumerate(kept):
        np.add.at(table[row], [labels[label] for label in one.values()], 1.0)
    _, image_of = np.unique([place for place, _ in kept], return_inverse=True)
    weights = _draws(int(image_of.max()) + 1)
    alpha = _measure(alpha_of_counts(table), _alphas, _alpha_parts(table), image_of, weights)
    if len(raters) == 2:
        pairs = [tuple(one[rater] for rater in sorted(raters)) for _, one in kept]
        value = cohen_kappa([a for a, _ in pairs], [b for _, b in pairs])
        kappa = _measure(value, _cohens, _crossed(pairs, labels), image_of, weights)
    else:
        numbers = table.sum(axis=1)
        usual = numbers == np.bincount(numbers.astype(int)).argmax()
        parts = np.where(usual[:, None], _fleiss_parts(table), 0.0)
        kappa = _measure(fleiss_kappa(table[usual]), _fleisses, parts, image_of, weights)
    return Reliability(len(kept), len(raters), kappa, alpha)


def _told(one: Ratings, category: Hashable | None) -> Ratings:
    return one if category is None else {rater: label if label == category else _REST for rater, label in one.items()}


def _draws(images: int) -> Numbers:
    """Return how often each image is drawn, shape (RESAMPLES, images)."""
    return np.random.default_rng(0).multinomial(images, np.full(images, 1.0 / images), RESAMPLES).astype(np.float64)


def _measure(
    value: float, figure: Callable[[Numbers], Numbers], parts: Numbers, image_of: NDArray[np.int64], weights: Numbers
) -> Measure:
    """Return a figure with its interval, found from the sums that each image contributes to it."""
    if np.isnan(value):
        return Measure()
    sums = np.zeros((weights.shape[1], parts.shape[1]))
    np.add.at(sums, image_of, parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = figure(weights @ sums)
    drawn = drawn[np.isfinite(drawn)]
    if weights.shape[1] < 2 or not len(drawn):
        return Measure(value)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Measure(value, (float(low), float(high)))


def _alpha_parts(table: Numbers) -> Numbers:
    """Return, a row a thing, its disagreement and then how often it was given each label."""
    number = table.sum(axis=1)
    return np.column_stack([(number**2 - (table**2).sum(axis=1)) / (number - 1), table])


def _alphas(sums: Numbers) -> Numbers:
    counts = sums[:, 1:]
    total = counts.sum(axis=1)
    expected = (total**2 - (counts**2).sum(axis=1)) / (total * (total - 1))
    return np.where(expected > 0, 1.0 - sums[:, 0] / total / expected, np.nan)


def _fleiss_parts(table: Numbers) -> Numbers:
    """Return, a row a thing, one, its agreement, and how often it was given each label."""
    number = table.sum(axis=1)
    agreed = (table * (table - 1)).sum(axis=1) / (number * (number - 1))
    return np.column_stack([np.ones(len(table)), agreed, table])


def _fleisses(sums: Numbers) -> Numbers:
    counts = sums[:, 2:]
    shares = counts / counts.sum(axis=1, keepdims=True)
    return _beyond_chance(sums[:, 1] / sums[:, 0], (shares**2).sum(axis=1))


def _crossed(pairs: Sequence[tuple[Hashable, ...]], labels: Mapping[Hashable, int]) -> Numbers:
    """Return, a row a thing, what both raters said of it as a cell of their table."""
    cells = np.zeros((len(pairs), len(labels) ** 2))
    places = [labels[a] * len(labels) + labels[b] for a, b in pairs]
    cells[np.arange(len(pairs)), places] = 1.0
    return cells


def _cohens(sums: Numbers) -> Numbers:
    size = round(sums.shape[1] ** 0.5)
    tables = sums.reshape(-1, size, size)
    total = tables.sum(axis=(1, 2))
    expected = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / total**2
    return _beyond_chance(np.trace(tables, axis1=1, axis2=2) / total, expected)


def _beyond_chance(observed: Numbers, expected: Numbers) -> Numbers:
    return np.where(expected < 1.0 - 1e-12, (observed - expected) / (1.0 - expected), np.nan)
