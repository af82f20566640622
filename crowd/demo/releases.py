"""A release as a client takes it: every file pulled and checked, and read by other people's tools."""

import contextlib
import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycocotools.coco import COCO

from crowd.client import Client
from crowd.client import Release as Pulled
from crowd.demo.images import Box

DATA_FORMATS = frozenset({"coco", "csv", "jsonl"})


class ReleaseError(Exception):
    """A release that cannot be used; the text says why."""


@dataclass(frozen=True)
class File:
    """One file of a release on our own disk."""

    format: str
    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Downloaded:
    """A release on our own disk, every file of it proved to be what the manifest says."""

    number: int
    images: int
    annotations: int
    folder: Path
    files: tuple[File, ...]
    labels: Mapping[str, Mapping[str, Any]]  # the line of the JSONL file, by the image's sha256
    boxes: Mapping[str, tuple[Box, ...]]  # of the COCO file, by the image's sha256


def download(api: Client, *, project: str, release: Mapping[str, Any], folder: Path) -> Downloaded:
    """Pull every file of a ready release to below `folder`, and read them."""
    return read(api.pull(project, release["number"], to=folder, formats=["all"]), release=release)


def read(pulled: Pulled, *, release: Mapping[str, Any]) -> Downloaded:
    """Read a pulled release; raise ReleaseError where it is not what the site says of it."""
    files = tuple(
        File(one["format"], pulled.folder / one["path"], one["bytes"], one["sha256"]) for one in release["files"]
    )
    paths = {file.format: file.path for file in files}
    if missing := sorted(DATA_FORMATS - set(paths)):
        raise ReleaseError(f"The release has no {', '.join(missing)} file.")
    lines = [json.loads(line) for line in paths["jsonl"].read_text().splitlines()]
    labels = {line["image"]["sha256"]: line for line in lines}
    boxes = _coco_boxes(paths["coco"])
    with paths["csv"].open(newline="") as handle:
        tabled = {row["sha256"] for row in csv.DictReader(handle)}
    if not set(labels) == set(boxes) == tabled or len(labels) != release["images"]:
        raise ReleaseError(
            f"The release says {release['images']} images; "
            f"JSONL has {len(labels)}, COCO {len(boxes)}, CSV {len(tabled)}."
        )
    return Downloaded(
        number=release["number"],
        images=release["images"],
        annotations=release["annotations"],
        folder=pulled.folder,
        files=files,
        labels=labels,
        boxes=boxes,
    )


def _coco_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Return the boxes by the image's sha256, as pycocotools reads the file."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        coco = COCO(str(path))
    return {
        image["crowd"]["sha256"]: tuple(tuple(one["bbox"]) for one in coco.loadAnns(coco.getAnnIds(imgIds=[number])))
        for number, image in coco.imgs.items()
    }
