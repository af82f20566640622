"""A release's files on their way into the object store, each under its checksum."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, BinaryIO, cast

from crowd import storage
from crowd.formats import Report
from crowd.models import Release, ReleaseFile
from crowd.workflow import events


@dataclass(frozen=True)
class Written:
    """One file in the object store."""

    format: str
    path: str
    bytes: int
    sha256: str
    content_type: str
    report: Report | None = None


def key_of(release: Release, digest: str) -> str:
    """Return where the store keeps a file of the release."""
    return ReleaseFile(release=release, sha256=digest).key


def store(release: Release, name: str, path: str, content_type: str, sink: IO[bytes], report: Report | None) -> Written:
    """Put a file into the store under its checksum, unless an equal one is there."""
    size = sink.seek(0, 2)
    sink.seek(0)
    digest = _sha256(sink)
    key = key_of(release, digest)
    target = storage.store()
    if not target.exists(key):
        sink.seek(0)
        target.put(key, cast(BinaryIO, sink), content_type=content_type)
    return Written(name, path, size, digest, content_type, report)


def note(release: Release, made: Written) -> None:
    """Have the release name a file that is in the store."""
    ReleaseFile.objects.create(
        release=release,
        format=made.format,
        path=made.path,
        bytes=made.bytes,
        sha256=made.sha256,
        content_type=made.content_type,
        report=_told(made.report),
    )


def _told(report: Report | None) -> dict[str, Any]:
    """Return what a format could not say, for those who read the list of files."""
    if report is None:
        return {}
    following = {} if report.next is None else {"next": report.next}
    return {"approximated": dict(report.approximated), "left_out": dict(report.left_out), **following}


def fail(release: Release, error: str, now: datetime) -> None:
    """Say what went wrong where the owner looks; a new release can be cut at any time."""
    release.state, release.error, release.finished_at = Release.State.FAILED, error[:2000], now
    release.save(update_fields=["state", "error", "finished_at"])
    events.record(
        project=release.project,
        kind="release.failed",
        now=now,
        data={"release": release.number, "error": release.error},
    )


def _sha256(sink: IO[bytes]) -> str:
    total = hashlib.sha256()
    while chunk := sink.read(1 << 20):
        total.update(chunk)
    return total.hexdigest()
