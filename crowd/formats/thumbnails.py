"""Small pictures: what a page of many images shows of each."""

import io
from typing import BinaryIO, Final

from PIL import Image, ImageOps

from crowd.errors import Invalid
from crowd.formats import pictures

SIDE: Final = 480  # pixels of the longer side: a tile's width on a dense screen
QUALITY: Final = 78


def shrink(source: BinaryIO, *, max_pixels: int, side: int = SIDE) -> bytes:
    """Return a WebP picture whose sides are at most `side` pixels, upright as people see it.

    A JPEG is decoded at an eighth to the whole of its size, as little as does, so that its time and memory follow the
    small picture's. Only what may be uploaded is opened, told by its bytes: the picture may come from a bucket at a
    manifest's word. Raises Unsupported and Invalid for what is no such picture, TooLarge beyond `max_pixels`.
    """
    try:
        with pictures.opened(source.read(), max_pixels=max_pixels) as image:
            image.draft("RGB", (side * 2, side * 2))
            upright = ImageOps.exif_transpose(image)
            small = _eight_bits(upright)
            small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
            out = io.BytesIO()
            small.save(out, "WEBP", quality=QUALITY, method=2)
            return out.getvalue()
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, TypeError) as error:
        raise Invalid(f"The picture cannot be made small: {error}", code="damaged") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that WebP has; of 16 bits the upper ones."""
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.convert("F").getextrema()
        width = max(float(high) - float(low), 1.0)  # type: ignore[arg-type]
        return image.convert("F").point(lambda value: (value - low) * 255 / width).convert("L").convert("RGB")
    return image.convert("RGBA" if image.mode in {"P", "LA", "PA", "RGBA"} else "RGB")
