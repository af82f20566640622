"""Our default: of several structures for the workers' errors, the one that answers held out of the learning ask for.

No structure is best for every crowd, and the answers tell which to take. A fifth of them at a time is hidden and
predicted from the rest.

- Each worker's confusion (`hierarchy`) is where the choice starts.
- A coin for each worker (`one_coin`) takes its place where hidden answers name its consensus significantly more often,
  or more often at all if confusions do not predict them significantly better: from few answers a task, confusions
  cannot be told from the truth, and classes drift away from what people call by their names. Of two coins, one held
  closer to the crowd's, the one that predicts better is tossed: from few answers a worker, skill is mostly luck.
- One confusion for the whole crowd, workers differing by skill, and then subtypes of classes take the place of
  confusions where they predict hidden answers significantly better *and* hidden answers name their consensus at least
  as often; the second condition guards against the same drift.
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
    """The structure and the discount that the hidden answers, and gold, ask for."""
    if len(votes) == 0 or votes.class_count < 2:
        return Choice(PLAIN)
    sample = votes.every(-(-len(votes) // MOST_ANSWERS))
    structure, found = _structure(sample, _checks(votes))
    discount = from_answers(found)
    return Choice(structure, from_gold(votes, lambda rest: replace(_learn(rest, structure), discount=None), discount))


def _structure(votes: Votes, checks: float) -> tuple[int, HeldOut]:
    """The structure, and how it predicts held-out answers."""
    coin, steady = (_predicted(votes, each) for each in (COIN, STEADY))
    tossed = COIN
    if steady.likelihood.sum() > coin.likelihood.sum():
        tossed, coin = STEADY, steady
    if checks < FEWEST_CHECKS * votes.class_count:
        return tossed, coin
    best = plain = _predicted(votes, PLAIN)
    drift = _standing(coin.hits - plain.hits)
    gain = _standing(plain.likelihood - coin.likelihood)
    if drift > _SIGNIFICANT or (drift > 0 and gain < _SIGNIFICANT):
        return tossed, coin
    chosen = PLAIN
    for structure in (POOLED, *SUBTYPES) if len(votes) >= FEWEST_ANSWERS else ():
        other = _predicted(votes, structure)
        better = _standing(other.likelihood - best.likelihood)
        enough = 0.0 if chosen in SUBTYPES else _SIGNIFICANT
        if better > enough and other.hits.sum() >= best.hits.sum():
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
