"""Rows of a manifest become images: taken at their word where they say everything, else opened where they lie."""

import mimetypes
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection

from crowd import storage
from crowd.errors import CrowdError, Invalid, TooLarge
from crowd.formats.readers import manifest
from crowd.formats.readers.manifest import Line, Row
from crowd.models import Import, Project
from crowd.storage.sources import Sources, split_location
from crowd.workflow.importing import buckets, web
from crowd.workflow.importing.buckets import printable
from crowd.workflow.importing.imports import Batch, Refused
from crowd.workflow.importing.rows import Facts
from crowd.workflow.importing.uploads import clean_name

LINES: Final = 5000  # in a batch
OPENED: Final = 50  # images that are opened in one: a batch is over within a minute or two
READERS: Final = 4
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


def look(made: Import) -> Batch:
    """Return what the next lines are."""
    batch = Batch(position=made.position, line=made.line)
    sources = storage.sources()
    unknown: list[Line] = []
    with storage.store().open(made.object_key) as source:
        for count, line in enumerate(manifest.read(source, kind=made.format, start=made.position, line=made.line), 1):
            batch.position, batch.line = line.end, line.number
            _sort(line, sources, batch, unknown)
            if count == LINES or len(unknown) == OPENED:
                break
        else:
            batch.position, batch.last = made.size, True
    _open_all(made, unknown, batch)
    return batch


def _sort(line: Line, sources: Sources, batch: Batch, unknown: list[Line]) -> None:
    """Take a row at its word, put it with those to be opened, or refuse it."""
    row = line.row
    if row is None:
        fault = line.fault or Invalid("This line holds nothing.")
        batch.refused.append(Refused("", fault.code, fault.detail, line.number))
        return
    try:
        _check(row.url, sources)
        if row.is_known:
            batch.found.append(_taken(row))
        else:
            unknown.append(line)
    except CrowdError as fault:
        batch.refused.append(Refused(printable(row.url), fault.code, fault.detail, line.number))


def _check(url: str, sources: Sources) -> None:
    """Raise Invalid for what is not on the operator's list; a folder is looked up once for all plain names in it."""
    folder, _, last = url.rpartition("/")
    if _PLAIN.fullmatch(last):
        _check_folder(folder, sources)
    else:
        _check_whole(url, sources)


@lru_cache(maxsize=1024)
def _check_folder(folder: str, sources: Sources) -> None:
    _check_whole(f"{folder}/x", sources)


def _check_whole(url: str, sources: Sources) -> None:
    if url.startswith("s3://"):
        sources.bucket(*split_location(url))
    else:
        sources.site(url)


def _taken(row: Row) -> Facts:
    """Return a row as an image that nobody has opened."""
    width, height = row.width or 0, row.height or 0
    if width * height > settings.CROWD_MAX_IMAGE_PIXELS:
        raise TooLarge(
            f"{width:,} × {height:,} pixels; {settings.CROWD_MAX_IMAGE_PIXELS:,} at most are accepted.",
            code="too_many_pixels",
        )
    return Facts(
        name=clean_name(row.name or _last(row.url)),
        sha256=row.sha256,
        width=width,
        height=height,
        content_type=_content_type(row.url.rpartition(".")[2][:10].lower()),
        metadata=row.metadata,
        location=row.url,
    )


def _last(url: str) -> str:
    return url if url.startswith("s3://") else unquote(urlsplit(url).path)


@lru_cache(maxsize=256)
def _content_type(ending: str) -> str:
    """Return the type by the name's end; browsers look at an image's bytes all the same."""
    guessed = mimetypes.guess_type(f"x.{ending}")[0] or ""
    known = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}
    return guessed if guessed in known else "image/jpeg"


def _open_all(made: Import, lines: Sequence[Line], batch: Batch) -> None:
    """Open images, a few at a time; one bad one stops no other."""
    if not lines:
        return
    project = made.project
    with ThreadPoolExecutor(READERS) as readers:
        results = list(readers.map(lambda line: _opened(project, line), lines))
    for line, result in zip(lines, results, strict=True):
        if isinstance(result, Facts):
            batch.found.append(result)
        else:
            assert line.row is not None
            batch.refused.append(Refused(printable(line.row.url), result.code, result.detail, line.number))


def _opened(project: Project, line: Line) -> Facts | CrowdError:
    row = line.row
    assert row is not None
    try:
        facts = _in_bucket(row) if row.url.startswith("s3://") else web.fetch(row, project=project)
        _agree(row, facts)
    except CrowdError as fault:
        return fault
    finally:
        connection.close()  # this thread's own, which would stay open behind it
    return facts


def _in_bucket(row: Row) -> Facts:
    name, key = split_location(row.url)
    bucket = storage.bucket(name, key)
    listed = bucket.find(key)
    return buckets.facts(bucket, key, etag=listed.etag, size=listed.bytes, name=row.name, metadata=row.metadata)


def _agree(row: Row, facts: Facts) -> None:
    """Raise Invalid where the image is not what the row says."""
    said = {"width": row.width, "height": row.height, "sha256": row.sha256 or None}
    for name, value in said.items():
        if value is not None and value != getattr(facts, name):
            raise Invalid(f"The row says {name} {value}, the image has {getattr(facts, name)}.", code="other_image")
