"""What another way of asking would have cost: real answers, replayed in random order through a stopping rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crowd.consensus.gains import crowd_table, expected_gains
from crowd.consensus.methods import METHODS
from crowd.consensus.methods.auto import Choice, choose, learn_as
from crowd.consensus.models import ClassModel, posteriors
from crowd.consensus.votes import Floats, Ints, Votes

Stops = Callable[[int, float, float], bool]  # answers so far, confidence, expected gain of one more: enough?


@dataclass(frozen=True)
class Outcome:
    """What a policy spent and reached: answers a task, and accuracy over the tasks of known truth; means over seeds."""

    policy: str
    answers: float
    accuracy: float


def adaptive(
    votes: Votes, truth: Ints, *, stops: Stops, most: int, seeds: Sequence[int], method: str = "auto"
) -> Outcome:
    """Open tasks get their next answer, consensus is learnt anew from all given so far, tasks close; and so on.

    A closed task opens again if what is learnt later of its workers takes the confidence away.

    Parameters
    ----------
    votes : Votes
        All answers that were really given.
    truth : ndarray of int, shape (tasks,)
        The right class, -1 where it is not known.
    stops : function
        The stopping rule.
    most : int
        Answers that a task may get.
    seeds : sequence of int
        One replay for each; a seed decides the order of each task's answers.
    """
    runs = []
    for seed in seeds:
        place = places(votes, seed)
        allowed = np.zeros(votes.task_count, dtype=np.int64)
        given = np.minimum(np.bincount(votes.tasks, minlength=votes.task_count), most)
        waiting = given > 0
        chances = np.zeros((votes.task_count, votes.class_count))
        learner = _Learner(method)
        while waiting.any():
            allowed[waiting] += 1
            spent = votes.those(place < allowed[votes.tasks])
            model = learner.learn(spent)
            chances = posteriors(model, spent)
            gains = expected_gains(chances, crowd_table(model), _worth(model, spent)).tolist()
            confident = np.array(
                [stops(*each) for each in zip(allowed.tolist(), chances.max(axis=1).tolist(), gains, strict=True)]
            )
            waiting = (allowed < given) & ~confident
        spent = votes.those(place < allowed[votes.tasks])
        chances = posteriors(METHODS[method](spent), spent)
        runs.append((allowed[given > 0].mean(), _accuracy(chances, truth)))
    answers, accuracy = np.mean(runs, axis=0).tolist()
    return Outcome(f"adaptive, {method}", answers, accuracy)


def fixed(votes: Votes, truth: Ints, *, overlap: int, seeds: Sequence[int], method: str) -> Outcome:
    """Every task gets `overlap` answers, or all it has; then consensus is learnt."""
    runs = []
    for seed in seeds:
        spent = votes.those(places(votes, seed) < overlap)
        answered = len(np.unique(spent.tasks))
        runs.append((len(spent) / max(answered, 1), _accuracy(posteriors(METHODS[method](spent), spent), truth)))
    answers, accuracy = np.mean(runs, axis=0).tolist()
    return Outcome(f"fixed {overlap}, {method}", answers, accuracy)


class _Learner:
    """Learns again and again as answers come; `auto` chooses its structure anew only when they have doubled."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.choice = Choice()
        self.chosen_at = 0

    def learn(self, votes: Votes) -> ClassModel:
        if self.method != "auto":
            return METHODS[self.method](votes)
        if len(votes) >= 2 * self.chosen_at:
            self.choice, self.chosen_at = choose(votes), len(votes)
        return learn_as(votes, self.choice)


def places(votes: Votes, seed: int) -> Ints:
    """The place of each answer among those of its task, in an order that the seed decides: 0, 1, ..."""
    order = np.lexsort((np.random.default_rng(seed).random(len(votes)), votes.tasks))
    ordered = votes.tasks[order]
    place = np.empty(len(votes), dtype=np.int64)
    place[order] = np.arange(len(votes)) - np.searchsorted(ordered, ordered)
    return place


def _worth(model: ClassModel, votes: Votes) -> Floats:
    """How sharply one more answer to each task tells classes apart."""
    given = votes.shares.sum(axis=1)
    return model.discount.worth(given) if model.discount else np.ones(len(given))


def _accuracy(chances: Floats, truth: Ints) -> float:
    known = truth >= 0
    return float((chances[known].argmax(axis=1) == truth[known]).mean()) if known.any() else float("nan")
