"""Chance-corrected agreement of raters on nominal labels: Cohen's and Fleiss' kappa, Krippendorff's alpha."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Cohen's kappa of two raters' labels of the same units, in order; nan for no unit.

    (observed - expected) / (1 - expected), where the expected agreement comes from each rater's own frequencies. 1
    where both always give one and the same label. At most 1; below 0 where they agree less than by chance.

    Parameters
    ----------
    first, second : sequences of any labels
        Of equal length; nominal, so that labels are equal or not.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        The lengths differ.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20
    (1960) 37–46.
    """
    if len(first) != len(second):
        raise ValueError("both raters must have labelled the same units")
    if not len(first):
        return float("nan")
    places: dict[Hashable, int] = {}
    a, b = ([places.setdefault(label, len(places)) for label in labels] for labels in (first, second))
    table = np.zeros((len(places), len(places)))
    np.add.at(table, (a, b), 1.0)
    expected = float(table.sum(axis=1) @ table.sum(axis=0)) / len(first) ** 2
    return _corrected(float(np.trace(table)) / len(first), expected)


def fleiss_kappa(counts: ArrayLike) -> float:
    """Fleiss' kappa from how many raters gave each unit each label.

    Parameters
    ----------
    counts : array_like, shape (units, labels)
        Every unit rated by the same number (at least 2) of raters.

    Returns
    -------
    float
        At most 1; nan for no unit, 1 where all labels are the same.

    Raises
    ------
    ValueError
        The numbers of raters differ, or are below 2; `krippendorff_alpha` allows for that.

    Source: J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971)
    378–382.
    """
    table = np.asarray(counts, dtype=np.float64)
    if not table.size:
        return float("nan")
    raters = table.sum(axis=1)
    if raters[0] < 2 or not (raters == raters[0]).all():
        raise ValueError("every unit must have the same number of raters, at least two")
    observed = float(((table * (table - 1)).sum(axis=1) / (raters * (raters - 1))).mean())
    shares = table.sum(axis=0) / table.sum()
    return _corrected(observed, float(shares @ shares))


def krippendorff_alpha(values: Sequence[Sequence[Hashable | None]]) -> float:
    """Krippendorff's alpha for nominal data, of any number of raters, each of whom may have skipped units.

    1 - observed / expected disagreement over all pairs of labels inside units with at least two; nan where there is
    no such pair, 1 where all labels are the same.

    Parameters
    ----------
    values : raters x units
        Any labels; None (or nan) where a rater did not label a unit.

    Returns
    -------
    float
        At most 1; below 0 where raters agree less than by chance.

    Source: K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), section C.
    """
    places: dict[Hashable, int] = {}
    units, labels = [], []
    for rater in values:
        for unit, label in enumerate(rater):
            if label is not None and label == label:
                units.append(unit)
                labels.append(places.setdefault(label, len(places)))
    counts = np.zeros((max(units, default=-1) + 1, len(places)))
    np.add.at(counts, (units, labels), 1.0)
    return alpha_of_counts(counts)


def alpha_of_counts(counts: NDArray[np.float64]) -> float:
    """Krippendorff's nominal alpha from how often each unit was given each label.

    Parameters
    ----------
    counts : ndarray, shape (units, labels)
        Units of fewer than two labels are left out.

    Returns
    -------
    float
        See `krippendorff_alpha`.
    """
    table = counts[counts.sum(axis=1) >= 2] if counts.size else counts
    total = float(table.sum())
    if total == 0:
        return float("nan")
    per_unit = table.sum(axis=1)
    disagreement = ((per_unit**2 - (table**2).sum(axis=1)) / (per_unit - 1)).sum() / total
    overall = table.sum(axis=0)
    expected = (total**2 - float(overall @ overall)) / (total * (total - 1))
    return 1.0 if expected == 0 else float(1.0 - disagreement / expected)


def _corrected(observed: float, expected: float) -> float:
    return 1.0 if expected >= 1.0 else (observed - expected) / (1.0 - expected)
