"""Erased images in releases that hold their images packed: the files that hold them go, whatever else is in them."""

from collections.abc import Sequence

from crowd.models import Release, ReleaseFile, Tombstone
from crowd.workflow.releasing import holding


def note(rows: Sequence[Tombstone]) -> set[int]:
    """Have each tombstone name the packed files that hold its image; return the images of which no more can come.

    More can come while a release with packed images is built. That is asked first, so that one which has been finished
    by then is among those that are looked through.
    """
    projects = {row.image.project_id for row in rows}
    packing = Release.objects.filter(project__in=projects, options__images="packed")
    building = set(packing.filter(state=Release.State.BUILDING).values_list("project", flat=True))
    for release in packing.exclude(state=Release.State.BUILDING).order_by("pk"):
        images = [row.image_id for row in rows if row.image.project_id == release.project_id]
        for file, found in holding.holding(release, images):
            holding.note(found, file.sha256)
    return {row.image_id for row in rows if row.image.project_id not in building}


def keys(row: Tombstone) -> list[str]:
    """Return where the store keeps what a tombstone names."""
    release = Release(project_id=row.image.project_id)
    return [ReleaseFile(release=release, sha256=sha256).key for sha256 in row.packed]
