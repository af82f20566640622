"""Invariant 6: a release's files are what its manifest says, and every label leads back to where it came from."""

import hashlib
import json
from collections.abc import Iterator

from crowd import storage
from crowd.errors import CrowdError
from crowd.models import Assignment, Guideline, Image, Project, Release, ReleaseFile
from crowd.queries import releases as reading
from crowd.queries.integrity.base import Check, Found, of


def files_match(project: Project | None) -> Found:
    """Find release files that are missing, but for those that a tombstone names, changed, or not as listed."""
    rows = of(ReleaseFile.objects.filter(release__state="ready"), project, "release__project")
    return rows.count(), list(_mismatches(rows.select_related("release").order_by("pk").iterator()))


def _mismatches(rows: Iterator[ReleaseFile]) -> Iterator[str]:
    for row in rows:
        what = f"release {row.release.number} of project {row.release.project_id}, {row.path}"
        try:
            with storage.store().open(row.key) as handle:
                found = hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]
        except CrowdError:
            if row.sha256 not in reading.erased(row.release.project_id):
                yield f"{what} is not in the object store"
            continue
        if found != row.sha256:
            yield f"{what} has checksum {found}, not {row.sha256}"
        elif row.format == "manifest":
            yield from _against_manifest(row, what)


def _against_manifest(manifest: ReleaseFile, what: str) -> Iterator[str]:
    listed = {one["path"]: one["sha256"] for one in json.loads(storage.store().read(manifest.key))["files"]}
    release: Release = manifest.release
    kept = dict(release.files.exclude(format="manifest").values_list("path", "sha256"))
    if listed != kept or release.manifest_sha256 != manifest.sha256:
        yield f"{what} does not list the release's files"


def lead_back(project: Project | None) -> Found:
    """Find released labels whose image, guideline version or answers are not there."""
    rows = of(ReleaseFile.objects.filter(release__state="ready", format="jsonl"), project, "release__project")
    lines, broken = 0, []
    for row in rows.select_related("release__project"):
        try:
            labels = [json.loads(line) for line in storage.store().read(row.key).splitlines()]
        except CrowdError:
            continue  # the check of the files says so
        lines += len(labels)
        broken += list(_orphans(row.release, labels))
    return lines, broken


def _orphans(release: Release, labels: list[dict]) -> Iterator[str]:  # type: ignore[type-arg]
    images = set(Image.objects.filter(project=release.project).values_list("sha256", flat=True))
    numbers = set(Guideline.objects.filter(project=release.project).values_list("number", flat=True))
    answers = {str(pk) for pk in Assignment.objects.filter(task__project=release.project).values_list("pk", flat=True)}
    for label in labels:
        what = f"release {release.number} of {release.project.slug}, task {label['task']}"
        if label["image"]["sha256"] not in images:
            yield f"{what}: no image has sha256 {label['image']['sha256']}"
        if label["guideline"] not in numbers:
            yield f"{what}: there is no guideline {label['guideline']}"
        for step in label["lineage"]:
            if step["assignment"] not in answers:
                yield f"{what}: there is no assignment {step['assignment']}"


CHECKS = (
    Check(6, "every release's files match its manifest", files_match),
    Check(6, "every released label leads back to image, guideline and answers", lead_back),
)
