"""Crowds of known make: `auto` beside the other methods on each kind, averaged over seeds."""

from collections.abc import Callable, Mapping

import numpy as np

from crowd.consensus.methods import METHODS
from crowd.consensus.models import posteriors
from crowd.consensus.votes import Votes
from tests.benchmarks.calibration import calibration_error

Draw = Callable[[np.random.Generator, int, int], np.ndarray]  # (rng, workers, classes) to confusions

RIVALS = ("majority", "dawid_skene", "one_coin", "glad", "mace")


def coins(low: float, high: float) -> Draw:
    """Workers right with a probability in a range, errors even."""

    def draw(rng: np.random.Generator, workers: int, classes: int) -> np.ndarray:
        right = rng.uniform(low, high, workers)[:, None, None]
        wrong = (1 - right) / (classes - 1)
        return np.asarray(wrong + (right - wrong) * np.eye(classes))

    return draw


def rows(right: float, spread: float) -> Draw:
    """Workers with a confusion each, its rows Dirichlet."""

    def draw(rng: np.random.Generator, workers: int, classes: int) -> np.ndarray:
        base = spread / classes + right * np.eye(classes)
        return np.stack([[rng.dirichlet(row) for row in base] for _ in range(workers)])

    return draw


def graded(low: float, high: float) -> Draw:
    """Ordered classes; errors fall on neighbours, each worker with a width and a leaning."""

    def draw(rng: np.random.Generator, workers: int, classes: int) -> np.ndarray:
        steps = np.arange(classes)[None, :] - np.arange(classes)[:, None]
        width = rng.uniform(low, high, workers)[:, None, None]
        table = np.exp(-0.5 * ((steps - rng.normal(0, 0.3, workers)[:, None, None]) / width) ** 2)
        return np.asarray(table / table.sum(axis=2, keepdims=True))

    return draw


def lopsided(common: tuple[float, float], rare: tuple[float, float]) -> Draw:
    """Two classes recognised with different accuracies."""

    def draw(rng: np.random.Generator, workers: int, _: int) -> np.ndarray:
        a, b = rng.uniform(*common, workers), rng.uniform(*rare, workers)
        return np.stack([np.stack([a, 1 - a], axis=1), np.stack([1 - b, b], axis=1)], axis=1)

    return draw


def with_some(base: Draw, share: float, other: Callable[[np.random.Generator, int], np.ndarray]) -> Draw:
    """A share of the workers replaced."""

    def draw(rng: np.random.Generator, workers: int, classes: int) -> np.ndarray:
        table = base(rng, workers, classes)
        for place in range(int(share * workers)):
            table[place] = other(rng, classes)
        return table

    return draw


def adversary(_: np.random.Generator, classes: int) -> np.ndarray:
    """Wrong four times of five."""
    return np.asarray(0.2 * np.eye(classes) + 0.8 / (classes - 1) * (1 - np.eye(classes)))


def guesser(_: np.random.Generator, classes: int) -> np.ndarray:
    """Any class."""
    return np.full((classes, classes), 1 / classes)


def parrot(rng: np.random.Generator, classes: int) -> np.ndarray:
    """Nearly always one and the same class."""
    return np.tile(0.96 * np.eye(classes)[rng.integers(classes)] + 0.04 / classes, (classes, 1))


KINDS: Mapping[str, tuple[int, int, float, int, Draw, list[float] | None]] = {  # tasks, workers, answers, classes
    "2 classes, 9 to 1, 3 answers": (600, 40, 3, 2, lopsided((0.85, 0.99), (0.5, 0.9)), [0.9, 0.1]),
    "2 classes, 6 to 1, 5 answers": (600, 40, 5, 2, lopsided((0.8, 0.99), (0.3, 0.8)), [0.85, 0.15]),
    "2 classes, 10 answers": (600, 40, 10, 2, coins(0.5, 0.9), None),
    "8 classes, 2.5 answers": (1000, 60, 2.5, 8, rows(6, 4), None),
    "4 classes, 2.5 answers": (600, 60, 2.5, 4, coins(0.45, 0.95), None),
    "5 grades": (600, 100, 6, 5, graded(0.5, 1.6), None),
    "7 grades": (600, 60, 6, 7, graded(0.8, 2.5), None),
    "4 grades, 100 tasks": (100, 38, 10, 4, graded(0.6, 2.5), None),
    "450 workers of few answers": (300, 450, 6, 5, coins(0.4, 0.95), None),
    "500 lopsided workers": (500, 500, 5, 2, lopsided((0.6, 0.98), (0.5, 0.95)), None),
    "6 workers of many answers": (1000, 6, 4, 3, rows(4, 3), None),
    "3 workers who answer all": (500, 3, 3, 4, coins(0.5, 0.9), None),
    "a fifth adversaries": (600, 40, 5, 3, with_some(coins(0.6, 0.9), 0.2, adversary), None),
    "a quarter adversaries": (600, 40, 7, 2, with_some(coins(0.6, 0.9), 0.25, adversary), None),
    "two fifths guessers": (600, 40, 5, 4, with_some(coins(0.6, 0.95), 0.4, guesser), None),
    "three tenths parrots": (600, 40, 5, 4, with_some(coins(0.6, 0.95), 0.3, parrot), None),
    "50 tasks": (50, 15, 5, 3, coins(0.5, 0.9), None),
    "108 tasks, 10 answers": (108, 39, 10, 2, lopsided((0.5, 0.9), (0.4, 0.9)), None),
}


def make(kind: str, seed: int) -> tuple[Votes, np.ndarray]:
    """Votes and truth of a crowd."""
    tasks, workers, answers, classes, draw, prior = KINDS[kind]
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, size=tasks, p=prior)
    ends = draw(rng, workers, classes).cumsum(axis=2)
    given = np.minimum(int(answers) + (rng.random(tasks) < answers % 1), workers)
    of_tasks = np.repeat(np.arange(tasks), given)
    of_workers = np.concatenate([rng.choice(workers, size=number, replace=False) for number in given.tolist()])
    said = (rng.random(len(of_tasks))[:, None] > ends[of_workers, truth[of_tasks]]).sum(axis=1)
    return Votes.of(of_tasks, of_workers, np.minimum(said, classes - 1), shape=(tasks, workers, classes)), truth


def compare(seeds: int = 5) -> None:
    """Accuracy of each method on each kind, how far `auto` is from the best, and its calibration error."""
    print(f"{'accuracy':<32}" + "".join(f"{name:>13}" for name in ("auto", *RIVALS, "behind best", "calibration")))
    table = []
    for kind in KINDS:
        found: dict[str, list[float]] = {name: [] for name in ("auto", *RIVALS)}
        errors = []
        for seed in range(seeds):
            votes, truth = make(kind, seed)
            for name, each in found.items():
                chances = posteriors(METHODS[name](votes), votes)
                right = chances.argmax(axis=1) == truth
                each.append(float(right.mean()))
                if name == "auto":
                    errors.append(calibration_error(chances.max(axis=1), right))
        means = [float(np.mean(each)) for each in found.values()]
        table.append([*means, max(means[1:]) - means[0], float(np.mean(errors))])
        print(f"{kind:<32}" + "".join(f"{value:>13.4f}" for value in table[-1]))
    print(f"{'mean':<32}" + "".join(f"{value:>13.4f}" for value in np.mean(table, axis=0)))
