"""Pictures as they come from outside: what they are, judged by their bytes, and whether they are whole.

Accepted is what every browser shows as one still image and Pillow decodes safely: JPEG (also the first picture of an
MPO, as phones write them, and CMYK), PNG (also 16 bit), WebP, GIF and BMP, as long as they do not move. Refused by name
is SVG, which is a program as much as a picture, and whatever else is no such image.

Width and height are those that people see, with the EXIF orientation applied, as browsers do for JPEG. In other formats
browsers differ, so one that carries an orientation is refused, rather than labelled with coordinates of two meanings.
"""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from PIL import Image, ImageFile, UnidentifiedImageError

from crowd.errors import Invalid, TooLarge
from crowd.formats import parts, signatures

# every picture passes through this file, which has a limit of its own
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False

ORIENTATION_TAG: Final = 0x0112
UPRIGHT: Final[dict[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# what Pillow raises, from file to file, for bytes that are no sound picture
BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, ArithmeticError)
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """The facts of one picture; width and height in pixels as people see it."""

    sha256: str
    format: str
    content_type: str
    extension: str
    width: int
    height: int
    orientation: int
    bytes: int


def inspect(data: bytes | BinaryIO, *, max_bytes: int, max_pixels: int) -> Picture:
    """Return the facts of a picture that is whole.

    Parameters
    ----------
    data : bytes or a binary file
        Read from where it stands, and no further than `max_bytes` and one.
    max_bytes, max_pixels : int
        The pixels are counted from the header, before any is decoded, so a bomb costs nothing.

    Raises
    ------
    Invalid
        `empty`, `truncated`, `damaged`, `animated`, `ambiguous_orientation`, `too_many_parts`.
    TooLarge
        `too_large` (bytes), `too_many_pixels`.
    Unsupported
        `svg_refused`, `unsupported_type`.
    """
    raw = data if isinstance(data, bytes) else data.read(max_bytes + 1)
    if not raw:
        raise Invalid("The file is empty.", code="empty")
    if len(raw) > max_bytes:
        raise TooLarge(f"The file is larger than {max_bytes:,} bytes.", code="too_large")
    kind = _kind(raw)
    signatures.check_length(raw, kind=kind)
    if kind is signatures.WEBP:
        _check_pixels(signatures.webp_size(raw), max_pixels=max_pixels)  # opening one allocates its canvas
    with _open(raw, kind=kind) as image:
        picture = _facts(image, kind, sha256=hashlib.sha256(raw).hexdigest(), size=len(raw), max_pixels=max_pixels)
        _decode(image)
    return picture


def glance(head: bytes, *, sha256: str, size: int, max_pixels: int) -> Picture | None:
    """Return the facts of a JPEG or PNG whose SHA-256 is known, by its first bytes; None where these do not do.

    Whether it is whole is not looked at. Raises as `inspect` does.
    """
    kind = _kind(head)
    if kind not in (signatures.JPEG, signatures.PNG):
        return None
    try:
        with _open(head, kind=kind) as image:
            return _facts(image, kind, sha256=sha256, size=size, max_pixels=max_pixels)
    except Invalid as fault:
        if fault.code in {"damaged", "truncated"}:  # a header longer than what was read
            return None
        raise


def _facts(image: ImageFile.ImageFile, kind: signatures.Kind, *, sha256: str, size: int, max_pixels: int) -> Picture:
    """Return what the header says, or raise for a picture that is not taken."""
    _check_pixels(image.size, max_pixels=max_pixels)
    if kind is not signatures.JPEG and _moves(image):
        raise Invalid("The picture moves; only single images can be labelled.", code="animated")
    orientation = orientation_of(image)
    if orientation != 1 and kind is not signatures.JPEG:
        raise Invalid(
            f"This {kind.name} carries a turn ({orientation}) that browsers show differently; save it upright.",
            code="ambiguous_orientation",
        )
    width, height = image.size
    if orientation >= 5:
        width, height = height, width
    return Picture(
        sha256=sha256,
        format=kind.name.lower(),
        content_type=kind.content_type,
        extension=kind.extension,
        width=width,
        height=height,
        orientation=orientation,
        bytes=size,
    )


def thumbnail(data: bytes, *, side: int) -> bytes:
    """Return a WebP no wider and no higher than `side` pixels, upright, of a picture that `inspect` has accepted."""
    kind = _kind(data)
    with _open(data, kind=kind) as image:
        orientation = orientation_of(image)
        image.draft(None, (side, side))  # JPEG only: decode at an eighth, a quarter or a half where that is enough
        profile = image.info.get("icc_profile") if image.mode != "CMYK" else None
        small = _displayable(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    if orientation in UPRIGHT:
        small = small.transpose(UPRIGHT[orientation])
    target = io.BytesIO()
    small.save(target, "WEBP", quality=80, method=4, icc_profile=profile or b"")
    return target.getvalue()


def reduced(data: bytes, *, per_pixel: float, max_pixels: int) -> Image.Image | None:
    """Return a picture upright, RGB or RGBA, a JPEG as small as `per_pixel` lets it be; Invalid for a damaged one.

    `per_pixel` is how many of the picture's pixels, along a side, may become one. None where more than `max_pixels`
    would have to be decoded.
    """
    kind = _kind(data)
    with _open(data, kind=kind) as image:
        width, height = image.size
        part = 1
        while part < 8 and (2 * part <= per_pixel or width * height > max_pixels * part**2):
            part *= 2
        image.draft(None, (max(1, width // part), max(1, height // part)))
        if image.size[0] * image.size[1] > max_pixels:
            return None
        orientation = orientation_of(image)
        try:
            small = _displayable(image)
        except BROKEN as fault:
            raise _damaged(fault) from fault
    return small.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else small


def opened(raw: bytes, *, max_pixels: int) -> ImageFile.ImageFile:
    """Return a picture with its header read, told by its first bytes; Invalid where that is damaged.

    For pictures that nobody has inspected, as they were taken at a manifest's word, the limit of pixels is judged here:
    of a progressive JPEG all are kept in memory even where it is decoded at an eighth.
    """
    kind = _kind(raw)
    if kind is signatures.WEBP:
        _check_pixels(signatures.webp_size(raw), max_pixels=max_pixels)  # opening one allocates its canvas
    image = _open(raw, kind=kind)
    _check_pixels(image.size, max_pixels=max_pixels)
    return image


def _kind(raw: bytes) -> signatures.Kind:
    """Return the format of the bytes; Unsupported for what is none, Invalid where it is made to keep decoders busy."""
    kind = signatures.recognise(raw)
    parts.check(raw, kind=kind)
    return kind


def _open(raw: bytes, *, kind: signatures.Kind) -> ImageFile.ImageFile:
    """Read the header. Pillow warns of oddities that do not matter here; silencing it is not safe from two threads."""
    try:
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(raw), formats=[kind.name])
    except UnidentifiedImageError as fault:
        raise Invalid(f"The {kind.name} is damaged in its header.", code="damaged") from fault
    except BROKEN as fault:
        raise _damaged(fault) from fault
    if kind is signatures.JPEG:
        parts.check_scans(raw, pixels=image.size[0] * image.size[1])
    return image


def _decode(image: ImageFile.ImageFile) -> None:
    """Decode every pixel, or raise Invalid; a JPEG at an eighth of its size, for which all of its data is read too."""
    image.draft(None, (1, 1))
    try:
        image.load()
    except BROKEN as fault:
        raise _damaged(fault) from fault


def _damaged(fault: Exception) -> Invalid:
    if isinstance(fault, EOFError) or "truncated" in str(fault).lower():
        return Invalid("The picture ends before it should; send the whole file.", code="truncated")
    return Invalid(f"The picture is damaged: {fault}.", code="damaged")


def _moves(image: ImageFile.ImageFile) -> bool:
    """Tell whether there is a second frame; counting them all would read a million."""
    try:
        return bool(getattr(image, "is_animated", False))
    except BROKEN as fault:
        raise _damaged(fault) from fault


def _check_pixels(size: tuple[int, int], *, max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise Invalid("The picture has no pixels.", code="damaged")
    if width * height > max_pixels:
        raise TooLarge(
            f"The picture has {width:,} × {height:,} pixels; {max_pixels:,} at most are accepted.",
            code="too_many_pixels",
        )


def orientation_of(image: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where there is none or it cannot be read, as browsers take it.

    Pillow's own `getexif()` would also take it from XMP, which no browser does.
    """
    value = exif_of(image, ORIENTATION_TAG).get(ORIENTATION_TAG, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def exif_of(image: Image.Image, *tags: int) -> dict[int, Any]:
    """Return what EXIF says of these tags; nothing where there is none or it cannot be read."""
    exif = Image.Exif()
    try:
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif.load(image.info.get("exif", b""))
            return {tag: exif[tag] for tag in tags if tag in exif}
    except (*BROKEN, signatures.StructError):
        return {}


def _displayable(image: Image.Image) -> Image.Image:
    """Return the pixels as 8-bit RGB, or RGBA where some may be transparent."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    transparent = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")
