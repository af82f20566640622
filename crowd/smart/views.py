"""The part of an image that a prompt is about, reduced: an image of any size costs about the same memory."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crowd.errors import TooLarge
from crowd.formats import pictures
from crowd.smart.base import Prompt

SIDE: Final = 384  # pixels of the reduced cut-out's longer side
AROUND: Final = 0.4  # of the box's own size, on each side: what is beside a thing shows what it is not
LEAST: Final = 48.0  # pixels of the image on each side of a prompt
POINTS: Final = 0.35  # of the image, on each side of a prompt of points alone
DECODED: Final = 30_000_000  # pixels decoded at most; a JPEG of more is decoded at a fraction of its size


@dataclass(frozen=True, slots=True)
class View:
    """A cut-out of an image of `width` x `height` pixels: from (left, top), `step` of whose pixels make one of it."""

    picture: NDArray[np.uint8]
    left: float
    top: float
    step: tuple[float, float]
    width: int
    height: int

    def inside(self, prompt: Prompt) -> Prompt:
        """Return the prompt in pixels of the cut-out."""
        (sx, sy), box = self.step, prompt.box
        return Prompt(
            box=((box[0] - self.left) / sx, (box[1] - self.top) / sy, box[2] / sx, box[3] / sy) if box else None,
            points=tuple(((x - self.left) / sx, (y - self.top) / sy, on) for x, y, on in prompt.points),
        )


def around(prompt: Prompt, *, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part of the image to look at, in whole pixels."""
    xs, ys = [x for x, _, _ in prompt.points], [y for _, y, _ in prompt.points]
    if prompt.box is not None:
        x, y, w, h = prompt.box
        margin = max(AROUND * w, LEAST), max(AROUND * h, LEAST)
        xs, ys = [*xs, x - margin[0], x + w + margin[0]], [*ys, y - margin[1], y + h + margin[1]]
    else:
        margin = max(POINTS * width, LEAST), max(POINTS * height, LEAST)
        xs, ys = [min(xs) - margin[0], max(xs) + margin[0]], [min(ys) - margin[1], max(ys) + margin[1]]
    left, top = max(0, int(min(xs))), max(0, int(min(ys)))
    return left, top, min(width, int(np.ceil(max(xs)))), min(height, int(np.ceil(max(ys))))


def cut_out(data: bytes, prompt: Prompt, *, width: int, height: int) -> View:
    """Return what there is to see around the prompt in an image of this size as people see it, whose bytes these are.

    Raises TooLarge for one that is no JPEG and too large to be decoded whole.
    """
    left, top, right, bottom = around(prompt, width=width, height=height)
    whole = pictures.reduced(data, per_pixel=max(right - left, bottom - top) / SIDE, max_pixels=DECODED)
    if whole is None:
        raise TooLarge("The image is too large for proposals; draw by hand here.", code="too_large_to_propose")
    kx, ky = whole.width / width, whole.height / height
    part = (round(left * kx), round(top * ky), max(round(right * kx), 1), max(round(bottom * ky), 1))
    cut = whole.crop(part)
    cut.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    seen = (part[2] - part[0]) / kx, (part[3] - part[1]) / ky
    return View(
        picture=np.asarray(cut.convert("RGB")),
        left=part[0] / kx,
        top=part[1] / ky,
        step=(seen[0] / cut.width, seen[1] / cut.height),
        width=width,
        height=height,
    )


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return the picture as a JPEG."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=92)
    return out.getvalue()
