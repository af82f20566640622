"""A backup is taken while everybody works: the database as it is at one moment, and every object that it names.

Bytes come into the store before the row that names them, so whatever a snapshot names is there when the store is read
after it. Nothing that a snapshot may name is removed meanwhile: whoever removes objects asks for a lock that a backup
shares from before its snapshot to its end.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

import crowd
from crowd import storage
from crowd.errors import Missing
from crowd.keeping import catalogue, postgres
from crowd.keeping.catalogue import SAID_EVERY, BackupError, Hashing, Kept, Manifest, Say, quiet
from crowd.storage.base import Store
from crowd.workflow import locks

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_OF_IMAGE = "format('projects/%s/images/%s/%s', COALESCE(held_by_id, project_id), left(sha256, 2), sha256)"
_OF_RELEASE = "format('projects/%s/releases/%s/%s', r.project_id, left({0}, 2), {0})"
# What must be there. An image elsewhere has no bytes of ours, or a copy that can be fetched again.
_NAMED = f"""
    SELECT {_OF_IMAGE} FROM crowd_image WHERE location = '' AND erased_at IS NULL
    UNION SELECT {_OF_RELEASE.format("f.sha256")} FROM crowd_releasefile f JOIN crowd_release r ON r.id = f.release_id
    WHERE NOT EXISTS (
        SELECT FROM crowd_tombstone t JOIN crowd_image i ON i.id = t.image_id
        WHERE i.project_id = r.project_id AND f.sha256 = ANY(t.packed))
    UNION SELECT {_OF_RELEASE.format("r.snapshot")} FROM crowd_release r WHERE r.snapshot <> '' AND r.state <> 'failed'
"""  # noqa: S608 -- our own words
_ERASED_USERS = "SELECT id, date_joined::text FROM crowd_user WHERE erased_at IS NOT NULL ORDER BY id"
_ERASED_IMAGES = f"""
    SELECT i.id, sha256, {_OF_IMAGE}, t.reason, t.swept_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM crowd_image other WHERE other.sha256 = i.sha256 AND other.erased_at IS NULL
        AND COALESCE(other.held_by_id, other.project_id) = COALESCE(i.held_by_id, i.project_id))
    FROM crowd_image i JOIN crowd_tombstone t ON t.image_id = i.id ORDER BY i.id
"""  # noqa: S608 -- our own words
_ERASED_FILES = f"""
    SELECT {_OF_RELEASE.format("file")} FROM crowd_tombstone t JOIN crowd_image r ON r.id = t.image_id
    CROSS JOIN unnest(t.packed) file WHERE t.swept_at IS NOT NULL
"""  # noqa: S608 -- our own words
_LIVING = f"SELECT DISTINCT {_OF_IMAGE} FROM crowd_image WHERE erased_at IS NULL"  # noqa: S608 -- our own words


@dataclass(frozen=True)
class Moment:
    """What the database says of itself in the snapshot."""

    migrations: list[str]
    epoch: str
    rows: dict[str, int]
    named: set[str]
    dump: dict[str, Any]


def take(where: str, *, now: datetime, say: Say = quiet) -> Manifest:
    """Make a backup and return its manifest. Objects that an earlier backup, finished or not, has there stay there."""
    target, name = catalogue.place(where), f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    with _nothing_removed() as guard:
        moment = _dump(target, name, say)
        say(f"The database is written: {moment.dump['bytes']:,} bytes.")
        kept = sorted(_copy(storage.store(), target, say), key=lambda one: one.key)
        guard.execute("SELECT 1")  # a broken connection had no lock, and this is no backup
        erased = catalogue.merged(catalogue.erasures(target), erasures(guard))
    listing = catalogue.encode(kept)
    target.put(catalogue.key(name, "objects.jsonl.gz"), listing, content_type="application/gzip")
    _forget(target, erased)
    found = Manifest(
        name=name, at=now.isoformat(), version=crowd.__version__, server=postgres.server(), rows=moment.rows,
        migrations=moment.migrations, epoch=moment.epoch, dump=moment.dump, objects=len(kept),
        listing={"bytes": len(listing), "sha256": hashlib.sha256(listing).hexdigest()},
        size=sum(one.size for one in kept), missing=sorted(moment.named - {one.key for one in kept}),
    )  # fmt: skip
    target.put(catalogue.key(name, "manifest.json"), found.encoded(), content_type="application/json")
    return found


@contextmanager
def _nothing_removed() -> Iterator[psycopg.Connection[Any]]:
    """Hold what keeps objects from being removed, in a transaction that holds nothing else back: it has no snapshot."""
    with postgres.connected() as guard:
        guard.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        guard.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [locks.REMOVAL])
        yield guard


def _dump(target: Store, name: str, say: Say) -> Moment:
    """Write the database, and what is to be known of it, under one snapshot."""
    with postgres.connected() as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        reader.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        [(snapshot,)] = reader.execute("SELECT pg_export_snapshot()").fetchall()
        tables = [row[0] for row in reader.execute(_TABLES)]
        if "crowd_epoch" not in tables:
            raise BackupError("The database is empty, or older than this release: run migrate first.")
        say("Writing the database.")
        with postgres.dumped(snapshot) as source:
            hashing = Hashing(source)
            target.put(catalogue.key(name, "database.dump"), hashing.as_file(), content_type="application/octet-stream")
        rows = {table: _count(reader, table) for table in tables if table != "django_session"}
        migrations = [f"{app}.{one}" for app, one in reader.execute("SELECT app, name FROM django_migrations")]
        epoch = reader.execute("SELECT name FROM crowd_epoch ORDER BY id DESC LIMIT 1").fetchone()
        return Moment(
            migrations=sorted(migrations),
            epoch=epoch[0] if epoch else "",
            rows=rows,
            named={row[0] for row in reader.execute(_NAMED)},
            dump={"bytes": hashing.size, "sha256": hashing.sha256},
        )


def _count(reader: psycopg.Connection[Any], table: str) -> int:
    [(found,)] = reader.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(found)


def _copy(source: Store, target: Store, say: Say) -> Iterator[Kept]:
    """Bring over what is new, and yield all that belongs to the backup."""
    known = _known(target)
    there = {key.removeprefix("objects/") for key in target.keys("objects/")}
    fresh = seen = 0
    for key in source.keys(prefix=""):
        if catalogue.is_passing(key):
            continue
        seen += 1
        digest = catalogue.digest_in(key)
        if digest and key in there:
            yield known.get(key) or Kept(key, target.size(f"objects/{key}"), digest)
        else:
            found = _bring(source, target, key, say)
            if found is None:
                continue
            fresh += 1
            yield found
        if seen % SAID_EVERY == 0:
            say(f"{seen:,} objects, {fresh:,} of them new.")
    say(f"{seen:,} objects, {fresh:,} of them new.")


def _bring(source: Store, target: Store, key: str, say: Say) -> Kept | None:
    """Bring an object over; None for one that is damaged, or done with meanwhile, as a file that was imported is."""
    try:
        with source.open(key) as stream:
            hashing = Hashing(stream)
            target.put(f"objects/{key}", hashing.as_file(), content_type="application/octet-stream")
    except Missing:
        return None
    if catalogue.digest_in(key) in {"", hashing.sha256}:
        return Kept(key, hashing.size, hashing.sha256)
    target.delete(f"objects/{key}")
    say(f"{key} is damaged in the object store: its bytes have SHA-256 {hashing.sha256}.")
    return None


def _known(target: Store) -> Mapping[str, Kept]:
    """Return what the newest finished backup says of its objects."""
    if not catalogue.names(target):
        return {}
    return {one.key: one for one in catalogue.objects(target, catalogue.manifest(target))}


def erasures(guard: psycopg.Connection[Any]) -> Mapping[str, list[Any]]:
    """Return who and what is erased by now, for whoever restores an older backup; and which bytes must go from here."""
    images = guard.execute(_ERASED_IMAGES).fetchall()
    files = guard.execute(_ERASED_FILES).fetchall()
    return {
        "users": [list(row) for row in guard.execute(_ERASED_USERS)],
        "images": [[pk, sha256, reason] for pk, sha256, _, reason, _ in images],
        "gone": sorted({key for _, _, key, _, gone in images if gone} | {key for (key,) in files}),
        "living": [key for (key,) in guard.execute(_LIVING)],
    }


def _forget(target: Store, erased: Mapping[str, list[Any]]) -> None:
    """Have what was erased go from the older backups too; the note of it stays, before the bytes go."""
    target.put(catalogue.ERASURES, json.dumps(erased).encode(), content_type="application/json")
    for key in erased["gone"]:
        target.delete(f"objects/{key}")
