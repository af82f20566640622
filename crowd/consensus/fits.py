"""The fit: what consensus believes of a project's workers and questions at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from crowd.consensus.models import STRANGER, reliability
from crowd.consensus.object_models import ObjectModel
from crowd.consensus.question_models import QuestionModel
from crowd.errors import Invalid

VERSION = 2
READABLE = {1, VERSION}


@dataclass(frozen=True, eq=False)
class Fit:
    """The worker models of one project; equal documents make equal fits, and equal fits resolve alike, bit for bit.

    Attributes
    ----------
    method : str
    workers : tuple of str
        Sorted; everyone else is a stranger, taken for an average member of the crowd.
    questions : mapping
        A model for each nominal question about images, by key (see `crowd.consensus.questions`).
    objects : mapping
        A model for the objects of each shape.
    attributes : mapping
        A model for each nominal question about objects, by `label.key`.
    answered : mapping
        How many times each worker answered each question or drew (or left out) an object of each shape, by key.
    next_by : tuple of int
        Who may give the next answer; see `asking`. Not kept.
    """

    method: str
    workers: tuple[str, ...] = ()
    questions: Mapping[str, QuestionModel] = field(default_factory=dict)
    objects: Mapping[str, ObjectModel] = field(default_factory=dict)
    attributes: Mapping[str, QuestionModel] = field(default_factory=dict)
    answered: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    next_by: tuple[int, ...] = (STRANGER,)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The index of each worker."""
        return {name: place for place, name in enumerate(self.workers)}

    def place(self, worker: str) -> int:
        """The worker's index, or a stranger's."""
        return self.places.get(worker, STRANGER)

    def asking(self, workers: Iterable[str]) -> "Fit":
        """The same fit, but the gain of one more answer is that of an answer by any of these workers.

        By default it is that of an answer by nobody in particular, which is the mean of all answers so far; those who
        are left to ask may be better, or worse.
        """
        places = tuple(sorted({self.place(worker) for worker in workers})) or (STRANGER,)
        return replace(
            self,
            questions={key: replace(each, next_by=places) for key, each in self.questions.items()},
            objects={
                key: replace(each, existence=replace(each.existence, next_by=places))
                for key, each in self.objects.items()
            },
            attributes={key: replace(each, next_by=places) for key, each in self.attributes.items()},
            next_by=places,
        )

    def weight(self, worker: str) -> float:
        """How reliable the worker is, 0 to 1: the probability of a right answer, rare classes not drowned.

        Objects count as answers to "what is here?", nothing included. The mean over questions, each weighing as many
        answers as the worker gave to it; of a stranger the mean over questions. Guessing among k classes comes to 1/k.
        """
        place = self.place(worker)
        total, answers = 0.0, 0.0
        for key, model in self._models():
            number = float(self.answered.get(key, {}).get(place, 0)) if place != STRANGER else 1.0
            total += number * reliability(model, place)
            answers += number
        if not answers:
            return self.weight("") if place != STRANGER and self._models() else 0.5
        return total / answers

    def _models(self) -> list[tuple[str, Any]]:
        found = [(f"questions/{key}", each.model) for key, each in sorted(self.questions.items())]
        found += [(f"objects/{key}", each.existence.model) for key, each in sorted(self.objects.items())]
        return found + [(f"attributes/{key}", each.model) for key, each in sorted(self.attributes.items())]

    def to_json(self) -> dict[str, Any]:
        """The fit as a document of plain lists, strings and numbers: `from_json` gives it back exactly."""
        return {
            "version": VERSION,
            "method": self.method,
            "workers": list(self.workers),
            "questions": {key: each.to_json() for key, each in self.questions.items()},
            "objects": {key: each.to_json() for key, each in self.objects.items()},
            "attributes": {key: each.to_json() for key, each in self.attributes.items()},
            "answered": {
                key: [[worker, number] for worker, number in sorted(each.items())]
                for key, each in self.answered.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The fit of `to_json`; raises `Invalid` for one of another version."""
        if data.get("version") not in READABLE:
            raise Invalid(
                "This fit was written by another version of consensus; fit the project again.", code="invalid_fit"
            )
        return cls(
            method=str(data["method"]),
            workers=tuple(data["workers"]),
            questions={key: QuestionModel.from_json(each) for key, each in data["questions"].items()},
            objects={key: ObjectModel.from_json(each) for key, each in data["objects"].items()},
            attributes={key: QuestionModel.from_json(each) for key, each in data["attributes"].items()},
            answered={
                key: {int(worker): int(number) for worker, number in each} for key, each in data["answered"].items()
            },
        )
