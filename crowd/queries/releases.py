"""Releases as their readers see them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crowd import storage
from crowd.errors import Contradiction, Gone, Invalid, Missing
from crowd.formats import WRITERS, ImageFacts
from crowd.formats import statistics as figures
from crowd.formats.archives import filename
from crowd.formats.options import parse
from crowd.formats.plan import files_of
from crowd.models import Image, Project, Release, ReleaseFile, Tombstone


def get(*, project: Project, number: int) -> Release:
    """Return one release."""
    found = Release.objects.filter(project=project, number=number).prefetch_related("files").first()
    if found is None:
        raise Missing(f"There is no release {number}.")
    return found


def file(*, project: Project, number: int, format_name: str) -> ReleaseFile:
    """Return one file of a ready release; Gone for a packed one that went with an image in it."""
    release = get(project=project, number=number)
    _check_ready(release)
    found = ReleaseFile.objects.select_related("release").filter(release=release, format=format_name).first()
    if found is None:
        formats = ", ".join(sorted(one.format for one in release.files.all()))
        raise Missing(f"Release {number} has no format {format_name}; it has {formats}.")
    check_not_erased(project.pk, found.sha256, f"releases/{number}/images/")
    return found


def erased(project_id: int) -> set[str]:
    """Return the SHA-256 of the packed files of a project's releases that go, or went, with an erased image."""
    rows = Tombstone.objects.filter(image__project=project_id).exclude(packed=[])
    return {sha256 for packed in rows.values_list("packed", flat=True) for sha256 in packed}


def check_not_erased(project_id: int, sha256: str, images: str = "the release's images/") -> None:
    """Raise Gone for a packed file that goes, or went, with an erased image."""
    row = Tombstone.objects.filter(image__project=project_id, packed__contains=[sha256]).order_by("at").first()
    if row is not None:
        raise Gone(
            f"An image in this file was erased on {row.at:%Y-%m-%d}, and the file with it. "
            f"The other images are at {images}.",
            code="image_erased",
        )


def images(*, release: Release, place: int, limit: int) -> tuple[list[tuple[Image, str]], int | None]:
    """Return images of a ready release with the names that its files use for them, and the place behind the last.

    A place is one in the release's own lines, which never change; 0 is the beginning, None in the answer the end.
    """
    _check_ready(release)
    found = ReleaseFile.objects.select_related("release").get(release=release, format="jsonl")
    with storage.store().open(found.key) as lines:
        if place:
            lines.seek(place - 1)
            if place >= found.bytes or lines.read(1) != b"\n":
                raise Invalid("since: use the “next” that this list gave you.", errors={"since": ["Not a place."]})
        facts = [ImageFacts(**json.loads(line)["image"]) for line in islice(lines, limit)]
        behind = lines.tell()
    rows = Image.objects.filter(project=release.project_id).in_bulk([one.id for one in facts])
    return [(rows[one.id], filename(one)) for one in facts if one.id in rows], behind if behind < found.bytes else None


def statistics(release: Release) -> dict[str, Any]:
    """Return the figures of a ready release; none of one from before there were any."""
    found = release.files.filter(format=figures.NAME).first()
    return json.loads(storage.store().read(found.key)) if found else {}


@dataclass(frozen=True)
class Progress:
    """How far a release's building is: files written, of how many, and the one under way; none once it is over."""

    files: int
    of: int
    now: str | None


def progress(release: Release, written: Iterable[ReleaseFile]) -> Progress:
    """Return how far a release is of which these files are written; packed images may turn out to be more files."""
    done = {file.format: file.report for file in written}
    planned = files_of(parse(release.options, formats=tuple(WRITERS)), done)
    left = [name for name in planned if name not in done]
    building = release.state == Release.State.BUILDING
    return Progress(len(planned) - len(left), len(planned), left[0] if left and building else None)


def difference(*, before: Release, after: Release) -> dict[str, Any]:
    """Tell what changed between two ready releases: images added, removed, and labelled otherwise with the reason."""
    old, new = _labels(before), _labels(after)
    return {
        "from": before.number,
        "to": after.number,
        "added": [_named(new[key]) for key in sorted(new.keys() - old.keys())],
        "removed": [_named(old[key]) for key in sorted(old.keys() - new.keys())],
        "changed": [
            {**_named(new[key]), "before": old[key]["annotation"], "after": new[key]["annotation"], "why": why}
            for key in sorted(old.keys() & new.keys())
            if (why := _why(old[key], new[key]))
        ],
    }


def _check_ready(release: Release) -> None:
    if release.state != Release.State.READY:
        raise Contradiction(f"Release {release.number} is {release.state}.", code="not_ready")


def _labels(release: Release) -> dict[str, dict[str, Any]]:
    _check_ready(release)
    return {row["image"]["sha256"]: row for row in _rows(release)}


def _rows(release: Release) -> Iterator[dict[str, Any]]:
    found = ReleaseFile.objects.select_related("release").get(release=release, format="jsonl")
    with storage.store().open(found.key) as lines:
        for line in lines:
            yield json.loads(line)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"task": row["task"], "image": {key: row["image"][key] for key in ("id", "name", "sha256")}}


def _why(old: dict[str, Any], new: dict[str, Any]) -> str | None:
    """Return why a label differs; None where it does not."""
    if old["annotation"] == new["annotation"]:
        return None
    if new["method"] in {"adjudication", "gold"} and old["resolved_at"] != new["resolved_at"]:
        return str(new["method"])
    return "guideline" if old["guideline"] != new["guideline"] else "answers"
