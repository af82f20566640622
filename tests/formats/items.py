"""Release items: one of every shape, and any number of made-up ones."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from crowd.formats import WRITERS, ImageFacts, LineageStep, Meta, ReleaseItem, Report
from crowd.geometry import masks
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.labels import example

SCHEMA = parse_schema(example.SCHEMA)
NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
META = Meta(project="harbour", release=3, created_at=NOON, note="Third cut")
WIDTH, HEIGHT = 64, 48


def item(number: int = 1, annotation: Annotation | None = None, **changes: Any) -> ReleaseItem:
    """The item of image `number`, 64 by 48 pixels."""
    facts = {
        "task": number + 100,
        "image": ImageFacts(id=number, name=f"image {number}.jpg", sha256=f"{number:064x}", width=WIDTH, height=HEIGHT),
        "annotation": annotation or Annotation(),
        "confidence": 0.97,
        "agreement": 0.875,
        "method": "dawid_skene",
        "guideline": 2,
        "by": None,
        "resolved_at": NOON + timedelta(minutes=number),
        "lineage": (LineageStep("a7", "w1", 2, 0.75), LineageStep("b8", "w2", 1, 0.5)),
        "split": None,
    }
    return ReleaseItem(**(facts | changes))


def everything() -> ReleaseItem:
    """One item with every kind of answer and every shape, on an image of 30 by 20 pixels."""
    annotation = parse_annotation(example.ANNOTATION, schema=SCHEMA, width=example.WIDTH, height=example.HEIGHT)
    facts = ImageFacts(id=7, name="every shape.png", sha256="7" * 64, width=example.WIDTH, height=example.HEIGHT)
    return item(7, annotation, image=facts)


def written(
    name: str, items: Iterable[ReleaseItem], *, schema: Any = SCHEMA, meta: Meta = META
) -> tuple[bytes, Report]:
    """The bytes of one format, and its report."""
    sink = io.BytesIO()
    report = WRITERS[name].write(iter(items), schema=schema, sink=sink, meta=meta)
    return sink.getvalue(), report


def many(count: int) -> Iterator[ReleaseItem]:
    """As many items as wanted, none of them in memory before it is asked for."""
    for number in range(1, count + 1):
        boxes = tuple(
            LabelledObject("car", "box", (5.0 + i, 5.0, 10.0, 10.0 + number % 7), {"occluded": True}) for i in range(3)
        )
        yield item(number, Annotation({"scene": "indoor", "weather": ("rain", "fog")}, boxes))


numbers = st.floats(0, 1, width=32)


@st.composite
def objects(draw: Any) -> LabelledObject:
    """Any object that fits the image."""
    shape = draw(st.sampled_from([each.shape for each in SCHEMA.objects]))
    label = next(each.name for each in SCHEMA.objects if each.shape == shape)
    x, y = draw(st.floats(14, 50, width=32)), draw(st.floats(14, 34, width=32))
    width, height = draw(st.floats(4, 9, width=32)), draw(st.floats(4, 9, width=32))
    turn = draw(st.floats(-180, 180, width=32))
    geometry: Any
    match shape:
        case "box":
            geometry = (x, y, width, height)
        case "rotated_box" | "ellipse":
            geometry = (x, y, width, height, turn)
        case "polygon":
            outer = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            hole = ((x + 1, y + 1), (x + 3, y + 1), (x + 3, y + 3))
            apart = ((1.0, 1.0), (9.0, 1.5), (4.0, 9.0))
            geometry = draw(st.sampled_from([(outer,), (outer, hole), (outer, apart), (outer, hole, apart)]))
        case "polyline":
            geometry = ((x, y), (x + width, y), (x, y + height))
        case "point":
            geometry = (x, y)
        case "keypoints":
            geometry = tuple(
                (x + i, y, v) if v else (0, 0, 0) for i, v in enumerate(draw(st.sampled_from([(2, 1), (0, 2), (1, 0)])))
            )
        case "mask":
            pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
            pixels[int(y) : int(y + height), int(x) : int(x + width)] = True
            pixels[0, 0] = draw(st.booleans())
            geometry = masks.encode(pixels)
        case _:
            near = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            geometry = (*near, *((px - 3, py - 3) for px, py in near))
    attributes = {"occluded": draw(st.booleans())} if shape == "box" else {}
    identity = draw(st.none() | st.from_regex(r"[a-z]{1,8}", fullmatch=True))
    return LabelledObject(label, shape, geometry, attributes, identity, draw(st.none() | numbers))


def _identity(thing: LabelledObject) -> object:
    return thing.id or id(thing)


@st.composite
def items(draw: Any) -> list[ReleaseItem]:
    """A release of up to four images."""
    answers = st.fixed_dictionaries(
        {},
        optional={
            "scene": st.sampled_from(["outdoor", "outdoor/street", "indoor"]),
            "weather": st.sampled_from([("fog",), ("rain", "fog")]),
            "blurred": st.booleans(),
        },
    )
    return [
        item(
            number,
            Annotation(draw(answers), tuple(draw(st.lists(objects(), max_size=4, unique_by=_identity)))),
            confidence=draw(st.none() | numbers),
            by=draw(st.none() | st.just("ruth")),
            split=draw(st.sampled_from([None, "train", "val", "test"])),
        )
        for number in range(1, draw(st.integers(0, 4)) + 1)
    ]
