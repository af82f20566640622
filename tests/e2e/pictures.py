"""Images with a red rectangle at a known place, and the finding of it on the screen."""

import io

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Page

RED = (230, 0, 0)
SIZE = (300, 200)
RECTANGLE = (60, 40, 160, 120)  # left, top, right, bottom
BOX = [60, 40, 100, 80]
TURNED = 6  # EXIF: the camera was held upright; the pixels are to be turned a quarter clockwise


def picture(*, orientation: int = 1, seed: int = 0) -> bytes:
    """A white image with the rectangle as people see it, whatever way its pixels are stored."""
    image = Image.new("RGB", SIZE, (255 - 4 * seed, 255, 255))
    left, top, right, bottom = RECTANGLE
    ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=RED)
    exif = Image.Exif()
    if orientation == TURNED:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = TURNED
    out = io.BytesIO()
    image.save(out, "JPEG", quality=100, subsampling=0, exif=exif)
    return out.getvalue()


def red_on_screen(page: Page, *, density: float = 1) -> tuple[float, float, float, float]:
    """Where the rectangle is in the window, in CSS pixels: left, top, right, bottom."""
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    red = (shot[..., 0] > 200) & (shot[..., 1] < 60) & (shot[..., 2] < 60)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return left / density, top / density, right / density, bottom / density
