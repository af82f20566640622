"""How a picture looks, in a few numbers: sharpness, exposure, a fingerprint that survives scaling, the camera.

All is measured on a small grey copy, so that a JPEG is decoded at an eighth to the whole of its size, as little as
does, and pictures of different sizes can be compared.
"""

from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from crowd.errors import Invalid, TooLarge
from crowd.formats import pictures

EDITION: Final = 1  # of these measures; a change asks for new ones
SIDE: Final = 512  # pixels of the longer side of the copy; smaller pictures are not enlarged
MOST_PIXELS: Final = 64_000_000  # that are decoded: what is no JPEG is decoded as a whole
DARK, BRIGHT = 8, 247  # of 0 to 255: what lies beyond shows nothing
LEAST_CONTRAST: Final = 2.0  # standard deviation of grey; below, a picture has nothing to be known by
_MAKE, _MODEL = 0x010F, 0x0110
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Looks:
    """How one picture looks.

    `fingerprint` has 64 bits, None for a picture of one grey. `sharpness` is the variance of the Laplacian, 0 and up;
    `brightness` the mean, 0 to 1; `dark` and `bright` the shares of pixels that are clipped, 0 to 1.
    """

    fingerprint: int | None
    sharpness: float
    brightness: float
    dark: float
    bright: float
    camera: str


def measure(source: bytes | BinaryIO, *, max_pixels: int) -> Looks:
    """Return how a picture that `pictures.inspect` accepts looks; Invalid where it cannot be read.

    TooLarge (`too_many_pixels`) where it has more than `max_pixels`, and (`too_large_to_look_at`) where more than
    `MOST_PIXELS` would have to be decoded.
    """
    raw = source if isinstance(source, bytes) else source.read()
    try:
        with pictures.opened(raw, max_pixels=max_pixels) as image:
            camera = camera_of(image)
            orientation = pictures.orientation_of(image)
            grey = _small(image)
    except pictures.BROKEN as fault:
        raise Invalid(f"The picture cannot be read: {fault}.", code="damaged") from fault
    if orientation in pictures.UPRIGHT:
        grey = grey.transpose(pictures.UPRIGHT[orientation])
    pixels = np.asarray(grey, dtype=np.float32)
    return Looks(
        fingerprint=fingerprint(grey) if float(pixels.std()) >= LEAST_CONTRAST else None,
        sharpness=sharpness(pixels),
        brightness=float(pixels.mean()) / 255,
        dark=float((pixels <= DARK).mean()),
        bright=float((pixels >= BRIGHT).mean()),
        camera=camera,
    )


def sharpness(pixels: NDArray[np.float32]) -> float:
    """Return the variance of the Laplacian (four neighbours) of grey values, shape (height, width), 0 to 255.

    0 where a side has fewer than three pixels. Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield
    microscopy", ICPR 2000.
    """
    if min(pixels.shape) < 3:
        return 0.0
    middle = pixels[1:-1, 1:-1]
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return float((around - 4 * middle).var(dtype=np.float64))


def fingerprint(grey: Image.Image) -> int:
    """Return 64 bits: of 9 × 8 cells, row by row, whether each is darker than the one to its right (dHash).

    Source: Krawetz, "Kind of like that", hackerfactor.com, 2013. Copies that were scaled, compressed again or made
    somewhat lighter differ in a few bits.
    """
    cells = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (cells[:, :-1] < cells[:, 1:]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def camera_of(image: Image.Image) -> str:
    """Return EXIF's make and model as one printable line, empty where there is none; nothing else is read of it."""
    exif = pictures.exif_of(image, _MAKE, _MODEL)
    told = [exif.get(_MAKE, ""), exif.get(_MODEL, "")]
    make, model = (" ".join("".join(filter(str.isprintable, str(one))).split()) for one in told)
    if model.lower().startswith(make.lower()):  # "Canon", "Canon EOS 5D"
        make = ""
    return f"{make} {model}".strip()[:_LONGEST]


def _small(image: ImageFile.ImageFile) -> Image.Image:
    """Return a grey copy, no side longer than `SIDE`."""
    image.draft("L", (SIDE, SIDE))
    if image.size[0] * image.size[1] > MOST_PIXELS:
        raise TooLarge("The picture is too large to look at as a whole.", code="too_large_to_look_at")
    grey = _grey(image)
    grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=None)
    return grey


def _grey(image: Image.Image) -> Image.Image:
    """Return the picture in grey; what is transparent lies on white, of 16 bits the upper ones are taken."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("L")
    return image.convert("L")
