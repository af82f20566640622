"""Objects of a bucket become images where they lie: listed by the page, looked into once, linked to for ever.

An image is named by the SHA-256 of its bytes. Where the bucket keeps that itself, its first bytes are read and no
more; else the object is read once, as a whole, and judged as an upload is. What was looked at is known by key and
ETag, so that importing a prefix again opens only what is new.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from crowd import storage
from crowd.errors import CrowdError, Invalid, TooLarge
from crowd.formats import pictures
from crowd.models import Import, SourceObject
from crowd.storage.sources import check_key
from crowd.workflow.importing.imports import Batch, Refused
from crowd.workflow.importing.rows import Facts
from crowd.workflow.importing.uploads import clean_name

if TYPE_CHECKING:
    from crowd.storage.buckets import Bucket, Listed

PAGE: Final = 100  # objects
READERS: Final = 4  # at once, each with one object in memory
HEAD_BYTES: Final = 512 * 1024


def look(made: Import) -> Batch:
    """Return what the next objects behind the cursor are."""
    bucket = storage.bucket(made.bucket, made.prefix)
    prefix = made.prefix if made.prefix.startswith(bucket.address.prefix) else bucket.address.prefix
    listed, more = bucket.list(prefix, after=made.cursor, count=PAGE)
    objects = [one for one in listed if not one.key.endswith("/")]  # which stand for folders
    batch = Batch(cursor=listed[-1].key if listed else made.cursor, line=made.line + len(listed), last=not more)
    known = _known(made, objects)
    fresh = []
    for one in objects:
        before = known.get(digest(made.bucket, one.key))
        if before is None:
            fresh.append(one)
        elif before.etag != one.etag and not before.code:
            told = "It was changed since it was imported, and images never change; put it under a new key."
            batch.refused.append(Refused(one.key[:500], "changed", told))
        elif before.etag != one.etag:  # refused then; perhaps it was mended
            fresh.append(one)
        elif before.code:
            batch.refused.append(Refused(one.key[:500], before.code, before.detail))
        else:
            batch.known += 1
    _open_all(made, bucket, fresh, batch)
    return batch


def digest(bucket: str, key: str) -> bytes:
    """Return the name under which an object is remembered."""
    return hashlib.sha256(f"s3://{bucket}/{key}".encode()).digest()


def _known(made: Import, objects: Sequence["Listed"]) -> dict[bytes, SourceObject]:
    digests = [digest(made.bucket, one.key) for one in objects]
    rows = SourceObject.objects.filter(project=made.project_id, digest__in=digests)
    return {bytes(row.digest): row for row in rows}


def _open_all(made: Import, bucket: "Bucket", listed: Sequence["Listed"], batch: Batch) -> None:
    """Look into objects, a few at a time; one bad one stops no other."""
    with ThreadPoolExecutor(READERS) as readers:
        results = list(readers.map(lambda one: _judged(bucket, one), listed))
    for one, result in zip(listed, results, strict=True):
        row = SourceObject(project_id=made.project_id, digest=digest(made.bucket, one.key), etag=one.etag)
        if isinstance(result, Facts):
            batch.found.append(result)
        else:
            row.code, row.detail = result.code, result.detail
            batch.refused.append(Refused(printable(one.key), result.code, result.detail))
        if not (isinstance(result, CrowdError) and result.status == 404):  # it changes while we look
            batch.objects.append(row)


def _judged(bucket: "Bucket", one: "Listed") -> Facts | CrowdError:
    try:
        return facts(bucket, one.key, etag=one.etag, size=one.bytes)
    except CrowdError as fault:
        if fault.code == "bucket_refused":
            raise
        return fault


def facts(
    bucket: "Bucket", key: str, *, etag: str, size: int, name: str = "", metadata: Mapping[str, Any] | None = None
) -> Facts:
    """Return what one object is; CrowdError where it is no image that can be taken."""
    check_key(key)
    if size > settings.CROWD_MAX_IMAGE_BYTES:
        raise TooLarge(f"The file is larger than {settings.CROWD_MAX_IMAGE_BYTES:,} bytes.")
    if size == 0:
        raise Invalid("The file is empty.", code="empty")
    picture = _by_its_head(bucket, key, etag, size) or pictures.inspect(
        bucket.read(key, etag=etag, most=size),
        max_bytes=settings.CROWD_MAX_IMAGE_BYTES,
        max_pixels=settings.CROWD_MAX_IMAGE_PIXELS,
    )
    return Facts(
        name=clean_name(name or key),
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        content_type=picture.content_type,
        bytes=size,
        metadata=metadata or {},
        location=f"s3://{bucket.address.bucket}/{key}",
    )


def _by_its_head(bucket: "Bucket", key: str, etag: str, size: int) -> pictures.Picture | None:
    """Return what the first bytes tell, where the bucket keeps the SHA-256 and the object is longer than they are."""
    told = bucket.sha256(key) if size > HEAD_BYTES else None
    if told is None:
        return None
    head = bucket.read(key, etag=etag, most=HEAD_BYTES)
    return pictures.glance(head, sha256=told, size=size, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS)


def printable(text: str) -> str:
    """Return a text that the database and a page can hold."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)[:500]
