"""Whether confidence is honest: with gold, in simulated crowds, and with constants that no set chose for itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from crowd.consensus.aggregating import Table
from crowd.consensus.discounts import SHARED, Discount
from crowd.consensus.methods import METHODS
from crowd.consensus.methods.auto import choose, learn_as
from crowd.consensus.methods.discounting import ECHO_WEIGHT
from crowd.consensus.models import posteriors
from crowd.consensus.votes import Floats, Ints, Votes


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error in ten even bins."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(float((confidence - right)[bins == each].sum())) for each in range(10)]
    return sum(gaps) / len(right)


def with_gold(tables: Mapping[str, Table], share: float = 0.05, seeds: int = 3) -> None:
    """A share of the truth told as gold; measured on the rest."""
    print(f"{f'{share:.0%} gold, the rest':<24}{'accuracy':>10}{'calibration':>13}{'without gold':>14}")
    rows = []
    for name, table in tables.items():
        known = np.flatnonzero(table.truth >= 0)
        for seed in range(seeds):
            told = np.random.default_rng(seed).choice(known, size=max(1, int(len(known) * share)), replace=False)
            rest = np.setdiff1d(known, told)
            gold = np.full(len(table.truth), -1)
            gold[told] = table.truth[told]
            pair = []
            for votes in (replace(table.votes, known=gold), table.votes):
                chances = posteriors(METHODS["auto"](votes), votes)[rest]
                right = chances.argmax(axis=1) == table.truth[rest]
                pair += [right.mean(), calibration_error(chances.max(axis=1), right)]
            rows.append(pair)
        mean = np.mean(rows[-seeds:], axis=0)
        print(f"{name:<24}{mean[0]:>10.4f}{mean[1]:>13.3f}{mean[3]:>14.3f}")
    mean = np.mean(rows, axis=0)
    print(f"{'mean':<24}{mean[0]:>10.4f}{mean[1]:>13.3f}{mean[3]:>14.3f}")


@dataclass(frozen=True)
class Undiscounted:
    """One crowd's consensus before any discount, and what was learnt of its echo."""

    chances: Floats
    truth: Ints
    answers: Floats
    echo: float

    @classmethod
    def of(cls, votes: Votes, truth: Ints) -> "Undiscounted":
        choice = choose(votes)
        model = replace(learn_as(votes, choice), discount=None)
        known = truth >= 0
        echo = (choice.discount.divisor - 1.0) / ECHO_WEIGHT
        return cls(posteriors(model, votes)[known], truth[known], votes.shares.sum(axis=1)[known], echo)

    def measured(self, shared: float, weight: float) -> tuple[float, float]:
        """Calibration error and mean log loss under other constants."""
        chances = Discount(shared, 1.0 + weight * self.echo).applied(self.chances, self.answers)
        sure, right = chances.max(axis=1), chances.argmax(axis=1) == self.truth
        loss = -np.log(np.where(right, sure, 1.0 - sure) + 1e-9).mean()
        return calibration_error(sure, right), float(loss)


def left_out(tables: Mapping[str, Table]) -> None:
    """Each set under the constants under which all others have the least log loss, beside those in force."""
    grid = list(product((0.15, 0.2, 0.25, 0.3, 0.35, 0.4), (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0)))
    crowds = {name: Undiscounted.of(table.votes, table.truth) for name, table in tables.items()}
    found = {name: np.array([each.measured(*pair) for pair in grid]) for name, each in crowds.items()}
    print(f"{'shared, echo weight':<24}{'chosen by others':>18}{'error':>8}{'in force':>10}")
    both = []
    for name, mine in found.items():
        best = int(np.sum([each[:, 1] for other, each in found.items() if other != name], axis=0).argmin())
        both.append((mine[best, 0], crowds[name].measured(SHARED, ECHO_WEIGHT)[0]))
        print(f"{name:<24}{f'{grid[best][0]}, {grid[best][1]:.0f}':>18}{both[-1][0]:>8.3f}{both[-1][1]:>10.3f}")
    print(f"{'mean':<42}{np.mean(both, axis=0)[0]:>8.3f}{np.mean(both, axis=0)[1]:>10.3f}")
