"""What a file is, by its first bytes; no name and no header of a request is believed."""

import re
import struct
from dataclasses import dataclass
from typing import Final

from crowd.errors import Invalid, Unsupported

StructError = struct.error


@dataclass(frozen=True, slots=True)
class Kind:
    """A picture format: Pillow's name for it, and how files of it are named and served."""

    name: str
    content_type: str
    extension: str


JPEG: Final = Kind("JPEG", "image/jpeg", "jpg")
PNG: Final = Kind("PNG", "image/png", "png")
WEBP: Final = Kind("WEBP", "image/webp", "webp")
GIF: Final = Kind("GIF", "image/gif", "gif")
BMP: Final = Kind("BMP", "image/bmp", "bmp")

_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"8BPS", "a Photoshop file"),
)
_MARKUP_WITHIN: Final = 4096
_SVG: Final = re.compile(rb"<([a-z_][\w.-]*:)?svg\b", re.IGNORECASE)


def recognise(data: bytes) -> Kind:
    """Return the picture format of the bytes, or raise Unsupported with what they are instead."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if data.startswith(b"BM") and len(data) >= 26:
        return BMP
    if _is_svg(data):
        raise Unsupported("SVG can carry scripts and is not accepted; send a PNG of it.", code="svg_refused")
    name = next((name for magic, name in _OTHERS if data.startswith(magic)), None)
    if data[4:8] == b"ftyp":
        name = "a HEIC, AVIF or video file"
    raise Unsupported(
        f"This is {name or 'no picture that is known here'}; JPEG, PNG, WebP, GIF and BMP are accepted.",
        code="unsupported_type",
    )


def check_length(data: bytes, *, kind: Kind) -> None:
    """Raise Invalid `truncated` where the container itself says that bytes are missing.

    Decoders forgive what is cut off behind the last pixel, or paint it grey.
    """
    if kind is PNG:
        whole = _png_is_whole(data)
    elif kind is WEBP:
        whole = len(data) >= 8 + int.from_bytes(data[4:8], "little")
    elif kind is JPEG:
        whole = _jpeg_is_whole(data)
    elif kind is GIF:
        whole = _gif_is_whole(data)
    else:
        whole = True
    if not whole:
        raise Invalid("The picture ends before it should; send the whole file.", code="truncated")


def webp_size(data: bytes) -> tuple[int, int]:
    """Return canvas width and height from a WebP's first chunk (RFC 9649); (0, 0) where it has none that is known."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return (0, 0)
    if chunk == b"VP8X":
        return (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return (width & 0x3FFF, height & 0x3FFF)
    return (0, 0)


def _png_is_whole(data: bytes) -> bool:
    """Walk the chunks to the one that ends the picture."""
    position = 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] == b"IEND":
            return True
        position += 12 + length
    return False


def _jpeg_is_whole(data: bytes) -> bool:
    """Walk the segments to the first scan, behind which the picture's end must be marked.

    What comes before may hold a preview with an end of its own; what comes after, a phone's film clip.
    """
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        if data[position + 1] == 0xDA:
            return data.find(b"\xff\xd9", position) >= 0
        # a marker may be preceded by any number of fill bytes
        position += 1 if data[position + 1] == 0xFF else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return position < len(data)  # no segments: for the decoder to say what is wrong


def _gif_is_whole(data: bytes) -> bool:
    """Walk the blocks to the trailer."""
    position = 13 + gif_colors(data, 10)
    while position < len(data):
        block = data[position]
        if block == 0x3B:
            return True
        if block == 0x21:
            position = _behind_sub_blocks(data, position + 2)
        elif block == 0x2C:
            position = _behind_sub_blocks(data, position + 11 + gif_colors(data, position + 9))
        elif block == 0:  # padding, as some writers leave
            position += 1
        else:
            return True  # no block: for the decoder to say what is wrong
    return False


def gif_colors(data: bytes, flags_at: int) -> int:
    """Return the bytes of the colour table that the flags announce."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_sub_blocks(data: bytes, position: int) -> int:
    while position < len(data) and data[position]:
        position += 1 + data[position]
    return position + 1


def _is_svg(data: bytes) -> bool:
    head = data[:_MARKUP_WITHIN]
    # UTF-16 is ASCII with zeros between
    return _SVG.search(head.replace(b"\0", b"")) is not None
