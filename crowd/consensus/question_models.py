"""A nominal question's classes by name together with its model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from crowd.consensus.gains import crowd_table, expected_gain
from crowd.consensus.methods import METHODS, model_from_json
from crowd.consensus.models import STRANGER, ClassModel, by_class
from crowd.consensus.votes import Floats, Votes, softmax

_UNSEEN = (
    1e-3  # probability that a known class is called by a name nobody has used before, and share of the unused classes
)


@dataclass(frozen=True, eq=False)
class QuestionModel:
    """What was learnt of one nominal question; `next_by` are those who may give the next answer, for its gain."""

    classes: tuple[str, ...]
    model: ClassModel
    next_by: tuple[int, ...] = (STRANGER,)

    @classmethod
    def learn(
        cls,
        votes: Sequence[tuple[int, int, str]],
        *,
        classes: tuple[str, ...],
        method: str,
        shape: tuple[int, int] = (0, 0),
        known: Mapping[int, str] | None = None,
        weights: Sequence[float] | None = None,
    ) -> Self:
        """From `(task, worker, label)` and the known labels of tasks; `shape` is (tasks, workers).

        `weights`: how much each vote tells of its worker, all alike if left out.
        """
        place = {name: index for index, name in enumerate(classes)}
        columns = [[vote[0] for vote in votes], [vote[1] for vote in votes], [place[vote[2]] for vote in votes]]
        gold = {task: place[name] for task, name in (known or {}).items() if name in place}
        return cls(
            classes, METHODS[method](Votes.of(*columns, shape=(*shape, len(classes)), known=gold, weights=weights))
        )

    def chances(self, answers: Sequence[tuple[int, str]]) -> dict[str, float]:
        """Probability of each class from `(worker, label)` pairs; labels never seen before become classes too."""
        extra = tuple(sorted({name for _, name in answers} - set(self.classes)))
        names = (*self.classes, *extra)
        if not names:
            return {}
        place = {name: index for index, name in enumerate(names)}
        class_of = np.concatenate([self.model.class_of, np.arange(len(self.classes), len(names))]).astype(np.int64)
        scores = self._log_prior(len(extra))
        for worker, name in answers:
            scores += self._column(worker, place[name], len(extra))
        chances = by_class(softmax(scores[None, :]), class_of, len(names))
        if self.model.discount:
            chances = self.model.discount.applied(chances, len(answers))
        return dict(zip(names, chances[0].tolist(), strict=True))

    def gain(self, chances: Mapping[str, float], answers: int = 2) -> float:
        """By how much one more answer should raise the best class's probability; see `crowd.consensus.gains`.

        `answers` is how many the chances come from.
        """
        if len(self.classes) < 2:
            return 0.0
        worth = float(self.model.discount.worth(answers)) if self.model.discount else 1.0
        return expected_gain([chances.get(name, 0.0) for name in self.classes], self._crowd, worth)

    @cached_property
    def _crowd(self) -> Floats:
        return crowd_table(self.model, self.next_by)

    def _log_prior(self, extra: int) -> Floats:
        if not extra:
            return self.model.log_prior.copy()
        known = len(self.classes)
        unseen = _UNSEEN if known else 1.0
        share = np.full(extra, np.log(unseen / extra))
        return np.concatenate([self.model.log_prior + np.log1p(-unseen) if known else [], share])

    def _column(self, worker: int, label: int, extra: int) -> Floats:
        """Log probability of a label in each state, the classes never seen before being states too."""
        if not extra:
            return self.model.table(worker)[:, label]
        known = len(self.classes)
        own = self.model.table(worker) if known else np.zeros((0, 0))
        right = np.exp(own[np.arange(len(own)), self.model.class_of]) if known else np.array([0.8])
        hit = float(np.clip(right.mean(), 0.5, 0.95))
        if label < known:
            return np.concatenate([own[:, label], np.full(extra, np.log((1 - hit) / known))])
        new = np.full(extra, np.log(_UNSEEN))
        new[label - known] = np.log(hit)
        return np.concatenate([np.full(len(own), np.log(_UNSEEN)), new])

    def to_json(self) -> dict[str, Any]:
        """Exactly."""
        return {"classes": list(self.classes), "model": self.model.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The one of `to_json`."""
        return cls(tuple(data["classes"]), model_from_json(data["model"]))
