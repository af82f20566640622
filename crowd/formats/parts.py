"""How many parts a picture is made of, counted before a decoder meets them.

A file of a few megabytes can hold a million scans, segments, chunks or comments, over each of which a decoder takes its
time, or which it joins one by one. No camera and no program writes so many: such a file is refused.
"""

import re
from collections.abc import Iterator
from typing import Final

from crowd.errors import Invalid
from crowd.formats import signatures

MOST_SEGMENTS: Final = 2000  # in a JPEG's header, bytes between them counted as such
MOST_EXIF: Final = 64  # segments of a JPEG that Pillow joins to one another
MOST_SCANS: Final = 100  # of a JPEG
SCANNED: Final = 2_500_000_000  # pixels, all scans together: 16 scans of 150 megapixels
FEW: Final = 2000  # parts that any other picture may have
BYTES_A_PART: Final = 64  # and one more for so many bytes

_SCAN: Final = 0xDA
_END: Final = 0xD9
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # any but fill bytes, restarts and escaped data
_ALONE: Final = frozenset({0x00, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})  # markers that Pillow reads no body of
_BODIES: Final = frozenset({*range(0xC0, 0xFF)}) - _ALONE


def check(data: bytes, *, kind: signatures.Kind) -> None:
    """Raise Invalid `too_many_parts` where a picture is made of more parts than any honest one."""
    if kind is signatures.JPEG:
        _check_jpeg(data)
        return
    parts = {signatures.PNG: _png, signatures.GIF: _gif}.get(kind)
    if parts is None:  # WebP is split in C, BMP not at all
        return
    most = FEW + len(data) // BYTES_A_PART
    for count, _ in enumerate(parts(data), 1):
        if count > most:
            raise _too_many(kind)


def check_scans(data: bytes, *, pixels: int) -> None:
    """Raise Invalid where a JPEG goes over its pixels too often; an empty scan takes as long as a full one."""
    scans = _scans(data)
    if scans > MOST_SCANS or (scans > 1 and scans * pixels > max(SCANNED, 2 * pixels)):
        raise _too_many(signatures.JPEG)


def _check_jpeg(data: bytes) -> None:
    joined = 0
    for count, (marker, start) in enumerate(_jpeg(data), 1):
        joined += marker == 0xE1 and data.startswith(b"Exif\0\0", start + 4)
        if count > MOST_SEGMENTS or joined > MOST_EXIF:
            raise _too_many(signatures.JPEG)


def _jpeg(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the markers up to the first scan and where they stand, as Pillow finds them; junk as marker 0."""
    position = 2
    while position + 1 < len(data):
        marker = data[position + 1] if data[position] == 0xFF else 0
        yield marker, position
        if marker == _SCAN or (data[position] == 0xFF and 0 < marker < 0xC0):
            return
        if marker in _BODIES:
            position += 2 + max(2, int.from_bytes(data[position + 2 : position + 4], "big"))
        else:
            position += 2 if data[position] == 0xFF and marker in _ALONE else 1


def _scans(data: bytes) -> int:
    """Return how many scans a decoder goes over: those up to the end of the picture, no matter what lies behind it."""
    scans = markers = position = 0
    while (found := _MARKER.search(data, position)) and data[found.start() + 1] != _END:
        markers += 1
        if markers > MOST_SEGMENTS + MOST_SCANS:
            raise _too_many(signatures.JPEG)
        marker, position = data[found.start() + 1], found.end()
        scans += marker == _SCAN
        if marker in _BODIES:
            position += max(2, int.from_bytes(data[position : position + 2], "big"))
    return scans


def _png(data: bytes) -> Iterator[int]:
    """Yield where the chunks begin."""
    position = 8
    while position + 12 <= len(data):
        yield position
        position += 12 + int.from_bytes(data[position : position + 4], "big")


def _gif(data: bytes) -> Iterator[int]:
    """Yield where the blocks and their sub-blocks begin."""
    position = 13 + signatures.gif_colors(data, 10)
    while position < len(data):
        yield position
        block = data[position]
        if block == 0x21:
            position += 2
        elif block == 0x2C:
            position += 11 + signatures.gif_colors(data, position + 9)
        else:
            position += 1
            continue
        while position < len(data) and data[position]:
            yield position
            position += 1 + data[position]
        position += 1


def _too_many(kind: signatures.Kind) -> Invalid:
    return Invalid(
        f"This {kind.name} is made of far more parts than a picture has; save it again.", code="too_many_parts"
    )
