"""COCO's compressed run lengths, read and written by ourselves, so that no string however wrong reaches a C decoder.

A mask of `height` x `width` pixels is read column by column; runs of zeros and ones alternate, beginning with zeros.
Runs from the fourth on are written as the difference to the run two before; each number as groups of five bits,
lowest first, one printable character (48 + group, + 32 where more follow), the sign carried by the last group's
highest bit (`rleToString` in COCO's maskApi.c).
"""

import numpy as np
from numpy.typing import NDArray

_FIRST, _LAST = 48, 48 + 63
_LONGEST_GROUP = 7  # seven groups of five bits hold every 32-bit run, and its difference to another


def decode_counts(counts: str, *, pixels: int) -> NDArray[np.int64]:
    """The run lengths that `counts` says, which sum to `pixels`.

    Parameters
    ----------
    counts : str
        COCO's compressed string.
    pixels : int
        Height times width of the mask.

    Returns
    -------
    ndarray of int64, shape (runs,)
        Runs of zeros and ones in turn, the first of zeros; only the first may be 0 (two neighbouring runs of one
        value would be one run, and COCO's own C code misreads them).

    Raises
    ------
    ValueError
        With a sentence that says what is wrong.
    """
    if not counts:
        raise ValueError("is empty; a mask needs at least one run")
    if not counts.isascii():
        raise ValueError("holds a character that compressed RLE does not use")
    codes = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64)
    if codes.min() < _FIRST or codes.max() > _LAST:
        raise ValueError("holds a character that compressed RLE does not use")
    codes -= _FIRST
    is_last = (codes & 0x20) == 0
    if not is_last[-1]:
        raise ValueError("ends in the middle of a run")
    runs = _undo_differences(_numbers(codes, is_last))
    if runs.min() < 0:
        raise ValueError("has a run of negative length")
    if (runs[1:] == 0).any():
        raise ValueError("has a run of length 0 after its first")
    total = sum(runs.tolist()) if runs.max() > pixels else int(runs.sum())  # Python's integers cannot overflow
    if total != pixels:
        raise ValueError(f"covers {total} pixels; height times width is {pixels}")
    return runs


def _numbers(codes: NDArray[np.int64], is_last: NDArray[np.bool_]) -> NDArray[np.int64]:
    ends = np.flatnonzero(is_last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    if int((ends - starts).max()) >= _LONGEST_GROUP:
        raise ValueError("has a run longer than any image")
    group = np.arange(codes.size) - np.repeat(starts, ends - starts + 1)
    numbers = np.add.reduceat((codes & 0x1F) << (5 * group), starts)
    negative = (codes[ends] & 0x10) != 0
    numbers[negative] -= np.left_shift(1, 5 * (ends - starts + 1))[negative]
    return numbers


def _undo_differences(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    runs = numbers.copy()
    runs[1::2] = np.cumsum(numbers[1::2])
    runs[2::2] = np.cumsum(numbers[2::2])
    return runs


def encode_counts(runs: NDArray[np.int64]) -> str:
    """The compressed string of `runs` (zeros first): what `decode_counts` reads, and COCO's own encoder writes."""
    numbers = np.asarray(runs, dtype=np.int64).copy()
    numbers[3:] -= np.asarray(runs, dtype=np.int64)[1:-2]
    letters: list[int] = []
    for number in numbers.tolist():
        rest, more = number, True
        while more:
            group, rest = rest & 0x1F, rest >> 5
            more = rest != (-1 if group & 0x10 else 0)
            letters.append(_FIRST + (group | 0x20 if more else group))
    return bytes(letters).decode("ascii")
