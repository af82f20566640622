"""How fast a release of a million annotations is written in each format, by how little memory, and from the database.

    python -m tests.benchmarks.releases [--annotations 1000000] [--others 50000] [--painted 20000] [--database 1000000]

Each line is a process of its own that writes one format from items made as it goes, ten objects to an image of 640 by
480 pixels with three answers behind its label. `peak` is the most memory that the process ever had, Python and its
libraries included; `a second` are annotations by its CPU time: that is, for each core. Two floors stand in the same
table: the same documents by the standard library's `json.dumps`, a line for each image, and its `csv.writer` with the
same cells, a row for each object. Boxes are measured with `--annotations`; the other shapes with `--others`; formats
that paint every pixel, in megapixels a second too, with `--painted`.

`--database` then has a project with so many boxes, by SQL, and builds a release of it by the job's own function, file
by file. The load average tells whether others were busy: compare CPU, not seconds.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from math import cos, pi, sin
from pathlib import Path
from typing import Any, BinaryIO, cast

from crowd.formats import WRITERS, ImageFacts, LineageStep, Meta, ReleaseItem, jsonl
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from crowd.labels.writing import annotation_to_json, object_to_json

EACH, POOL, WIDTH, HEIGHT = 10, 200, 640, 480
KINDS = ("box", "rotated_box", "polygon", "mask")
PAINTED = frozenset({"masks", "coco_panoptic"})
FLOORS = ("json.dumps", "csv.writer")
SCHEMA = parse_schema({"objects": [{"name": kind, "shape": kind} for kind in KINDS]})


def thing(kind: str, rng: random.Random) -> LabelledObject:
    """An object: a box, a turned box, a ring of 20 points with a hole of 10, or a mask of a disc's pixels."""
    x, y, w, h = rng.uniform(60, 560), rng.uniform(60, 400), rng.uniform(5, 50), rng.uniform(5, 50)
    geometry: Any
    match kind:
        case "box":
            geometry = (round(x, 2), round(y, 2), round(w, 2), round(h, 2))
        case "rotated_box":
            geometry = (x, y, w, h, rng.uniform(0, 90))
        case "polygon":
            geometry = (_ring(x, y, 20, 20), _ring(x, y, 5, 10))
        case _:
            from crowd.geometry import rasters

            geometry = rasters.to_mask("polygon", (_ring(x, y, w, 20),), height=HEIGHT, width=WIDTH)
    return LabelledObject(kind, kind, geometry)


def _ring(x: float, y: float, radius: float, points: int) -> tuple[tuple[float, float], ...]:
    turns = [2 * pi * each / points for each in range(points)]
    return tuple((x + radius * cos(turn), y + radius * sin(turn)) for turn in turns)


@cache  # making them is not what is measured
def labels(kind: str) -> list[Annotation]:
    """Some different labels, which the images of a run have in turn."""
    rng = random.Random(1)
    return [Annotation({}, tuple(thing(kind, rng) for _ in range(EACH))) for _ in range(POOL)]


def items(kind: str, count: int) -> Iterator[ReleaseItem]:
    """As many items as have that many annotations, none of them in memory before it is asked for."""
    from datetime import UTC, datetime

    pool, noon = labels(kind), datetime(2026, 3, 1, 12, tzinfo=UTC)
    steps = tuple(LineageStep(f"0b5d5f6e-1111-4222-8333-{n:012d}", f"w{n}", 1, 0.75) for n in range(3))
    for n in range(1, count // EACH + 1):
        image = ImageFacts(n, f"image {n}.jpg", f"{n:064x}", WIDTH, HEIGHT)
        yield ReleaseItem(n, image, pool[n % POOL], 0.97, 0.875, "auto", 1, None, noon, steps, "train")


def _json_floor(kind: str, count: int, sink: BinaryIO) -> None:
    documents = [annotation_to_json(label) for label in labels(kind)]
    for n in range(count // EACH):
        sink.write((json.dumps(documents[n % POOL]) + "\n").encode())


def _csv_floor(kind: str, count: int, sink: BinaryIO) -> None:
    import io

    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text)
    documents = [[json.dumps(object_to_json(each)[kind]) for each in label.objects] for label in labels(kind)]
    for n in range(count // EACH):
        for shape in documents[n % POOL]:
            table.writerow(
                (n, n, "image", "0" * 64, WIDTH, HEIGHT, "train", "object", kind, "", kind, shape, "{}", "", "", 0.97,
                 0.875, "auto", 1, "", "2026-03-01T12:00:00Z", "[]")
            )  # fmt: skip
    text.detach()


def work_of(name: str) -> Callable[[str, int, BinaryIO], Any]:
    """Return what writes a format, or a floor."""
    if name in FLOORS:
        return _json_floor if name == "json.dumps" else _csv_floor
    if name == "reading":
        return lambda kind, count, sink: sum(1 for _ in jsonl.read(sink))
    meta = Meta(project="bench", release=1)
    return lambda kind, count, sink: WRITERS[name].write(items(kind, count), schema=SCHEMA, sink=sink, meta=meta)


def child(name: str, kind: str, count: int) -> None:
    """Write one format, in this process, and print what it took."""
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as sink:
        if name == "reading":
            work_of("jsonl")(kind, count, cast(BinaryIO, sink))
            sink.seek(0)
        else:
            work_of(name)(kind, EACH, cast(BinaryIO, first))  # imports are not what is measured
        forget_peak()
        began = time.process_time()
        work_of(name)(kind, count, cast(BinaryIO, sink))
        spent = time.process_time() - began
        print(json.dumps({"cpu": spent, "peak": peak(), "bytes": os.fstat(sink.fileno()).st_size}))


def peak() -> float:
    """The most memory that this process had at once since it last forgot, in MB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    """Begin to look for a peak anew (`clear_refs`, proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(kind: str, counts: dict[str, int]) -> None:
    """Print a table of all formats for objects of one kind."""
    print(f"\n{kind}{'':{24 - len(kind)}}  annotations  a second     peak    MB written", flush=True)
    for name, count in counts.items():
        call = [sys.executable, "-m", "tests.benchmarks.releases", "--child", name, kind, str(count)]
        told = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
        speed, size = count / told["cpu"], told["bytes"] / 1e6
        pixels = f"{speed / EACH * WIDTH * HEIGHT / 1e6:9.0f} megapixels/s" if name in PAINTED else ""
        print(f"  {name:22}{count:13,}{speed:10,.0f}{told['peak']:7.0f} MB{size:11.1f}{pixels}", flush=True)


def main() -> None:
    """Measure the formats by themselves, then from the database."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--annotations", type=int, default=1_000_000)
    options.add_argument("--others", type=int, default=50_000)
    options.add_argument("--painted", type=int, default=20_000)
    options.add_argument("--database", type=int, default=1_000_000)
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(given.child[0], given.child[1], int(given.child[2]))
        return
    for kind in KINDS:
        most = given.annotations if kind == "box" else given.others
        counts = {name: min(most, given.painted) if name in PAINTED else most for name in (*WRITERS, "reading")}
        if most:
            measure(kind, dict.fromkeys(FLOORS, most) | counts)
    if given.database:
        from tests.benchmarks import releases_built

        releases_built.main(given.database)
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
