"""Pictures made to keep a decoder busy: a few megabytes that would take minutes, or days, are refused at once."""

import io
import random
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from crowd.errors import CrowdError
from crowd.formats import looks, pictures, thumbnails
from tests.formats.samples import LIMITS, corners, encoded, png

MANY = 60_000
JPEG, GIF, PNG = encoded(corners(), "JPEG"), encoded(corners(mode="P"), "GIF"), encoded(corners(), "PNG")
PALETTE = 13 + (3 << (GIF[10] % 8 + 1))
FRAME = b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def scans(count: int) -> bytes:
    """A progressive JPEG with its last scan again and again, each without a single bit in it."""
    whole = encoded(corners(), "JPEG", progressive=True)
    header = whole[whole.rindex(b"\xff\xda") :]
    header = header[: 2 + int.from_bytes(header[2:4], "big")]
    return whole[:-2] + header * count + whole[-2:]


BUSY: dict[str, bytes] = {
    "EXIF that is joined piece by piece": JPEG[:2] + segment(0xE1, b"Exif\0\0x") * 200 + JPEG[2:],
    "comments": JPEG[:2] + segment(0xFE, b"x") * MANY + JPEG[2:],
    "fill bytes": JPEG[:2] + b"\xff" * MANY + JPEG[2:],
    "junk between segments": JPEG[:20] + b"x" * MANY + JPEG[20:],
    "escaped bytes": JPEG[:2] + b"\xff\0" * MANY + JPEG[2:],
    "markers that stand alone": JPEG[:2] + b"\xff\xd0" * MANY + JPEG[2:],
    "scans": scans(MANY),
    "chunks": PNG[:33] + chunk(b"zzZz", b"") * MANY + PNG[33:],
    "texts": PNG[:33] + chunk(b"tEXt", b"k\0v") * MANY + PNG[33:],
    "a comment a letter at a time": GIF[:PALETTE] + b"!\xfe" + b"\1x" * MANY + b"\0" + GIF[PALETTE:],
    "frames": GIF[:-1] + FRAME * MANY + b";",
    "padding": GIF[:PALETTE] + b"\0" * MANY + GIF[PALETTE:],
}


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize(
    "use",
    [
        lambda data: pictures.inspect(data, **LIMITS),
        lambda data: looks.measure(data, max_pixels=10**6),
        lambda data: thumbnails.shrink(io.BytesIO(data), max_pixels=10**6),
        lambda data: pictures.reduced(data, per_pixel=1.0, max_pixels=10**6),
    ],
    ids=["inspect", "measure", "shrink", "reduce"],
)
def test_a_picture_of_too_many_parts_is_refused_wherever_it_is_opened(
    name: str, use: Callable[[bytes], object]
) -> None:
    with pytest.raises(CrowdError) as raised:
        use(BUSY[name])
    assert raised.value.code in {"too_many_parts", "damaged"}, name


def test_the_scans_that_encoders_write_are_not_too_many() -> None:
    assert pictures.inspect(scans(40), **LIMITS).width == 64


def test_a_large_picture_may_have_fewer_scans_than_a_small_one() -> None:
    from crowd.formats import parts

    data = scans(40)
    parts.check_scans(data, pixels=10_000_000)
    with pytest.raises(CrowdError, match="far more parts"):
        parts.check_scans(data, pixels=150_000_000)
    parts.check_scans(encoded(corners(), "JPEG", progressive=True), pixels=150_000_000)


def test_a_preview_inside_exif_is_no_scan_too_many() -> None:
    preview = encoded(corners(16, 10), "JPEG")
    whole = encoded(corners(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + preview)
    assert pictures.inspect(whole, **LIMITS).width == 64


def test_what_lies_behind_a_picture_is_no_part_of_it() -> None:
    """As the video behind a motion photo."""
    video = random.Random(8).randbytes(8_000_000)
    assert video.count(b"\xff\xda") > 100
    for picture in (JPEG, encoded(corners(), "JPEG", progressive=True), scans(40)):
        assert pictures.inspect(picture + video, **{**LIMITS, "max_bytes": 10**7}).width == 64


def test_scans_hidden_behind_a_marker_without_a_body_are_counted() -> None:
    from crowd.formats import parts

    whole = scans(200)
    header = whole.index(b"\xff\xda")
    inside = header + 2 + int.from_bytes(whole[header + 2 : header + 4], "big")
    for marker in (b"\xff\x01", b"\xff\x02", b"\xff\xd0", b"\xff\x00"):  # were there a length, it would reach far
        with pytest.raises(CrowdError, match="far more parts"):
            parts.check_scans(whole[:inside] + marker + b"\xf0\xf0" + whole[inside:], pixels=64)


NO_UPLOADS = {
    "EPS, which Pillow hands to another program": encoded(corners(), "EPS"),
    "TIFF": encoded(corners(), "TIFF"),
    "PPM": encoded(corners(), "PPM"),
    "PCX": encoded(corners(), "PCX"),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "HTML": b"<html><script>alert(1)</script>",
}


@pytest.mark.parametrize("name", NO_UPLOADS)
def test_a_small_picture_is_made_only_of_what_may_be_uploaded(name: str) -> None:
    """What a manifest speaks of is opened here for the first time."""
    with pytest.raises(CrowdError) as raised:
        thumbnails.shrink(io.BytesIO(NO_UPLOADS[name]), max_pixels=10**6)
    assert raised.value.code in {"unsupported_type", "svg_refused"}


@pytest.mark.parametrize(
    "bomb",
    [
        png(40_000, 40_000),
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2,
        encoded(Image.new("1", (2000, 1000)), "PNG"),
    ],
    ids=["PNG", "WebP", "a sound one beyond the limit"],
)
def test_a_bomb_that_nobody_inspected_is_not_decoded_for_a_small_picture(bomb: bytes) -> None:
    for use in (thumbnails.shrink, looks.measure):
        with pytest.raises(CrowdError) as raised:
            use(io.BytesIO(bomb), max_pixels=10**6)
        assert raised.value.code == "too_many_pixels"
