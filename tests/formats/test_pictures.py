"""What is a picture here, and what is not."""

import gzip
import hashlib
import io
import struct
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from crowd.errors import CrowdError, Invalid, TooLarge, Unsupported
from crowd.formats.pictures import Picture, inspect, thumbnail
from tests.formats.samples import LIMITS, corners, encoded, exif, png

FORMATS = {
    "JPEG": ("jpeg", "image/jpeg", "jpg"),
    "PNG": ("png", "image/png", "png"),
    "WEBP": ("webp", "image/webp", "webp"),
    "GIF": ("gif", "image/gif", "gif"),
    "BMP": ("bmp", "image/bmp", "bmp"),
}


def code_of(data: bytes, **limits: int) -> str:
    with pytest.raises(CrowdError) as raised:
        inspect(data, **(LIMITS | limits))
    return raised.value.code


@pytest.mark.parametrize("kind", FORMATS)
def test_the_facts_are_read_from_the_bytes(kind):
    data = encoded(corners(), kind)
    name, content_type, extension = FORMATS[kind]

    assert inspect(data, **LIMITS) == Picture(
        sha256=hashlib.sha256(data).hexdigest(),
        format=name,
        content_type=content_type,
        extension=extension,
        width=64,
        height=40,
        orientation=1,
        bytes=len(data),
    )


def test_an_open_file_is_read_no_further_than_the_limit():
    data = encoded(corners(), "PNG")
    assert inspect(io.BytesIO(data), **LIMITS) == inspect(data, **LIMITS)

    endless = io.BytesIO(data * 100)
    with pytest.raises(TooLarge) as raised:
        inspect(endless, max_bytes=50, max_pixels=10_000)
    assert raised.value.code == "too_large"
    assert endless.tell() == 51


@pytest.mark.parametrize(
    ("image", "options"),
    [
        pytest.param(("JPEG", corners(mode="CMYK")), {}, id="CMYK"),
        pytest.param(("JPEG", corners(mode="L")), {}, id="grey JPEG"),
        pytest.param(("JPEG", corners()), {"progressive": True}, id="progressive"),
        pytest.param(("PNG", corners(mode="P")), {}, id="palette"),
        pytest.param(("PNG", corners(mode="P")), {"transparency": b"\x00\x80\xff"}, id="palette with transparency"),
        pytest.param(("PNG", corners(mode="L").convert("I;16")), {}, id="16 bit"),
        pytest.param(("PNG", corners(mode="1")), {}, id="1 bit"),
        pytest.param(("PNG", corners(mode="RGBA")), {}, id="transparent"),
        pytest.param(("PNG", corners(mode="LA")), {}, id="transparent grey"),
        pytest.param(("WEBP", corners(mode="RGBA")), {"lossless": True}, id="lossless WebP"),
        pytest.param(("WEBP", corners()), {"exif": exif(1)}, id="extended WebP"),
        pytest.param(("GIF", corners(mode="P")), {"interlace": 1}, id="interlaced"),
        pytest.param(("BMP", corners(mode="1")), {}, id="1 bit BMP"),
    ],
)
def test_every_kind_of_pixel_is_accepted_and_has_a_thumbnail(image, options):
    data = encoded(image[1], image[0], **options)

    picture = inspect(data, **LIMITS)
    with Image.open(io.BytesIO(thumbnail(data, side=32))) as small:
        assert (picture.width, picture.height) == (64, 40)
        assert (small.format, small.size) == ("WEBP", (32, 20))


def test_a_phones_picture_of_several_is_its_first():
    data = encoded(corners(), "MPO", save_all=True, append_images=[corners(20, 20)])
    picture = inspect(data, **LIMITS)

    assert (picture.format, picture.width, picture.height) == ("jpeg", 64, 40)


def test_a_film_behind_a_picture_does_no_harm():
    data = encoded(corners(), "JPEG") + b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 10 + b"\xff\xda"

    assert inspect(data, **LIMITS).bytes == len(data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_as_people_see_them(orientation):
    data = encoded(corners(), "JPEG", exif=exif(orientation), quality=95)

    picture = inspect(data, **LIMITS)

    assert picture.orientation == orientation
    assert (picture.width, picture.height) == ((64, 40) if orientation < 5 else (40, 64))


# where the red, green, blue and white quarters are seen: left top, right top, left bottom, right bottom
# (EXIF 2.32, tag 274: which visual side the stored first row and first column are)
SEEN = {1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_thumbnail_is_upright(orientation):
    data = encoded(corners(640, 400), "JPEG", exif=exif(orientation), quality=95)

    with Image.open(io.BytesIO(thumbnail(data, side=64))) as opened:
        small = opened.convert("RGB")
    picture = inspect(data, **LIMITS)
    width, height = small.size
    names = {(255, 0, 0): "r", (0, 255, 0): "g", (0, 0, 255): "b", (255, 255, 255): "w"}
    seen = ""
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        found = small.getpixel((int(x * width), int(y * height)))
        nearest = min(names, key=lambda color: sum((a - b) ** 2 for a, b in zip(color, found, strict=True)))
        seen += names[nearest]

    assert seen == SEEN[orientation]
    assert (width > height) == (picture.width > picture.height)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_turn_that_browsers_show_differently_is_refused(kind):
    assert code_of(encoded(corners(), kind, exif=exif(6))) == "ambiguous_orientation"
    assert inspect(encoded(corners(), kind, exif=exif(1)), **LIMITS).orientation == 1


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_counts_as_upright(orientation):
    assert inspect(encoded(corners(), "JPEG", exif=exif(orientation)), **LIMITS).orientation == 1


def test_a_damaged_exif_block_counts_as_upright():
    for block in (
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0",
        b"Exif\0\0nonsense",
    ):
        assert inspect(encoded(corners(), "JPEG", exif=block), **LIMITS).orientation == 1


def test_xmp_does_not_turn_a_picture_as_no_browser_heeds_it():
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )

    assert inspect(encoded(corners(), "JPEG", xmp=xmp), **LIMITS).orientation == 1


def test_nothing_is_no_picture():
    assert code_of(b"") == "empty"
    with pytest.raises(Invalid, match="empty"):
        inspect(io.BytesIO(), **LIMITS)


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a comment -->\n<!DOCTYPE svg>\n<SVG onload="alert(1)"/>',
        '<?xml version="1.0" encoding="utf-16"?><svg/>'.encode("utf-16"),
        b"\n\n  <s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
    ],
)
def test_svg_is_refused_by_name(data):
    with pytest.raises(Unsupported, match="SVG can carry scripts") as raised:
        inspect(data, **LIMITS)
    assert raised.value.code == "svg_refused"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded(corners(), "TIFF"), "a TIFF"),
        (b"\0\0\0\x1cftypavif" + bytes(20), "a HEIC, AVIF or video file"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
        (gzip.compress(b"<svg/>", mtime=0), "a gzip file"),
        (b"<html><script>alert(1)</script>", "no picture that is known here"),
        (encoded(corners(), "ICO"), "no picture that is known here"),
        (encoded(corners(), "PPM"), "no picture that is known here"),
        (b"BM" + b"x" * 10, "no picture that is known here"),
        (b"\x89PNG", "no picture that is known here"),
    ],
)
def test_any_other_type_is_refused_with_what_it_is(data, name):
    with pytest.raises(Unsupported, match=f"This is {name}") as raised:
        inspect(data, **LIMITS)
    assert raised.value.code == "unsupported_type"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_moves_is_refused(kind):
    data = encoded(corners(), kind, save_all=True, append_images=[corners().rotate(180)], duration=100)

    assert code_of(data) == "animated"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": exif(6)}])
def test_a_jpeg_cut_anywhere_is_truncated(options):
    whole = encoded(corners(), "JPEG", **options)

    assert {code_of(whole[:end]) for end in range(3, len(whole), 7)} <= {"truncated", "damaged"}
    assert {code_of(whole[:end]) for end in (len(whole) // 2, len(whole) - 2, len(whole) - 1)} == {"truncated"}


def test_a_jpeg_cut_behind_its_preview_is_truncated():
    preview = encoded(corners(16, 10), "JPEG")
    whole = encoded(corners(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + preview)

    assert inspect(whole, **LIMITS).width == 64
    assert code_of(whole[:-2]) == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP"])
def test_a_picture_cut_anywhere_is_truncated(kind):
    whole = encoded(corners(), kind)
    ends = {30, len(whole) // 3, len(whole) // 2, len(whole) - 20, len(whole) - 2, len(whole) - 1}

    assert {code_of(whole[:end]) for end in ends} == {"truncated"}


def test_a_damaged_picture_is_refused():
    whole = bytearray(encoded(Image.effect_noise((64, 40), 60), "PNG"))
    whole[len(whole) // 2] ^= 0xFF

    assert code_of(bytes(whole)) == "damaged"
    assert code_of(b"\xff\xd8\xff\xe0" + bytes(50)) == "damaged"
    assert code_of(png(0, 40)) == "damaged"
    assert code_of(b"GIF89a" + bytes(20) + b";") == "damaged"


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(png(100_000, 100_000), id="PNG"),
        pytest.param(b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", id="GIF"),
        pytest.param(
            b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2, id="WebP's canvas of 2^48 pixels"
        ),
        pytest.param(b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\xff" + bytes(5), id="lossless WebP"),
        pytest.param(b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f", id="lossy WebP"),
        pytest.param(
            b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0), id="BMP"
        ),
    ],
)
def test_a_bomb_is_refused_by_its_header_and_costs_nothing(bomb):
    tracemalloc.start()
    try:
        assert code_of(bomb) == "too_many_pixels"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_jpeg_bomb_is_refused_by_its_header():
    data = bytearray(encoded(corners(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)

    assert code_of(bytes(data)) == "too_many_pixels"


def test_the_limit_of_pixels_is_exact_and_may_be_above_pillows_own():
    data = encoded(corners(40, 25), "PNG")

    assert inspect(data, max_bytes=10_000, max_pixels=1000).width == 40
    assert code_of(data, max_pixels=999) == "too_many_pixels"
    large = encoded(Image.new("1", (20_000, 10_000)), "PNG")
    assert inspect(large, max_bytes=10_000_000, max_pixels=200_000_000).width == 20_000


def test_a_zip_bomb_in_a_text_chunk_is_refused():
    import zlib

    whole = encoded(corners(), "PNG")
    body = b"Comment\0\0" + zlib.compress(bytes(200_000_000))
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    bomb = whole[:33] + chunk + whole[33:]

    assert code_of(bomb) == "damaged"


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from([*FORMATS]),
    place=st.floats(0, 1, exclude_max=True),
    change=st.binary(min_size=1, max_size=8),
    cut=st.booleans(),
)
@example(kind="JPEG", place=0.01, change=b"\xff\xda", cut=True)
def test_no_bytes_do_more_than_be_refused(kind, place, change, cut):
    whole = encoded(corners(), kind)
    at = int(place * len(whole))
    data = whole[:at] + change + (b"" if cut else whole[at + len(change) :])
    try:
        picture = inspect(data, **LIMITS)
    except CrowdError:
        return
    assert picture.width * picture.height <= LIMITS["max_pixels"]
    thumbnail(data, side=16)


def test_a_large_jpeg_is_proven_whole_without_decoding_it_at_full_size():
    data = encoded(Image.new("RGB", (8000, 6000), "gray"), "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        image.draft(None, (1, 1))
        assert image.size == (1000, 750)

    assert inspect(data, max_bytes=10_000_000, max_pixels=50_000_000).width == 8000


def test_equal_pictures_have_equal_thumbnails():
    data = encoded(corners(), "PNG")

    assert thumbnail(data, side=32) == thumbnail(data, side=32)


def test_sixteen_bits_become_eight_by_scale_not_by_clipping():
    data = encoded(Image.new("I;16", (8, 8), 0x8000), "PNG")

    with Image.open(io.BytesIO(thumbnail(data, side=8))) as small:
        assert all(abs(level - 128) <= 1 for level in small.convert("RGB").getpixel((4, 4)))
