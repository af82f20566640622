"""All questions of a project learnt in shards, round by round: what is handed from one round to the next, as arrays."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crowd.consensus import sharding
from crowd.consensus.counted import CountedModel
from crowd.consensus.discounts import Discount
from crowd.consensus.methods.auto import MOST_ANSWERS, PLAIN, auto, choose
from crowd.consensus.methods.hierarchy import ranked
from crowd.consensus.packing import Arrays, within
from crowd.consensus.polls import EMPTY, Key, Poll, keys, numbers
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.sharding import Parameters, Shard, Sums, advance, agreed, structure
from crowd.consensus.votes import Floats, Ints, Votes
from crowd.labels.types import Classification

Polls = Mapping[str, Poll]


@dataclass(frozen=True, eq=False)
class Lane:
    """One nominal question under way; `model` once it is learnt.

    `ranks` are those of each shard's tasks, as long as learning starts from them.
    """

    key: Key
    answered: Ints
    structure: int = PLAIN
    discount: Discount | None = None
    step: int = 0
    before: Parameters | None = None
    parameters: Parameters | None = None
    earlier: Sums | None = None
    ranks: tuple[Floats, ...] = ()
    model: CountedModel | None = None

    def advanced(self, last: Sums) -> "Lane":
        """The lane after the sums of its step."""
        outcome = advance(structure(self.structure), self.step, self.earlier or last, last)
        if isinstance(outcome, CountedModel):
            return replace(
                self,
                model=replace(outcome, discount=self.discount),
                before=None,
                parameters=None,
                earlier=None,
                ranks=(),
            )
        return replace(
            self,
            step=self.step + 1,
            before=self.parameters,
            parameters=outcome,
            earlier=last,
            ranks=() if self.step else self.ranks,
        )

    def sums(self, poll: Poll, shard: int) -> Sums:
        """One shard's sums of the lane's step."""
        votes = poll.votes(self.key, len(self.answered))
        ranks = self.ranks[shard] if self.ranks else np.zeros(0)
        return Shard(votes, ranks).sums(structure(self.structure), self.before, self.parameters)

    def to_arrays(self, name: str) -> Arrays:
        """For `pack`, under this name."""
        about: dict[str, Any] = {
            "key": [self.key.name, self.key.address, self.key.path, self.key.classes],
            "structure": self.structure,
            "discount": self.discount.to_json() if self.discount else None,
            "step": self.step,
            "shards": len(self.ranks),
            "model": self.model.to_json() if self.model else None,
        }
        arrays = {"about": np.array(json.dumps(about)), "answered": self.answered}
        for part_name, part_of in (("before", self.before), ("parameters", self.parameters)):
            if part_of is not None:
                arrays |= {f"{part_name}.tables": part_of.tables, f"{part_name}.log_prior": part_of.log_prior}
        if self.earlier is not None:
            arrays |= {f"earlier.{each}": value for each, value in sums_to_arrays(self.earlier).items()}
        arrays |= {f"ranks.{shard}": ranks for shard, ranks in enumerate(self.ranks)}
        return {f"{name}.{each}": value for each, value in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, name: str) -> "Lane":
        """The one of `to_arrays`."""
        mine = within(arrays, name)
        about = json.loads(str(mine["about"]))
        parameters = [
            Parameters(found["tables"], found["log_prior"]) if (found := within(mine, each)) else None
            for each in ("before", "parameters")
        ]
        earlier = within(mine, "earlier")
        key, address, path, classes = about["key"]
        return cls(
            key=Key(key, address, path, tuple(classes)),
            answered=mine["answered"],
            structure=about["structure"],
            discount=Discount.from_json(about["discount"]) if about["discount"] else None,
            step=about["step"],
            before=parameters[0],
            parameters=parameters[1],
            earlier=sums_from_arrays(earlier) if earlier else None,
            ranks=tuple(mine[f"ranks.{shard}"] for shard in range(about["shards"])),
            model=CountedModel.from_json(about["model"]) if about["model"] else None,
        )


@dataclass(frozen=True, eq=False)
class Board:
    """All lanes after some round: the whole state of the learning."""

    lanes: tuple[Lane, ...]

    @property
    def finished(self) -> bool:
        """Whether every question is learnt."""
        return all(lane.model for lane in self.lanes)

    @classmethod
    def begun(cls, shards: Sequence[Callable[[], Polls]], questions: Sequence[Classification], workers: int) -> "Board":
        """Which questions there are, and how each will be learnt; reads the shards one at a time, and three times."""
        named: dict[str, set[str]] = {}
        for read in shards:
            for address, poll in read().items():
                named.setdefault(address, set()).update(poll.names)
        found = keys(questions, named)
        answered = [np.zeros(workers, dtype=np.int64) for _ in found]
        totals = [0] * len(found)
        shares: list[list[Floats]] = [[] for _ in found]
        for read in shards:
            for place, (key, votes) in enumerate(_votes(found, read(), workers)):
                answered[place] += numbers(votes, key)
                totals[place] += len(votes)
                shares[place].append(agreed(votes))
        samples = _samples(found, shards, workers, steps=[max(1, -(-each // MOST_ANSWERS)) for each in totals])
        lanes = []
        for place, key in enumerate(found):
            lanes.append(_lane(key, answered[place], totals[place], samples[place], shares[place]))
        return cls(tuple(lanes))

    def advanced(self, sums: Sequence[Arrays]) -> "Board":
        """The board after a round, from every shard's sums in the shards' order."""
        return Board(
            tuple(
                lane
                if lane.model
                else lane.advanced(sharding.total(sums_from_arrays(within(each, str(place))) for each in sums))
                for place, lane in enumerate(self.lanes)
            )
        )

    def learnt(self) -> tuple[dict[str, QuestionModel], dict[str, dict[int, int]]]:
        """Every question's model by its key, and how many times each worker answered it."""
        models = {lane.key.name: QuestionModel(lane.key.classes, lane.model) for lane in self.lanes if lane.model}
        answered = {
            lane.key.name: {worker: number for worker, number in enumerate(lane.answered.tolist()) if number}
            for lane in self.lanes
        }
        return models, answered

    def to_arrays(self) -> Arrays:
        """For `pack`."""
        arrays: Arrays = {"lanes": np.array(len(self.lanes))}
        for place, lane in enumerate(self.lanes):
            arrays |= lane.to_arrays(str(place))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Board":
        """The one of `to_arrays`."""
        return cls(tuple(Lane.from_arrays(arrays, str(place)) for place in range(int(arrays["lanes"]))))


def part(board: Arrays, said: Polls, shard: int) -> Arrays:
    """One shard's part of a round: its sums of every question not learnt yet."""
    arrays: Arrays = {}
    for place, lane in enumerate(Board.from_arrays(board).lanes):
        if not lane.model:
            sums = lane.sums(said.get(lane.key.address, EMPTY), shard)
            arrays |= {f"{place}.{name}": each for name, each in sums_to_arrays(sums).items()}
    return arrays


def sums_to_arrays(sums: Sums) -> Arrays:
    """For `pack`."""
    return {
        "counts": sums.counts,
        "mass": sums.mass,
        "moved": np.array(sums.moved),
        "tasks": np.array(sums.tasks),
    }


def sums_from_arrays(arrays: Arrays) -> Sums:
    """Those of `sums_to_arrays`."""
    return Sums(arrays["counts"], arrays["mass"], float(arrays["moved"]), int(arrays["tasks"]))


def _votes(found: Sequence[Key], said: Polls, workers: int) -> list[tuple[Key, Votes]]:
    return [(key, said.get(key.address, EMPTY).votes(key, workers)) for key in found]


def _samples(
    found: Sequence[Key], shards: Sequence[Callable[[], Polls]], workers: int, *, steps: Sequence[int]
) -> list[Votes]:
    """Of each question every so manieth task with all its answers, counted through all shards."""
    parts: list[list[Votes]] = [[] for _ in found]
    before = [0] * len(found)
    for read in shards:
        for place, (_, votes) in enumerate(_votes(found, read(), workers)):
            parts[place].append(_every(votes, steps[place], -before[place] % steps[place]))
            before[place] += votes.task_count
    return [_joined(each) for each in parts]


def _every(votes: Votes, step: int, first: int) -> Votes:
    """From the first on every so manieth task, with all its answers."""
    kept = votes.those(votes.tasks % step == first)
    known = votes.known[first::step]
    return replace(kept, tasks=kept.tasks // step, task_count=len(known), known=known)


def _joined(parts: Sequence[Votes]) -> Votes:
    """The tasks of all parts, one after the other."""
    starts = np.cumsum([0, *(each.task_count for each in parts)])
    return replace(
        parts[0],
        tasks=np.concatenate([each.tasks + start for each, start in zip(parts, starts.tolist(), strict=False)]),
        workers=np.concatenate([each.workers for each in parts]),
        labels=np.concatenate([each.labels for each in parts]),
        task_count=int(starts[-1]),
        known=np.concatenate([each.known for each in parts]),
        weights=None
        if all(each.weights is None for each in parts)
        else np.concatenate([_told(each) for each in parts]),
    )


def _told(votes: Votes) -> Floats:
    return np.ones(len(votes)) if votes.weights is None else votes.weights


def _lane(key: Key, answered: Ints, total: int, sample: Votes, shares: Sequence[Floats]) -> Lane:
    if not total:
        return Lane(key, answered, model=auto(sample))
    choice = choose(sample)
    ranks: tuple[Floats, ...] = ()
    if choice.structure > PLAIN:
        ends = np.cumsum([len(each) for each in shares])[:-1]
        ranks = tuple(np.split(ranked(np.concatenate(shares)), ends))
    return Lane(key, answered, structure=choice.structure, discount=choice.discount, ranks=ranks)
