"""Objects in an S3 bucket. The only file that knows boto3."""

import contextlib
import io
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from django.utils.http import content_disposition_header

from crowd.errors import Missing
from crowd.storage.address import S3Address
from crowd.storage.base import StorageError, checked, checked_prefix, missing, window_start
from crowd.storage.presign import presign
from crowd.telemetry import calls

_CHUNK: Final = 1 << 20
_GONE: Final = {"404", "NoSuchKey", "NotFound"}
_REFUSED: Final = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}


class S3Store:
    """A store in a bucket that exists already; any server that speaks S3 will do."""

    def __init__(self, address: S3Address) -> None:
        self.address = address
        self._session = boto3.session.Session(
            aws_access_key_id=address.access_key_id,
            aws_secret_access_key=address.secret_access_key,
            region_name=address.region,
        )
        self._client = self._session.client(
            "s3",
            endpoint_url=address.endpoint_url,
            region_name=self._session.region_name or "us-east-1",
            config=Config(
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=32,
                retries={"mode": "standard", "total_max_attempts": 3},
                # the bytes' sha256 is part of the signature, so a server refuses altered ones; the newer checksum
                # trailers are not understood by every server
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": address.addressing, "payload_signing_enabled": True},
            ),
        )

    @calls.storage("check")
    def check(self) -> None:
        """Ask for one key: a bucket that is gone, or is not ours, says so. Nothing is written: writes cost money."""
        with self._explained():
            self._client.list_objects_v2(Bucket=self.address.bucket, Prefix=self.address.prefix, MaxKeys=1)

    @calls.storage("make")
    def make(self) -> bool:
        """Make the bucket where there is none; one of that name that is somebody else's is an error."""
        region = self._client.meta.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with self._explained():
            try:
                self._client.list_objects_v2(Bucket=self.address.bucket, MaxKeys=1)
            except self._client.exceptions.NoSuchBucket:
                with contextlib.suppress(self._client.exceptions.BucketAlreadyOwnedByYou):  # made meanwhile
                    self._client.create_bucket(Bucket=self.address.bucket, **where)
                return True
        return False

    @calls.storage("put")
    def put(self, key: str, source: bytes | BinaryIO, *, content_type: str) -> None:
        """Keep the bytes; large files go in parts, which the server joins only when all have come."""
        name = self._name(key)
        with self._explained(key):
            if isinstance(source, bytes):
                self._client.put_object(Bucket=self.address.bucket, Key=name, Body=source, ContentType=content_type)
                return
            self._client.upload_fileobj(
                _KeptOpen(source),
                self.address.bucket,
                name,
                ExtraArgs={"ContentType": content_type},
                Config=TransferConfig(max_concurrency=4),
            )

    @calls.storage("open")
    def open(self, key: str) -> BinaryIO:
        """Return the object as a readable, seekable file that fetches what is read."""
        return cast(BinaryIO, io.BufferedReader(_Ranged(self, key), _CHUNK))

    @calls.storage("read")
    def read(self, key: str) -> bytes:
        """Return all bytes of the object."""
        with self._explained(key), contextlib.closing(self._get(key)["Body"]) as body:
            return cast(bytes, body.read())

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        try:
            self.size(key)
        except Missing:
            return False
        return True

    @calls.storage("size")
    def size(self, key: str) -> int:
        """Return the object's length in bytes."""
        with self._explained(key):
            return int(self._client.head_object(Bucket=self.address.bucket, Key=self._name(key))["ContentLength"])

    @calls.storage("delete")
    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""
        with self._explained(key):
            self._client.delete_object(Bucket=self.address.bucket, Key=self._name(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key that begins with `prefix`, a page of a thousand at a time."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.address.bucket, Prefix=self.address.prefix + checked_prefix(prefix)
        )
        with self._explained():
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self.address.prefix)

    def url(self, key: str, *, expires_in: int, filename: str | None = None, content_type: str | None = None) -> str:
        """Return an address that S3 itself serves; boto3's own would differ every second, so nothing could cache it."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise _without_credentials()
        region = self._session.region_name or "us-east-1"
        disposition = content_disposition_header(bool(filename), filename or "") or "inline"
        return presign(
            self.address.browser_url(checked(key), region=region),
            credentials=credentials.get_frozen_credentials(),
            region=region,
            at=window_start(time.time(), expires_in=expires_in),
            expires_in=expires_in,
            parameters={
                "response-cache-control": f"private, immutable, max-age={expires_in // 2}",
                "response-content-disposition": disposition,
                "response-content-type": content_type or "application/octet-stream",
            },
        )

    def upload_url(self, key: str, *, length: int, expires_in: int) -> str | None:
        """Return an address to which that many bytes can be put, without a header but their length."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise _without_credentials()
        region = self._session.region_name or "us-east-1"
        return presign(
            self.address.browser_url(checked(key), region=region),
            credentials=credentials.get_frozen_credentials(),
            region=region,
            at=int(time.time()),
            expires_in=expires_in,
            parameters={},
            method="PUT",
            headers={"content-length": str(length)},
        )

    def _name(self, key: str) -> str:
        return self.address.prefix + checked(key)

    def _get(self, key: str, **options: Any) -> dict[str, Any]:
        return cast(dict[str, Any], self._client.get_object(Bucket=self.address.bucket, Key=self._name(key), **options))

    @contextlib.contextmanager
    def _explained(self, key: str | None = None) -> Iterator[None]:
        place = f"bucket {self.address.bucket} at {self.address.endpoint_url or 'Amazon S3'}"
        try:
            yield
        except ClientError as fault:
            code = fault.response.get("Error", {}).get("Code", "")
            if code in _GONE and key is not None:
                raise missing(key) from fault
            if code == "NoSuchBucket":
                raise StorageError(f"There is no {place}; make it, or correct CROWD_STORAGE_URL.") from fault
            if code in _REFUSED:
                raise StorageError(f"The {place} refuses our credentials ({code}).") from fault
            raise StorageError(f"The {place} answered {code}: {fault}") from fault
        except NoCredentialsError as fault:
            raise _without_credentials() from fault
        except (BotoCoreError, Boto3Error, HTTPClientError) as fault:
            raise StorageError(f"The {place} does not answer: {fault}") from fault


def _without_credentials() -> StorageError:
    return StorageError(
        "There are no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give the machine a role, or add "
        "access_key_id and secret_access_key to CROWD_STORAGE_URL."
    )


class _Ranged(io.RawIOBase):
    """One version of an object as a file: a request where reading begins or has jumped, then one stream."""

    def __init__(self, store: S3Store, key: str) -> None:
        self._store, self._key = store, key
        with store._explained(key):
            head = store._client.head_object(Bucket=store.address.bucket, Key=store._name(key))
        self._size, self._etag = int(head["ContentLength"]), head["ETag"]
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if target != self._position:
            self._drop()
        self._position = max(0, target)
        return self._position

    @calls.storage("read_on")
    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        with self._store._explained(self._key):
            if self._body is None:
                self._body = self._store._get(self._key, Range=f"bytes={self._position}-", IfMatch=self._etag)["Body"]
            data = self._body.read(len(buffer))
        if not data:
            raise StorageError(f"The object {self._key} ended after {self._position} of {self._size} bytes.")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
        self._body = None


class _KeptOpen:
    """An open file that boto3 cannot close: it belongs to the caller."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell, self.seekable = file.read, file.seek, file.tell, file.seekable

    def close(self) -> None:
        """Do nothing."""
