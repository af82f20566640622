"""The two labelling efforts of the demo: what is asked, about which images, and how right the answers must be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crowd.demo import images
from crowd.demo.images import DIGITS, Picture
from crowd.demo.measures import Accuracy, BoxQuality, Quality

DEMANDING = {"confidence_target": 0.95, "max_overlap": 5}  # so that a reviewer has something to settle
SMUDGES = 3  # images that nobody can read: they end up with the reviewer
CLEAR = 0.4  # difficulty up to which a digit is good as gold

DIGITS_GUIDELINE = """\
# Which digit is it?

Each image shows **one handwritten digit**, enlarged from 8 × 8 pixels. Choose the digit that the writer meant.

- A seven may have a bar through it.
- A one may have a foot; a seven has a roof.
- Not a digit at all, or nothing to be made out? Skip the image and say why.
"""
PHOTOGRAPHS_GUIDELINE = """\
# Where are the digits?

Some cards with a handwritten digit lie on each photograph. Draw **one box around each card**.

- The edges of the box are the edges of the card: no margin, nothing cut off.
- Cards at the edge of the photograph count too.
- A photograph without any card is answered with no box.
"""


@dataclass(frozen=True)
class Effort:
    """One project: its images with their truth, some of which are planted as gold."""

    name: str
    guideline: str
    schema: Mapping[str, Any]
    planted: tuple[Picture, ...]  # as gold
    asked: tuple[Picture, ...]  # whose answer only the crowd gives
    left_over: tuple[Picture, ...]  # uploaded at the end, for a worker who signs in to try
    least: Quality  # of the consensus, before anybody reviewed it
    smudged: tuple[Picture, ...] = ()  # uploaded at the end and skipped by the crowd, for a reviewer who signs in
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def draws(self) -> bool:
        """Tell whether boxes are drawn here, rather than classes chosen."""
        return "objects" in self.schema

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All images of the project, in the order in which they are uploaded."""
        return tuple(sorted((*self.planted, *self.asked), key=lambda picture: picture.name))


def digits(*, count: int = 210, gold: int = 30, left_over: int = 12) -> Effort:
    """Return the effort of choosing a class; gold are images that no careful person takes for another."""
    pictures = images.digits(count + left_over, seed=1)
    smudges = images.smudges(2 * SMUDGES, seed=3)
    planted = [one for one in pictures[:count] if one.difficulty < CLEAR][:gold]
    return Effort(
        name="Digits",
        guideline=DIGITS_GUIDELINE,
        schema={
            "classifications": [
                {
                    "name": "digit",
                    "kind": "single",
                    "required": True,
                    "options": [{"name": digit, "hotkey": digit} for digit in DIGITS],
                }
            ]
        },
        planted=tuple(planted),
        asked=(*(one for one in pictures[: count - SMUDGES] if one not in planted), *smudges[:SMUDGES]),
        left_over=tuple(pictures[count:]),
        least=Accuracy(0.93),
        smudged=tuple(smudges[SMUDGES:]),
        settings=DEMANDING,
    )


def photographs(*, count: int = 60, gold: int = 20, left_over: int = 6) -> Effort:
    """Return the effort of drawing boxes."""
    pictures = images.photographs(count + left_over, seed=2)
    return Effort(
        name="Photographs",
        guideline=PHOTOGRAPHS_GUIDELINE,
        schema={"objects": [{"name": "digit", "shape": "box", "min_side": 4, "color": "#e8590c", "hotkey": "d"}]},
        planted=tuple(pictures[:gold]),
        asked=tuple(pictures[gold:count]),
        left_over=tuple(pictures[count:]),
        least=BoxQuality(f1=0.95, iou=0.85),
        settings={**DEMANDING, "gold_rate": 0.15},  # few images each, so more of them checked
    )
