"""How far the workers of one project err together: learnt from held-out answers, and from gold where there is some.

Without gold. A task's workers are taken to echo each other: an answer repeats one of those before it as if it had been
drawn from them, with a weight of `echo` each, against what the model of independent workers expects (Pólya's
urn, the predictive form of answers whose probabilities vary from task to task as a Dirichlet distribution; G. Pólya,
"Sur quelques points de la théorie des probabilités", 1930). The echo is what predicts the held-out answers; in
simulated crowds whose tasks vary so, of 2 to 8 classes and 3 to 10 answers a task, the log odds of a right consensus
fall short of the modelled ones by about 1 + `ECHO_WEIGHT` * echo.

With gold. What all workers get wrong alike cannot be seen in their answers. The consensus on gold tasks, each fifth of
them learnt without knowing it, shows it: divisor and offset are those most probable given how often it was right,
starting from what the answers tell.
"""

from collections.abc import Callable

import numpy as np

from crowd.consensus.discounts import Discount
from crowd.consensus.methods.held_out import FOLDS, HeldOut
from crowd.consensus.models import ClassModel, posteriors
from crowd.consensus.votes import Floats, Votes

ECHOES = np.array([0.0, 0.003, 0.007, 0.014, 0.02, 0.03, 0.045, 0.065, 0.1, 0.14, 0.2, 0.33, 0.5, 1.0])
MEAN_ECHO = 0.05  # of crowds in general: the prior is exponential
ECHO_WEIGHT = 8.0
MOST_GOLD = 2_000  # gold tasks that are looked at; of more, evenly spread ones
_DIVISORS = np.exp(np.linspace(-1.5, 3.0, 31))  # relative to what the answers tell
_OFFSETS = np.linspace(-1.0, 4.0, 26)
_SPREAD_OF_DIVISOR, _SPREAD_OF_OFFSET = 0.7, 0.7  # standard deviations of the priors, in logarithm and in log odds


def from_answers(found: HeldOut) -> Discount:
    """The discount by which held-out answers are predicted best, held towards crowds in general."""
    scores = -ECHOES / MEAN_ECHO
    for place, echo in enumerate(ECHOES.tolist()):
        scores[place] += np.log((found.chances + echo * found.same) / (1.0 + echo * found.others) + 1e-12).sum()
    weights = np.exp(scores - scores.max())
    return Discount(divisor=1.0 + ECHO_WEIGHT * round(float(weights @ ECHOES / weights.sum()), 6))


def from_gold(votes: Votes, learn: Callable[[Votes], ClassModel], start: Discount) -> Discount:
    """The discount most probable given how often the consensus on gold tasks is right when it is not told."""
    answers = votes.shares.sum(axis=1)
    gold = np.flatnonzero((votes.known >= 0) & (answers > 0))
    gold = gold[:: max(1, -(-len(gold) // MOST_GOLD))]
    if not len(gold) or votes.class_count < 2:
        return start
    chances = np.zeros((len(gold), votes.class_count))
    for fold in range(FOLDS):
        tested = np.arange(len(gold)) % FOLDS == fold
        if tested.any():
            untold = votes.forgetting(gold[tested])
            chances[tested] = posteriors(learn(untold), untold)[gold[tested]]
    return _most_probable(chances, chances.argmax(axis=1) == votes.known[gold], answers[gold], start)


def _most_probable(chances: Floats, right: Floats, answers: Floats, start: Discount) -> Discount:
    """The maximum of likelihood times priors over a grid; `chances` are not yet discounted."""
    best, found = -np.inf, start
    for divisor in _DIVISORS.tolist():
        for offset in _OFFSETS.tolist():
            tried = Discount(start.shared, round(start.divisor * divisor, 6), round(offset, 6))
            sure = tried.applied(chances, answers).max(axis=1)
            score = float(np.log(np.where(right, sure, 1.0 - sure) + 1e-9).sum())
            score -= 0.5 * (np.log(divisor) / _SPREAD_OF_DIVISOR) ** 2 + 0.5 * (offset / _SPREAD_OF_OFFSET) ** 2
            if score > best:
                best, found = score, tried
    return found
