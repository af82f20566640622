"""Our default: of several structures for the workers' errors, the one that tasks held out of the learning ask for.

No structure is best for every crowd, and the answers tell which to take. A fifth of the tasks at a time is held out,
and their answers are predicted in turn by what is learnt from the rest (`held_out`): how probable they are, and how
often an answer names the consensus of those before it, its hits. Hits guard against classes that drift away from what
people call by their names, which probability alone does not see.

- A coin for each worker (`one_coin`) is where the choice starts. Of two coins, one held closer to the crowd's, the one
  that predicts better is tossed: from few answers a worker, skill is mostly luck.
- Each worker's confusion (`hierarchy`) takes its place where it has as many hits; or not significantly fewer, and
  makes the answers significantly more probable.
- One confusion for the whole crowd, workers differing by skill, and then subtypes of classes take the place of what was
  chosen so far where they make the answers significantly more probable *and* have as many hits.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.discounts import Discount
from crowd.consensus.methods.discounting import from_answers, from_gold
from crowd.consensus.methods.held_out import HeldOut, held_out
from crowd.consensus.methods.hierarchy import learn
from crowd.consensus.methods.one_coin import one_coin
from crowd.consensus.votes import Floats, Votes

POOLED, STEADY, COIN, PLAIN = -2, -1, 0, 1  # structures; those above have so many subtypes a class
SUBTYPES = (2, 3)
STEADY_RIGHT, STEADY_WRONG = 16.0, 4.0  # imagined answers of each worker whose coin is held close to the crowd's
POOLED_STRENGTH = 40.0  # answers that the crowd's confusion weighs against a worker's own
FEWEST_CHECKS = 10  # answers a class beyond the first to each task, or to gold: with fewer, confusions cannot be learnt
FEWEST_ANSWERS = 200  # below this subtypes could not be told apart
MOST_ANSWERS = 30_000  # answers the choice is made on; of more, evenly spread tasks
_SIGNIFICANT = 2.0  # standard errors


@dataclass(frozen=True)
class Choice:
    """A structure, and how its confidence allows for workers who err together."""

    structure: int = COIN
    discount: Discount = field(default_factory=Discount)


def auto(votes: Votes) -> CountedModel:
    """The model learnt with the chosen structure; with no votes, what is true of crowds in general."""
    return learn_as(votes, choose(votes))


def learn_as(votes: Votes, choice: Choice) -> CountedModel:
    """The model learnt as chosen."""
    return replace(_learn(votes, choice.structure), discount=choice.discount)


def choose(votes: Votes) -> Choice:
    """The structure and the discount that held-out tasks, and gold, ask for."""
    if len(votes) == 0 or votes.class_count < 2:
        return Choice(PLAIN)
    sample = votes.every(-(-len(votes) // MOST_ANSWERS))
    structure, found = _structure(sample, _checks(votes))
    discount = from_answers(found)
    return Choice(structure, from_gold(votes, lambda rest: replace(_learn(rest, structure), discount=None), discount))


def _structure(votes: Votes, checks: float) -> tuple[int, HeldOut]:
    """The structure, and how it predicts held-out tasks."""

    def standing(differences: Floats) -> float:
        return _standing(np.bincount(votes.tasks, weights=differences).astype(np.float64))

    tossed, coin = max(
        ((each, _predicted(votes, each)) for each in (COIN, STEADY)), key=lambda pair: pair[1].likelihood.sum()
    )
    chosen, best = tossed, coin
    if checks < FEWEST_CHECKS * votes.class_count:
        return chosen, best
    for structure in (PLAIN, POOLED, *SUBTYPES) if len(votes) >= FEWEST_ANSWERS else (PLAIN,):
        other = _predicted(votes, structure)
        better = standing(other.likelihood - best.likelihood)
        drift = standing(best.hits - other.hits)
        if structure == PLAIN:
            taken = drift <= 0 or (drift <= _SIGNIFICANT and better >= _SIGNIFICANT)
        elif chosen in SUBTYPES:
            taken = better > 0 and drift <= _SIGNIFICANT
        else:
            taken = better > _SIGNIFICANT and drift <= 0
        if taken:
            chosen, best = structure, other
    return chosen, best


def _predicted(votes: Votes, structure: int) -> HeldOut:
    return held_out(votes, lambda rest: _learn(rest, structure))


def _learn(votes: Votes, structure: int) -> CountedModel:
    if structure == COIN:
        return one_coin(votes)
    if structure == STEADY:
        return one_coin(votes, right=STEADY_RIGHT, wrong=STEADY_WRONG)
    if structure == POOLED:
        return learn(votes, strength=POOLED_STRENGTH)
    return learn(votes, subtypes=structure)


def _checks(votes: Votes) -> float:
    """How many answers can be checked against another one, or against gold."""
    answers = votes.shares.sum(axis=1)
    return float(np.where(votes.known >= 0, answers, np.maximum(answers - 1, 0)).sum())


def _standing(differences: Floats) -> float:
    """A sum of differences in its standard errors; 0 where all are equal."""
    error = float(differences.std()) * np.sqrt(len(differences))
    return float(differences.sum()) / error if error > 0 else 0.0
