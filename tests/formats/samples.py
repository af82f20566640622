"""Pictures made on the spot."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

LIMITS = {"max_bytes": 10_000_000, "max_pixels": 1_000_000}


def corners(width: int = 64, height: int = 40, mode: str = "RGB") -> Image.Image:
    """A picture whose left top quarter is red, right top green, left bottom blue, right bottom white."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image.convert(mode)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002 -- Pillow's word
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def exif(orientation: int) -> bytes:
    """An EXIF block that says nothing but the orientation."""
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def png(width: int, height: int, *, pixels: bytes = b"") -> bytes:
    """A PNG whose header says what it is told."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
