"""Objects painted into one picture of numbers, the later over the earlier."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crowd.formats import flat_png
from crowd.formats.base import Tally
from crowd.formats.outlines import COVERING, patch
from crowd.labels.types import LabelledObject, Schema

HIDDEN: Final = "an object partly hidden by a later one"
Numbers = NDArray[np.uint32]


def paint(
    things: Iterable[tuple[int, LabelledObject]], *, height: int, width: int, tally: Tally
) -> tuple[Numbers, list[int]]:
    """Return the number that each pixel has, shape (height, width), 0 where nothing is, and the numbers in use.

    Shapes that cover no pixels are reported and not painted.
    """
    canvas = np.zeros((height, width), dtype=np.uint32)
    used = []
    for number, each in things:
        if each.shape not in COVERING:
            tally.left_out[f"a {each.shape}"] += 1
            continue
        tally.labels += 1
        tally.lose(each)
        if each.attributes:
            tally.left_out["an attribute of an object"] += len(each.attributes)
        left, top, pixels = patch(each.shape, each.geometry, height=height, width=width)
        under = canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        if (under[pixels] > 0).any():
            tally.approximated[HIDDEN] += 1
        under[pixels] = number
        used.append(number)
    return canvas, used


def covers(schema: Schema) -> bool:
    """Tell whether any class can set a pixel."""
    return any(each.shape in COVERING for each in schema.objects)


def indexed_png(numbers: Numbers, *, palette: Sequence[tuple[int, int, int]]) -> bytes:
    """Return the numbers as a PNG with a palette, or as one of 16 bits where they are above 255."""
    highest = int(numbers.max(initial=0))
    if highest > 0xFFFF:
        raise ValueError(f"{highest} objects in one image are more than a picture of 16 bits can tell apart")
    if highest > 0xFF:
        return flat_png.grey(numbers.astype(np.uint16))
    return flat_png.indexed(numbers.astype(np.uint8), palette=palette)


def rgb_png(numbers: Numbers) -> bytes:
    """Return the numbers as COCO's panoptic PNG: red + 256 green + 65536 blue."""
    levels = numbers.astype("<u4").view(np.uint8).reshape(*numbers.shape, 4)
    return flat_png.rgb(levels[:, :, :3])


def palette(colors: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return 256 colours: black for nothing, then the given ones (`#rrggbb`, `#rgb`; VOC's where one is empty)."""
    result = [voc_color(number) for number in range(256)]
    for number, color in enumerate(colors[:255], start=1):
        digits = color.removeprefix("#")
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        if len(digits) == 6:
            result[number] = (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    return result


@cache
def voc_color(number: int) -> tuple[int, int, int]:
    """Return the colour of a number, 0 to 255, in VOC's own map (`VOClabelcolormap` of its development kit)."""
    red = green = blue = 0
    for bit in range(8):
        red |= ((number >> (3 * bit)) & 1) << (7 - bit)
        green |= ((number >> (3 * bit + 1)) & 1) << (7 - bit)
        blue |= ((number >> (3 * bit + 2)) & 1) << (7 - bit)
    return (red, green, blue)
