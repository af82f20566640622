"""Label Studio's brushes: a mask as bytes of run lengths, four equal channels a pixel, row by row.

Source: the format of @thi.ng/rle-pack, which Label Studio's editor reads: 32 bits for the number of values, 5 for the
bits of a value less one, four times 4 for the bits of a run's length less one, and then each run: a bit that says that
it repeats one value, two for which of the four lengths follows, the length less one, the value.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CHANNELS: Final = 4
_VALUE: Final = 8  # bits
_LENGTHS: Final = (3, 6, 10, 16)  # bits that a run's length may take
_LONGEST: Final = 1 << _LENGTHS[-1]


def pack(pixels: NDArray[np.bool_]) -> list[int]:
    """Return the mask's bytes: 255 in each channel where it is set, 0 elsewhere.

    `pixels` has the shape (height, width) of the image. Time and size follow the runs, not the pixels.
    """
    bits = [f"{pixels.size * CHANNELS:032b}", f"{_VALUE - 1:05b}", *(f"{length - 1:04b}" for length in _LENGTHS)]
    bits += [_run(length, value) for length, value in _runs(pixels)]
    whole = "".join(bits)
    whole += "0" * (-len(whole) % 8)
    return list(int(whole, 2).to_bytes(len(whole) // 8, "big"))


def _runs(pixels: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the runs' lengths in values, none longer than can be said, and the value of each."""
    flat: Any = pixels.ravel()
    ends = np.concatenate((np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size])) * CHANNELS
    before = 0
    for end in ends.tolist():
        value = 255 if flat[before // CHANNELS] else 0
        for start in range(before, end, _LONGEST):
            yield min(_LONGEST, end - start), value
        before = end


def _run(length: int, value: int) -> str:
    which = next(place for place, bits in enumerate(_LENGTHS) if length <= 1 << bits)
    return f"1{which:02b}{length - 1:0{_LENGTHS[which]}b}{value:0{_VALUE}b}"
