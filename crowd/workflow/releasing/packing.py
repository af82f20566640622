"""A release's images, packed: one shard at a time, as many images as it has room for."""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import BinaryIO, Final, cast

from crowd.errors import CrowdError, Missing, Unavailable
from crowd.formats import ImageFacts, ReleaseItem, Report, shards
from crowd.formats.archives import filename
from crowd.models import Consensus, Image, Project
from crowd.queries import image_bytes
from crowd.workflow.importing import web

_CHUNK: Final = 500
_IN_MEMORY: Final = 1 << 20  # of one image; the rest lies on disk
GONE: Final = "an image whose bytes are not there any more"
CHANGED: Final = "an image whose bytes are not the ones that were labelled"
ERASED: Final = "an image that was erased"


def write(
    project: Project,
    consensuses: Sequence[int],
    place: int,
    sink: BinaryIO,
    *,
    stop: int | None = None,
    patient: bool = True,
) -> Report:
    """Pack images from a place in the list on; the report tells what became of them, and where the next one begins.

    It does not go beyond `stop`, where the next one begins already. Where a host on the web does not answer: OSError
    while there is patience; then its images are left out.
    """
    shard, left_out = shards.Shard(sink), Counter[str]()
    for image in _images(project, consensuses[:stop], place):
        try:
            with _checked(image, patient) as (source, size):
                if not shard.has_room(size):
                    break
                shard.add(filename(_facts(image)), size, source)
        except _LeftOut as reason:
            left_out[str(reason)] += 1
        place += 1
    shard.finish()
    following = place if place < len(consensuses) else None
    return Report(shard.images, 0, left_out=dict(sorted(left_out.items())), next=following)


def with_pictures(project: Project, items: Iterable[ReleaseItem], *, patient: bool = True) -> Iterator[ReleaseItem]:
    """Yield the items with their images' bytes, one image in memory at a time; without, where `write` leaves it out."""
    waiting = iter(items)
    while some := list(islice(waiting, _CHUNK)):
        rows = Image.objects.filter(project=project).in_bulk([item.image.id for item in some])
        for item in some:
            try:
                with _checked(rows.get(item.image.id), patient) as (source, _):
                    raw = source.read()
            except _LeftOut:
                yield item
            else:
                yield replace(item, picture=partial(bytes, raw))


class _NoAnswer(OSError):
    """Why an image cannot be packed now; it may be there again soon, so the file is tried once more."""


class _LeftOut(Exception):
    """Why an image cannot be packed; the release is made without it, and says so."""


def _images(project: Project, consensuses: Sequence[int], place: int) -> Iterator[Image]:
    """Yield the image of each label, some hundred in memory at a time."""
    for start in range(place, len(consensuses), _CHUNK):
        rows = Consensus.objects.filter(pk__in=consensuses[start : start + _CHUNK], task__project=project)
        yield from [row.task.image for row in rows.select_related("task__image").order_by("task_id")]


@contextmanager
def _checked(image: Image | None, patient: bool) -> Iterator[tuple[BinaryIO, int]]:
    """Have the bytes of an image, and how many they are, if they are what its SHA-256 says."""
    if image is None:
        raise _LeftOut(GONE)
    if image.erased_at is not None:
        raise _LeftOut(ERASED)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        try:
            with _opened(image) as source:
                shutil.copyfileobj(source, spool)
        except CrowdError as fault:
            raise _LeftOut(GONE) from fault
        except _NoAnswer as fault:
            if patient:
                raise
            raise _LeftOut(GONE) from fault
        size = spool.tell()
        spool.seek(0)
        if hashlib.file_digest(cast(BinaryIO, spool), "sha256").hexdigest() != image.sha256:  # type: ignore[arg-type]
            raise _LeftOut(CHANGED)
        spool.seek(0)
        yield cast(BinaryIO, spool), size


def _opened(image: Image) -> BinaryIO:
    try:
        return image_bytes.opened(image)
    except Missing:
        if not image.location.startswith("http"):
            raise
    try:
        web.bring(key=image.key)
    except Missing as fault:
        if isinstance(fault.__cause__, Unavailable):
            raise _NoAnswer(fault.detail) from fault
        raise
    return image_bytes.opened(image)


def _facts(image: Image) -> ImageFacts:
    return ImageFacts(id=image.pk, name=image.name, sha256=image.sha256, width=image.width, height=image.height)
