"""The object store: images and release files as opaque bytes under keys, on this machine's disk or in S3.

`STORAGE_URL` chooses: `file:///path`, or `s3://bucket/prefix?endpoint_url=…&region=…` (see `crowd.storage.address`).
Both stores keep the same promises, written at `Store` and proven by one test suite. boto3 is imported by
`crowd.storage.s3` alone, and only where an S3 URL asks for it.
"""

import os
import time
from functools import lru_cache

from django.conf import settings

from crowd.storage.address import FileAddress, parse
from crowd.storage.base import StorageError, Store
from crowd.storage.file import FileStore

__all__ = ["FileStore", "StorageError", "Store", "store"]


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
