"""A release as a client takes it: every file downloaded, checked against the manifest, read by other people's tools."""

import contextlib
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycocotools.coco import COCO

from crowd.demo.client import Api
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


def download(api: Api, *, project: str, release: Mapping[str, Any], folder: Path) -> Downloaded:
    """Fetch every file of a ready release, verify and read them; raise ReleaseError on the first that is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"projects/{project}/releases/{release['number']}"
    files = tuple(_fetch(api, address, each, folder) for each in release["files"])
    paths = {file.format: file.path for file in files}
    if missing := sorted(DATA_FORMATS - set(paths)):
        raise ReleaseError(f"The release has no {', '.join(missing)} file.")
    _verify_manifest(files, release)
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
        folder=folder,
        files=files,
        labels=labels,
        boxes=boxes,
    )


def _fetch(api: Api, address: str, stated: Mapping[str, Any], folder: Path) -> File:
    content = api.download(f"{address}/files/{stated['format']}/")
    digest = hashlib.sha256(content).hexdigest()
    if (len(content), digest) != (stated["bytes"], stated["sha256"]):
        raise ReleaseError(
            f"{stated['path']} should have {stated['bytes']} bytes and sha256 {stated['sha256']}; "
            f"{len(content)} bytes arrived, sha256 {digest}."
        )
    path = folder / Path(stated["path"]).name
    path.write_bytes(content)
    return File(stated["format"], path, len(content), digest)


def _verify_manifest(files: tuple[File, ...], release: Mapping[str, Any]) -> None:
    """Check that the manifest is the one the release names, and that it names every other file as it is."""
    manifest = next((file for file in files if file.path.name == "manifest.json"), None)
    if manifest is None or manifest.sha256 != release["manifest_sha256"]:
        raise ReleaseError("The manifest is missing, or is not the one that the release names.")
    stated = {Path(each["path"]).name: each["sha256"] for each in json.loads(manifest.path.read_text())["files"]}
    found = {file.path.name: file.sha256 for file in files if file is not manifest}
    if wrong := sorted(name for name in stated.keys() | found.keys() if stated.get(name) != found.get(name)):
        raise ReleaseError(f"The manifest and the files differ in: {', '.join(wrong)}.")


def _coco_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Return the boxes by the image's sha256, as pycocotools reads the file."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        coco = COCO(str(path))
    return {
        image["crowd"]["sha256"]: tuple(tuple(one["bbox"]) for one in coco.loadAnns(coco.getAnnIds(imgIds=[number])))
        for number, image in coco.imgs.items()
    }
