"""Which packed files of a release hold the pixels of an image, and how one that does is written again."""

import re
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

from crowd import storage
from crowd.errors import Invalid, Missing, TooLarge
from crowd.formats import card, croissant, shards, tarballs, webdataset
from crowd.formats.readers.sets import Folder
from crowd.models import Consensus, Release, ReleaseFile, Tombstone
from crowd.workflow.releasing import snapshots

_NAMED: Final = re.compile(r".*_([0-9]{1,18})\.(?!json$)[a-z]+")
_DESCRIBING: Final = (card.NAME, card.HTML_NAME, croissant.NAME)


def holding(release: Release, images: Collection[int]) -> Iterator[tuple[ReleaseFile, set[int]]]:
    """Yield each packed file that holds any of the images, and which; one that is not there held what it was made of.

    A shard was made of a stretch of the release's list. Only one that lacks some of it has to be looked into.
    """
    if release.options.get("images") != "packed" or not release.snapshot or not images:
        return
    files = release.files.filter(format__startswith=shards.PREFIX) | release.files.filter(format=webdataset.WRITER.name)
    rows = list(files.order_by("format"))
    for row in rows:
        row.release = release
    places = _places(release, images) if rows else {}
    if places is None:
        yield from ((row, found) for row in rows if (found := _listed(row, set(images))))
        return
    start = 0
    for row in rows:
        made_of = set(places)
        if row.format.startswith(shards.PREFIX):
            behind = row.report.get("next")
            made_of = {one for one, at in places.items() if start <= at and (behind is None or at < behind)}
            start = behind or start
        if found := _held(row, made_of):
            yield row, found


def outdated(release: Release) -> ReleaseFile | None:
    """Return a packed file of a release under construction that holds an image erased meanwhile; None where none does.

    While one is built no tombstone of its project is swept, so that those that matter are among the others.
    """
    erased = Tombstone.objects.filter(image__project=release.project_id, swept_at__isnull=True)
    return next((row for row, _ in holding(release, list(erased.values_list("image", flat=True)))), None)


def replace(old: ReleaseFile, sha256: str) -> None:
    """Make room for the file as it is now; the bytes of the old one go when its images' do.

    What describes the files is written again too. ValueError where it came out as it was.
    The caller notes the new file in the same transaction.
    """
    if sha256 == old.sha256:  # it would be written again for ever
        raise ValueError(f"{old.path} cannot be looked into for an image that was erased; cut another release")
    erased = Tombstone.objects.filter(image__project=old.release.project_id, swept_at__isnull=True)
    held = {pk for _, found in holding(old.release, list(erased.values_list("image", flat=True))) for pk in found}
    note(held, old.sha256)
    old.release.files.filter(format__in=(old.format, *_DESCRIBING)).delete()


def note(images: Collection[int], sha256: str) -> None:
    """Have the tombstones of these images name a file that goes with them."""
    for row in Tombstone.objects.select_for_update(of=("self",)).filter(image__in=images).order_by("pk"):
        if sha256 not in row.packed:
            row.packed = sorted({*row.packed, sha256})
            row.save(update_fields=["packed"])


def _places(release: Release, images: Collection[int]) -> dict[int, int] | None:
    """Return where in the release's list the images stand; None where the list itself is lost."""
    labels = dict(Consensus.objects.filter(task__image__in=images).values_list("pk", "task__image"))
    try:
        listed = snapshots.of(release).consensuses
    except Missing:
        return None
    return {labels[pk]: place for place, pk in enumerate(listed) if pk in labels}


def _held(row: ReleaseFile, made_of: set[int]) -> set[int]:
    """Return which of the images it was made of lie in a file."""
    if not made_of or not row.report.get("left_out"):
        return made_of
    return _listed(row, made_of) if storage.store().exists(row.key) else made_of


def _listed(row: ReleaseFile, images: set[int]) -> set[int]:
    """Return which of the images a packed file lists: none where it is not there, all where it cannot be read."""
    try:
        with storage.store().open(row.key) as source:
            read = _in_shard if row.format.startswith(shards.PREFIX) else _in_shards
            return images & set(read(source))
    except Missing:
        return set()
    except (Invalid, TooLarge):
        return images


def _in_shard(source: BinaryIO) -> Iterator[int]:
    for name in tarballs.names(source):
        if named := _NAMED.fullmatch(name):
            yield int(named[1])


def _in_shards(source: BinaryIO) -> Iterator[int]:
    folder = Folder(source, name=webdataset.WRITER.filename)
    for name in folder.names(".tar"):
        with folder.stream(name) as shard:
            yield from _in_shard(shard)
