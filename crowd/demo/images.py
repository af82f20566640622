"""Real images with known truth, out of scikit-learn's wheel: handwritten digits, alone and laid out on photographs.

The digits are the test set of the UCI "Optical Recognition of Handwritten Digits" data, 8 × 8 pixels written by 13
people; the photographs are china.jpg and flower.jpg. The same seed gives the same bytes.
"""

import hashlib
import io
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits, load_sample_images

from crowd.geometry import boxes

DIGITS = tuple(str(digit) for digit in range(10))
DIGIT_SIDE = 96
PHOTO_SIZE = (400, 300)
CARD_SIDES = (36, 72)
MOST_CARDS = 5
PAPER, INK = 250.0, 25.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """An image file and what is truly on it: for a digit its class, for a photograph the boxes of its digits."""

    name: str
    content: bytes
    size: tuple[int, int]
    digit: str = ""
    lookalike: str = ""  # the class of the most similar digit of another class
    difficulty: float = 0.0  # 0: nothing else looks like it; 1: as near to another class as to its own
    illegible: bool = False  # nobody could tell
    boxes: tuple[Box, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """The name of its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def annotation(self) -> dict[str, Any]:
        """The truth as an annotation document."""
        if self.digit:
            return classified(self.digit)
        return boxed(self.boxes)


def classified(digit: str) -> dict[str, Any]:
    """Return the annotation document that gives an image one class."""
    return {"classifications": {"digit": digit}, "objects": []}


def boxed(found: tuple[Box, ...]) -> dict[str, Any]:
    """Return the annotation document that draws these boxes."""
    return {"classifications": {}, "objects": [{"label": "digit", "box": list(box)} for box in found]}


def digits(count: int, *, seed: int) -> list[Picture]:
    """Return so many handwritten digits, all ten as often as one another, enlarged to a comfortable size."""
    pixels, truth = _handwriting()
    lookalike, difficulty = _resemblance()
    return [
        Picture(
            name=f"digit-{number:04}.png",
            content=_encoded(Image.fromarray(_enlarged(pixels[row], DIGIT_SIDE)), "PNG"),
            size=(DIGIT_SIDE, DIGIT_SIDE),
            digit=str(truth[row]),
            lookalike=str(lookalike[row]),
            difficulty=float(difficulty[row]),
        )
        for number, row in enumerate(_evenly(truth, count, np.random.default_rng(seed)), start=1)
    ]


def smudges(count: int, *, seed: int) -> list[Picture]:
    """Return so many digits that were wiped over before they dried."""
    return [
        replace(one, name=f"smudge-{number:04}.png", content=_wiped(one.content), illegible=True)
        for number, one in enumerate(digits(count, seed=seed), start=1)
    ]


def photographs(count: int, *, seed: int) -> list[Picture]:
    """Return so many crops of photographs, each with one to five handwritten digits laid out on it as cards."""
    rng = np.random.default_rng(seed)
    sources = [Image.fromarray(pixels) for pixels in load_sample_images().images]
    return [_photograph(f"photo-{number:04}.jpg", sources[number % 2], rng) for number in range(1, count + 1)]


def _photograph(name: str, source: Image.Image, rng: np.random.Generator) -> Picture:
    pixels, _ = _handwriting()
    width, height = PHOTO_SIZE
    left, top = rng.integers(source.width - width + 1), rng.integers(source.height - height + 1)
    scene = source.crop((int(left), int(top), int(left) + width, int(top) + height))
    places = _places(int(rng.integers(1, MOST_CARDS + 1)), rng)
    for x, y, side, _ in places:
        card = _enlarged(pixels[rng.integers(len(pixels))], int(side))
        scene.paste(Image.fromarray(card), (int(x), int(y)))
    return Picture(name=name, content=_encoded(scene, "JPEG"), size=PHOTO_SIZE, boxes=places)


def _places(count: int, rng: np.random.Generator) -> tuple[Box, ...]:
    """Return squares inside the photograph that do not touch one another."""
    width, height = PHOTO_SIZE
    found: list[Box] = []
    while len(found) < count:
        side = int(rng.integers(*CARD_SIDES, endpoint=True))
        x, y = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
        place = (float(x), float(y), float(side), float(side))
        if not found or boxes.iou_matrix([place], found).max() == 0.0:
            found.append(place)
    return tuple(found)


def _evenly(truth: NDArray[np.int64], count: int, rng: np.random.Generator) -> list[int]:
    """Return the rows of `count` digits, the classes in turn, in random order."""
    shuffled = rng.permutation(len(truth))
    turns = [shuffled[truth[shuffled] == digit] for digit in range(len(DIGITS))]
    rows = [int(turns[index % len(DIGITS)][index // len(DIGITS)]) for index in range(count)]
    return [rows[index] for index in rng.permutation(count)]


@lru_cache(maxsize=1)
def _handwriting() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the pixels, shape (n, 8, 8), 0 paper to 16 ink, and the classes, shape (n,)."""
    data = load_digits()
    return data.images, data.target


@lru_cache(maxsize=1)
def _resemblance() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each digit, the class it could be taken for and how easily, 0 to 1.

    The ratio of squared distances to the nearest digit of its own class and to the nearest of another.
    """
    pixels, truth = _handwriting()
    flat = pixels.reshape(len(pixels), -1)
    square = (flat**2).sum(axis=1)
    distance = square[:, None] + square[None, :] - 2.0 * flat @ flat.T
    np.fill_diagonal(distance, np.inf)
    own = truth[:, None] == truth[None, :]
    nearest = np.where(own, distance, np.inf).min(axis=1)
    other = np.where(own, np.inf, distance)
    return truth[other.argmin(axis=1)], np.clip(nearest / other.min(axis=1), 0.0, 1.0)


def _enlarged(pixels: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
    """Return dark ink on light paper with a margin, `side` pixels square."""
    sheet = np.pad(pixels / 16.0, 1).astype(np.float32)
    grey = Image.fromarray(sheet).resize((side, side), Image.Resampling.BICUBIC)
    ink = np.clip(np.asarray(grey), 0.0, 1.0)
    shades: NDArray[np.uint8] = np.round(PAPER - (PAPER - INK) * ink).astype(np.uint8)
    return shades


def _wiped(content: bytes) -> bytes:
    return _encoded(Image.open(io.BytesIO(content)).filter(ImageFilter.GaussianBlur(DIGIT_SIDE / 8)), "PNG")


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=88)
    return buffer.getvalue()
