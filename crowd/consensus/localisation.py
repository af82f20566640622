"""How exactly people draw: everybody in each class, each worker, and each worker in each class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

PRIOR_OBJECTS = 6.0  # imagined objects behind each figure, as exact as the figure above it
PRIOR_ERROR = 0.2  # 1 - similarity to the others' object, of somebody nobody knows

_DIGITS = 6

Drawn = tuple[int, str, float, float]  # worker, class, 1 - similarity to the fused object, weight


@dataclass(frozen=True, eq=False)
class Localisation:
    """Errors of drawn objects: root mean squares of 1 - similarity to the true object.

    Attributes
    ----------
    error : float
        Everybody's, over all classes.
    classes : mapping from class to float
        Everybody's in each class; `error` in others.
    factors : mapping from worker to float
        A worker's error over everybody's in the same classes; 1 for strangers.
    own : mapping from worker to mapping from class to float
        The same in one class; `factors` in others.
    objects : mapping from worker to mapping from class to float
        How many objects each of `own` was learnt from.
    """

    error: float = PRIOR_ERROR
    classes: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[int, float] = field(default_factory=dict)
    own: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    objects: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def learn(cls, drawn: Iterable[Drawn]) -> Self:
        """From every drawn object; each figure is pulled towards the one above it by `PRIOR_OBJECTS` imagined objects.

        From a worker in one class to the worker, from there to everybody in the same class, from there to all classes.
        A worker's errors are taken relative to everybody's in the same class, so that whoever is given the small
        things is not taken for careless.
        """
        squares: dict[tuple[int, str], float] = {}
        objects: dict[tuple[int, str], float] = {}
        for worker, label, error, weight in drawn:
            squares[worker, label] = squares.get((worker, label), 0.0) + weight * error**2
            objects[worker, label] = objects.get((worker, label), 0.0) + weight
        keys = sorted(squares)
        crowd = _pulled(sum(squares[key] for key in keys), sum(objects[key] for key in keys), PRIOR_ERROR**2)
        classes = {}
        for label in sorted({label for _, label in keys}):
            of_class = [key for key in keys if key[1] == label]
            classes[label] = _pulled(sum(squares[k] for k in of_class), sum(objects[k] for k in of_class), crowd)
        factors: dict[int, float] = {}
        own: dict[int, dict[str, float]] = {}
        for worker in sorted({worker for worker, _ in keys}):
            mine = [key for key in keys if key[0] == worker]
            ratios = {key: squares[key] / classes[key[1]] for key in mine}
            factor = _pulled(sum(ratios.values()), sum(objects[key] for key in mine), 1.0)
            factors[worker] = _root(factor)
            own[worker] = {key[1]: _root(_pulled(ratios[key], objects[key], factor)) for key in mine}
        return cls(
            error=_root(crowd),
            classes={label: _root(each) for label, each in classes.items()},
            factors=factors,
            own=own,
            objects={worker: {k: round(objects[worker, k], 3) for k in each} for worker, each in own.items()},
        )

    def factor(self, worker: int, label: str) -> float:
        """A worker's error in a class over everybody's."""
        return self.own.get(worker, {}).get(label, self.factors.get(worker, 1.0))

    def precision(self, worker: int, label: str) -> float:
        """Weight of a worker's geometry: the inverse of its mean square error, relative to a stranger's."""
        return float(self.factor(worker, label) ** -2)

    def error_of(self, label: str, worker: int | None = None) -> float:
        """The expected error of an object of this class, drawn by this worker or by somebody nobody knows."""
        error = self.classes.get(label, self.error)
        return error if worker is None else error * self.factor(worker, label)

    def interval(self, worker: int, label: str, *, deviations: float = 1.96) -> tuple[float, float]:
        """The interval that a worker's error in a class lies in, by default with 95 % probability.

        The log of a root mean square of n errors has a standard deviation of about 1 / sqrt(2 n).
        """
        objects = self.objects.get(worker, {}).get(label, 0.0) + PRIOR_OBJECTS
        width = float(np.exp(deviations / np.sqrt(2.0 * objects)))
        error = self.error_of(label, worker)
        return min(error / width, 1.0), min(error * width, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Exactly: `workers` as `[worker, factor, class, factor, objects, class, factor, objects, ...]`."""
        return {
            "error": self.error,
            "classes": dict(self.classes),
            "workers": [[worker, factor, *self._of_classes(worker)] for worker, factor in sorted(self.factors.items())],
        }

    def _of_classes(self, worker: int) -> list[str | float]:
        own, objects = self.own.get(worker, {}), self.objects.get(worker, {})
        return [value for label in own for value in (label, own[label], objects[label])]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The one of `to_json`."""
        rows = {int(row[0]): row[1:] for row in data["workers"]}
        triples = {worker: list(zip(*(row[1 + k :: 3] for k in range(3)), strict=True)) for worker, row in rows.items()}
        return cls(
            error=float(data["error"]),
            classes={str(label): float(error) for label, error in data["classes"].items()},
            factors={worker: float(row[0]) for worker, row in rows.items()},
            own={worker: {str(k): float(factor) for k, factor, _ in each} for worker, each in triples.items()},
            objects={worker: {str(k): float(number) for k, _, number in each} for worker, each in triples.items()},
        )


def _pulled(total: float, number: float, towards: float) -> float:
    return (total + PRIOR_OBJECTS * towards) / (number + PRIOR_OBJECTS)


def _root(square: float) -> float:
    return round(max(float(np.sqrt(square)), 1e-6), _DIGITS)
