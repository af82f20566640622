"""The object store: images and release files as opaque bytes under keys, on this machine's disk or in S3.

`STORAGE_URL` chooses: `file:///path`, or `s3://bucket/prefix?endpoint_url=…&region=…` (see `crowd.storage.address`).
Both stores keep the same promises, written at `Store` and proven by one test suite. boto3 is imported by
`crowd.storage.s3` alone, and only where an S3 URL asks for it.
"""

import os
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from crowd.storage.address import FileAddress, S3Address, parse
from crowd.storage.base import StorageError, Store
from crowd.storage.file import FileStore
from crowd.storage.sources import Sources

if TYPE_CHECKING:
    from crowd.storage.buckets import Bucket

__all__ = ["FileStore", "Sources", "StorageError", "Store", "bucket", "sources", "store"]


def store() -> Store:
    """Return the store that `STORAGE_URL` names; one object for each process and URL, shared by its threads."""
    return _store(settings.STORAGE_URL, os.getpid())


@lru_cache(maxsize=16)
def _store(url: str, process: int) -> Store:  # noqa: ARG001 -- a forked child must not share its parent's connections
    address = parse(url)
    if isinstance(address, FileAddress):
        files = FileStore(address.path)
        files.discard_abandoned(now=time.time())
        return files
    from crowd.storage.s3 import S3Store  # noqa: PLC0415 -- boto3 takes half a second that one machine need not spend

    return S3Store(address)


def sources() -> Sources:
    """Return where images may be imported from, as `CROWD_IMPORT_SOURCES` lists it."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return _sources(tuple(settings.CROWD_IMPORT_SOURCES), settings.STORAGE_URL, endpoint)


def bucket(name: str, key: str) -> "Bucket":
    """Return the listed bucket that a key, or a prefix of keys, lies in; Invalid where it is in none."""
    return _bucket(sources().bucket(name, key), os.getpid())


@lru_cache(maxsize=16)
def _sources(entries: tuple[str, ...], storage_url: str, endpoint: str) -> Sources:
    return Sources.parse(entries, storage_url=storage_url, environment_endpoint=endpoint)


@lru_cache(maxsize=16)
def _bucket(address: S3Address, process: int) -> "Bucket":  # noqa: ARG001 -- as above
    from crowd.storage.buckets import Bucket  # noqa: PLC0415 -- as above

    return Bucket(address)
