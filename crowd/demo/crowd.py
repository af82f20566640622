"""Simulated people: what each answers to an image they see, the same for the same image in every run.

An honest person's mistakes are those that the pixels suggest: more on a digit that resembles another, and mostly that
other one. Nobody here knows which images are gold: a person is shown bytes and gives an annotation document.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crowd.demo.images import DIGITS, MOST_CARDS, Box, Picture, boxed, classified

MEAN_DIFFICULTY = 0.34  # of the digits: the share of mistakes below is what a person makes on average
TAKEN_FOR_LOOKALIKE = 0.7


@dataclass(frozen=True)
class Person:
    """One simulated worker: a kind, and the rates at which they go wrong."""

    name: str
    kind: str  # good, sloppy, biased, spamming
    mistakes: float = 0.0  # share of digits taken for another
    favourite: str = ""  # the class a biased person says instead of thinking
    favours: float = 0.0  # and how often
    jitter: float = 0.0  # standard deviation of each edge of a box, as a share of its side
    swell: float = 0.0  # how much larger than the thing a box is drawn, as a share of its side
    misses: float = 0.0  # share of things overlooked
    adds: float = 0.0  # share of images on which something is drawn that is not there
    skips: float = 0.0  # share of images given back
    seconds: float = 4.0  # time an answer takes them
    spam: Callable[[Picture, random.Random], dict[str, Any]] | None = None

    def dice(self, picture: Picture, what: str) -> random.Random:
        """Return this person's own randomness for this image."""
        return random.Random(f"{self.name} {what} {picture.sha256}")  # noqa: S311 -- a simulation

    def skip(self, picture: Picture) -> bool:
        """Tell whether this person gives the image back rather than answer."""
        return picture.illegible or self.dice(picture, "skips").random() < self.skips

    def time_on(self, picture: Picture) -> float:
        """Return the seconds this person spends on the image."""
        return round(self.seconds * self.dice(picture, "takes").lognormvariate(0.0, 0.3), 1)

    def answer(self, picture: Picture) -> dict[str, Any]:
        """Return this person's annotation document of the image."""
        dice = self.dice(picture, "answers")
        if self.spam:
            return self.spam(picture, dice)
        return classified(self._class(picture, dice)) if picture.digit else boxed(self._boxes(picture, dice))

    def _class(self, picture: Picture, dice: random.Random) -> str:
        if dice.random() < self.favours:
            return self.favourite
        if dice.random() >= min(0.95, self.mistakes * picture.difficulty / MEAN_DIFFICULTY):
            return picture.digit
        if dice.random() < TAKEN_FOR_LOOKALIKE:
            return picture.lookalike
        return dice.choice([digit for digit in DIGITS if digit != picture.digit])

    def _boxes(self, picture: Picture, dice: random.Random) -> tuple[Box, ...]:
        seen = [box for box in picture.boxes if dice.random() >= self.misses]
        drawn = [self._drawn(box, picture.size, dice) for box in seen]
        if dice.random() < self.adds:
            drawn.append(somewhere(picture.size, dice))
        return tuple(drawn)

    def _drawn(self, box: Box, size: tuple[int, int], dice: random.Random) -> Box:
        x, y, width, height = box
        left, top, right, bottom = (dice.gauss(self.swell / 2.0, self.jitter) for _ in range(4))
        return within((x - left * width, y - top * height, x + (1 + right) * width, y + (1 + bottom) * height), size)


def within(edges: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """Return left, top, right, bottom as a box inside the image, at least four pixels wide and high."""
    left, right = min(max(edges[0], 0.0), size[0] - 4.0), min(edges[2], float(size[0]))
    top, bottom = min(max(edges[1], 0.0), size[1] - 4.0), min(edges[3], float(size[1]))
    sides = (left, top, max(right - left, 4.0), max(bottom - top, 4.0))
    x, y, width, height = (round(side, 1) for side in sides)
    return (x, y, round(min(width, size[0] - x), 1), round(min(height, size[1] - y), 1))


def somewhere(size: tuple[int, int], dice: random.Random) -> Box:
    """Return a box drawn without looking."""
    width, height = dice.uniform(20.0, 90.0), dice.uniform(20.0, 90.0)
    x, y = dice.uniform(0.0, size[0] - width), dice.uniform(0.0, size[1] - height)
    return within((x, y, x + width, y + height), size)


def anything(picture: Picture, dice: random.Random) -> dict[str, Any]:
    """Answer at random."""
    if picture.digit:
        return classified(dice.choice(DIGITS))
    return boxed(tuple(somewhere(picture.size, dice) for _ in range(dice.randint(1, MOST_CARDS))))


def always_the_same(picture: Picture, dice: random.Random) -> dict[str, Any]:  # noqa: ARG001 -- never looks
    """Answer the same to every image: a zero, one box around nearly everything."""
    if picture.digit:
        return classified("0")
    width, height = picture.size
    return boxed(((5.0, 5.0, width - 10.0, height - 10.0),))


def _good(name: str, mistakes: float, jitter: float) -> Person:
    return Person(name, "good", mistakes=mistakes, jitter=jitter, misses=0.01, adds=0.005, skips=0.004, seconds=4.5)


def _sloppy(name: str, mistakes: float, jitter: float) -> Person:
    return Person(name, "sloppy", mistakes=mistakes, jitter=jitter, misses=0.08, adds=0.08, skips=0.01, seconds=2.5)


def _biased(name: str, favourite: str) -> Person:
    return Person(
        name, "biased", mistakes=0.04, favourite=favourite, favours=0.16, jitter=0.03, swell=0.2, misses=0.03, adds=0.02
    )


PEOPLE = (
    _good("amara", 0.02, 0.020),
    _good("bruno", 0.03, 0.020),
    _good("chen", 0.03, 0.025),
    _good("dalia", 0.04, 0.025),
    _good("emil", 0.04, 0.030),
    _good("farah", 0.05, 0.030),
    _sloppy("hana", 0.16, 0.055),
    _sloppy("ivo", 0.20, 0.060),
    _sloppy("jun", 0.24, 0.065),
    _biased("kofi", "1"),
    _biased("lena", "3"),
    Person("mika", "spamming", seconds=0.6, spam=anything),
    Person("nadia", "spamming", seconds=0.8, spam=anything),
    Person("otto", "spamming", seconds=0.4, spam=always_the_same),
)
