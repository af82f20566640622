"""Buckets that images are imported from: listed, looked into, linked to; never written."""

import base64
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, cast

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.utils.http import content_disposition_header

from crowd.errors import Invalid, Missing
from crowd.storage.address import S3Address
from crowd.storage.base import StorageError, window_start
from crowd.storage.presign import presign
from crowd.storage.s3 import S3Store

_GONE: Final = {"404", "NoSuchKey", "NotFound"}
_FINAL: Final = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "InvalidToken"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One object as a listing names it."""

    key: str
    etag: str
    bytes: int


class Bucket:
    """A bucket of the operator's list. A fault that waiting cannot mend raises Invalid, any other StorageError."""

    def __init__(self, address: S3Address) -> None:
        self.address = address
        self._store = S3Store(address)
        self._client = self._store._client

    def list(self, prefix: str, *, after: str, count: int) -> tuple[list[Listed], bool]:
        """Return the next `count` objects behind the key `after`, and whether there are more."""
        options = {"StartAfter": after} if after else {}
        with self._explained():
            page = self._client.list_objects_v2(Bucket=self.address.bucket, Prefix=prefix, MaxKeys=count, **options)
        found = [Listed(one["Key"], one["ETag"].strip('"'), int(one["Size"])) for one in page.get("Contents", ())]
        return found, bool(page.get("IsTruncated"))

    def find(self, key: str) -> Listed:
        """Return one object; Missing where there is none."""
        with self._explained(key):
            head = self._client.head_object(Bucket=self.address.bucket, Key=key)
        return Listed(key, head["ETag"].strip('"'), int(head["ContentLength"]))

    def sha256(self, key: str) -> str | None:
        """Return the SHA-256 that the bucket itself keeps of the whole object, in hex; None where it keeps none."""
        with self._explained(key):
            head = self._client.head_object(Bucket=self.address.bucket, Key=key, ChecksumMode="ENABLED")
        found = head.get("ChecksumSHA256", "")
        if not found or head.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT" or "-" in found:
            return None
        try:
            raw = base64.b64decode(found, validate=True)
        except ValueError:
            return None
        return raw.hex() if len(raw) == 32 else None

    def read(self, key: str, *, etag: str, most: int) -> bytes:
        """Return the object's bytes, at most `most` of them from its beginning; Missing where it changed meanwhile."""
        with self._explained(key):
            answer = self._client.get_object(
                Bucket=self.address.bucket, Key=key, IfMatch=etag, Range=f"bytes=0-{most - 1}"
            )
            with contextlib.closing(answer["Body"]) as body:
                return cast(bytes, body.read(most))

    def url(self, key: str, *, expires_in: int, content_type: str) -> str:
        """Return an address that gives the object to whoever holds it, for a while; see `Store.url`."""
        credentials = self._store._session.get_credentials()
        if credentials is None:
            raise StorageError("There are no S3 credentials for the sources of imports.")
        region = self._store._session.region_name or "us-east-1"
        return presign(
            replace(self.address, prefix="").browser_url(key, region=region),  # a key is given in full
            credentials=credentials.get_frozen_credentials(),
            region=region,
            at=window_start(time.time(), expires_in=expires_in),
            expires_in=expires_in,
            parameters={
                "response-cache-control": f"private, immutable, max-age={expires_in // 2}",
                "response-content-disposition": content_disposition_header(False, "") or "inline",
                "response-content-type": content_type,
            },
        )

    @contextlib.contextmanager
    def _explained(self, key: str = "") -> Iterator[None]:
        place = f"bucket {self.address.bucket} at {self.address.endpoint_url or 'Amazon S3'}"
        try:
            yield
        except ClientError as fault:
            code = fault.response.get("Error", {}).get("Code", "")
            if key and code in _GONE:
                raise Missing(f"{key} is not in the bucket any more.", code="object_missing") from fault
            if code in {"412", "PreconditionFailed"}:
                raise Missing(f"{key} was changed while it was read.", code="object_changed") from fault
            if code in {"InvalidRange", "416"}:
                raise Invalid("The file is empty.", code="empty") from fault
            if code in _FINAL:
                raise Invalid(f"The {place} refuses us, or is not there ({code}).", code="bucket_refused") from fault
            raise StorageError(f"The {place} answered {code}.") from fault
        except (BotoCoreError, HTTPClientError) as fault:
            raise StorageError(f"The {place} does not answer: {fault}") from fault
