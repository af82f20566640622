"""A picture of a known disc on a noisy ground."""

import io

import numpy as np
from PIL import Image

from crowd.geometry import Mask, masks


def disc(width: int, height: int) -> np.ndarray:
    """Its pixels."""
    rows, columns = np.ogrid[:height, :width]
    reach = 0.2 * min(width, height)
    return (columns + 0.5 - 0.45 * width) ** 2 + (rows + 0.5 - 0.5 * height) ** 2 <= reach**2


def scene(width: int, height: int, *, kind: str = "JPEG", orientation: int = 1) -> bytes:
    """A red disc, a second red thing beside it, green noise around; stored turned where EXIF says so."""
    noise = np.random.default_rng(3).normal(0, 14, (height, width, 1))
    pixels = np.full((height, width, 3), (110.0, 150.0, 105.0))
    pixels[disc(width, height)] = (200, 60, 40)
    pixels[: height // 6, int(0.8 * width) :] = (200, 60, 40)
    image = Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    if orientation == 6:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 92, "exif": exif} if kind == "JPEG" else {}))
    return out.getvalue()


def box(width: int, height: int) -> tuple[float, float, float, float]:
    """A rough box around the disc."""
    side = 0.52 * min(width, height)
    return 0.45 * width - side / 2, 0.5 * height - side / 2, side, side


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & truth).sum() / (found | truth).sum())


def pixels_of(mask: dict) -> np.ndarray:
    """The pixels of a mask as JSON has it."""
    height, width = mask["size"]
    return masks.decode(Mask(height=height, width=width, counts=mask["counts"]))
