"""Releases as their readers see them."""

import json
from collections.abc import Iterator
from typing import Any

from crowd import storage
from crowd.errors import Contradiction, Missing
from crowd.models import Project, Release, ReleaseFile


def get(*, project: Project, number: int) -> Release:
    """Return one release."""
    found = Release.objects.filter(project=project, number=number).prefetch_related("files").first()
    if found is None:
        raise Missing(f"There is no release {number}.")
    return found


def file(*, project: Project, number: int, format_name: str) -> ReleaseFile:
    """Return one file of a ready release."""
    release = get(project=project, number=number)
    if release.state != Release.State.READY:
        raise Contradiction(f"Release {number} is {release.state}.", code="not_ready")
    found = ReleaseFile.objects.select_related("release").filter(release=release, format=format_name).first()
    if found is None:
        formats = ", ".join(sorted(one.format for one in release.files.all()))
        raise Missing(f"Release {number} has no format {format_name}; it has {formats}.")
    return found


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


def _labels(release: Release) -> dict[str, dict[str, Any]]:
    if release.state != Release.State.READY:
        raise Contradiction(f"Release {release.number} is {release.state}.", code="not_ready")
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
