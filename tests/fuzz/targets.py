"""What is fed: each target takes one spoilt input and may refuse it, in its own words alone."""

import contextlib
import copy
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from html.parser import HTMLParser
from random import Random
from typing import Any

from PIL import Image

from crowd.egress import Allowed, check
from crowd.errors import CrowdError
from crowd.formats import looks, pictures, strict_json, thumbnails
from crowd.formats.readers import coco, manifest, voc, yolo
from crowd.formats.readers.sets import Folder, Item
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.importing import read_labels
from crowd.labels.schema import parse_schema, schema_to_json
from crowd.storage.base import checked
from crowd.storage.sources import Sources, check_key, split_location
from crowd.web.prose import TAGS, prose
from tests.formats.samples import LIMITS, corners, encoded, exif
from tests.fuzz import mutations
from tests.labels.example import ANNOTATION, HEIGHT, SCHEMA, WIDTH

READ = parse_schema(SCHEMA)
SOURCES = Sources.parse(["s3://b/p/", "https://a.example/open"], storage_url="file:///nowhere")
PICTURES = [
    encoded(corners(), "JPEG", exif=exif(6)),
    encoded(corners(), "JPEG", progressive=True, comment=b"x"),
    encoded(corners(mode="CMYK"), "JPEG"),
    encoded(corners(), "PNG"),
    encoded(corners(mode="P"), "PNG", transparency=b"\0\1"),
    encoded(Image.new("I;16", (9, 9), 7), "PNG"),
    encoded(corners(), "WEBP", exif=exif(1)),
    encoded(corners(mode="RGBA"), "WEBP", lossless=True),
    encoded(corners(mode="P"), "GIF", interlace=1),
    encoded(corners(mode="1"), "BMP"),
    encoded(corners(), "TIFF"),
]
COCO: dict[str, Any] = {
    "categories": [{"id": 1, "name": "car", "keypoints": ["a"], "skeleton": [[1, 1]]}],
    "images": [{"id": 7, "file_name": "a/b.png", "width": 64, "height": 48}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [[2, 2, 20, 2, 20, 10]]},
        {"id": 2, "image_id": 7, "category_id": 1, "segmentation": {"counts": [10, 10, 3052], "size": [48, 64]}},
        {"id": 3, "image_id": 7, "category_id": 1, "segmentation": {"counts": "P`0", "size": [48, 64]}},
        {"id": 4, "image_id": 7, "category_id": 1, "keypoints": [4, 5, 2]},
    ],
}
YAML = "names: {0: car, 1: 'p'}\nkpt_shape: [2, 3]\n"
LINES = "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.2 0.2 0.3 0.3\n"
VOC = (
    "<annotation><filename>a.png</filename><object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
    "<xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>"
)
CVAT = (
    '[{"name": "car", "type": "skeleton", "svg": "<line x1=\'1\'/>", "attributes": [{"name": "a", "values": ["1"]}]}]'
)
STUDIO = (
    '<View><Image name="i" value="$i"/><RectangleLabels name="l" toName="i"><Label value="car"/></RectangleLabels>'
    "</View>"
)
CSV = (
    'url,name,width,height,sha256,metadata,other\ns3://b/p/a,"x",3,4,'
    + "a" * 64
    + ',"{""a"":1}",z\nhttps://a.example/b,,,,,,\n'
)
PROSE = (
    '# A [link](https://a.example "t") ![i](x.png)\n\n| a | b |\n|---|---|\n| `c` | <b onclick=x>d</b> |\n\n> e\n1. f\n'
)


def packed(**files: bytes | str) -> bytes:
    """An archive of the files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def picture(rng: Random) -> None:
    """Every place where a picture is opened."""
    data = mutations.raw(rng.choice(PICTURES), rng)
    uses: list[Callable[[], object]] = [
        lambda: pictures.inspect(data, **LIMITS),
        lambda: pictures.glance(data[:200], sha256="0" * 64, size=10**6, max_pixels=10**6),
        lambda: pictures.reduced(data, per_pixel=1.0, max_pixels=10**6),
        lambda: looks.measure(data, max_pixels=10**6),
        lambda: thumbnails.shrink(io.BytesIO(data), max_pixels=10**6),
    ]
    for use in uses:
        _refused(use)


def _refused(use: Callable[[], object]) -> None:
    with contextlib.suppress(CrowdError):  # and nothing else
        use()


def _items(data: bytes, name: str, read: Callable[[Folder], Iterable[Item]]) -> None:
    def use() -> None:
        folder = Folder(io.BytesIO(data), name=name)
        for item in read(folder):
            json.dumps(asdict(item), allow_nan=False).encode()
            if item.member:
                _refused(lambda member=item.member: folder.read(member, most=1000))  # type: ignore[misc]

    _refused(use)


def set_of_coco(rng: Random) -> None:
    """A COCO file, alone and in an archive with its images."""
    told = json.dumps(mutations.document(COCO, rng))
    _items(told.encode(), "a.json", coco.read)
    _items(packed(**{"a.json": mutations.text(told, rng), "a/b.png": b"x"}), "a.zip", coco.read)


def set_of_yolo(rng: Random) -> None:
    """A YOLO set."""
    yaml = mutations.text(YAML, rng) if rng.random() < 0.6 else YAML
    _items(packed(**{"data.yaml": yaml, "a.txt": mutations.text(LINES, rng), "a.png": b"x"}), "a.zip", yolo.read)


def set_of_voc(rng: Random) -> None:
    """A VOC document."""
    _items(mutations.text(VOC, rng).encode(), "a.xml", voc.read)


def archive(rng: Random) -> None:
    """An archive that is damaged."""
    whole = packed(**{"a.json": json.dumps(COCO), "a/b.png": b"x" * 50, "../c.png": b"y"})
    _items(mutations.raw(whole, rng), "a.zip", coco.read)


def rows(rng: Random) -> None:
    """A manifest, as CSV and as lines of JSON; what is read of it meets the list of sources."""
    table = mutations.text(CSV, rng).encode() if rng.random() < 0.5 else mutations.raw(CSV.encode(), rng)
    lines = mutations.raw(b"\n".join(json.dumps(row).encode() for row in csv.DictReader(io.StringIO(CSV))), rng)

    def find(url: str) -> object:
        return SOURCES.bucket(*split_location(url)) if url.startswith("s3:") else SOURCES.site(url)

    def use(data: bytes, kind: str) -> None:
        for line in manifest.read(io.BytesIO(data), kind=kind):
            if line.row is not None:
                _refused(partial(find, line.row.url))

    _refused(lambda: use(table, "csv"))
    _refused(lambda: use(lines, "jsonl"))


def annotation(rng: Random) -> None:
    """An annotation as its bytes come; what is accepted can be kept, and is accepted again as the same."""
    told = json.dumps(mutations.document(copy.deepcopy(ANNOTATION), rng))

    def use(data: bytes) -> None:
        read = parse_annotation(strict_json.loads(data), schema=READ, width=WIDTH, height=HEIGHT, complete=False)
        kept = json.dumps(annotation_to_json(read), allow_nan=False)
        assert "\\u0000" not in kept
        again = parse_annotation(json.loads(kept), schema=READ, width=WIDTH, height=HEIGHT, complete=False)
        assert again == read

    _refused(lambda: use(told.encode()))
    _refused(lambda: use(mutations.text(told, rng).encode()))


def schema(rng: Random) -> None:
    """A schema, our own and those of other tools."""
    told = json.dumps(mutations.document(copy.deepcopy(SCHEMA), rng))
    _refused(lambda: schema_to_json(parse_schema(strict_json.loads(told.encode()))))
    for name, given in (("coco", json.dumps(COCO)), ("cvat", CVAT), ("label_studio", STUDIO)):
        spoilt = mutations.text(given, rng)
        _refused(lambda name=name, spoilt=spoilt: read_labels(spoilt, format_name=name))  # type: ignore[misc]


def address(rng: Random) -> None:
    """An address to call, and a key to keep something under."""
    url = mutations.text("https://user@[::ffff:127.0.0.1]:8080/a%2e/..;b?c=d#e", rng)
    _refused(lambda: check(url, allowed=Allowed(), resolve=lambda *_: ["127.0.0.1"]))
    _refused(lambda: SOURCES.site(url))
    for use in (checked, check_key):
        key = mutations.text("projects/1/images/ab/cd", rng)
        _refused(lambda use=use, key=key: use(key))  # type: ignore[misc]


def guideline(rng: Random) -> None:
    """A guideline's text: whatever it says, its HTML runs nothing."""
    html = prose(mutations.text(PROSE, rng))
    Elements().feed(html)


class Elements(HTMLParser):
    """Looks at what a browser would make of the HTML."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Refuse what prose never has."""
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in {"href", "src", "title", "alt", "start", "rel"}, name
            assert name not in {"href", "src"} or not (value or "").strip().lower().startswith(("javascript", "data"))


TARGETS: dict[str, Callable[[Random], None]] = {
    one.__name__: one
    for one in (
        *(picture, set_of_coco, set_of_yolo, set_of_voc, archive, rows, annotation, schema, address, guideline),
    )
}
