"""A backup is brought back: first the objects, which harm nothing, then the database in place of an empty one.

Afterwards the schema is brought up to this release, the feeds begin another epoch, and what was erased since the backup
was made is erased again.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from crowd import storage
from crowd.errors import Missing
from crowd.keeping import catalogue, postgres, taking
from crowd.keeping.catalogue import SAID_EVERY, BackupError, Hashing, Manifest, Say, quiet
from crowd.models import Image, User, Webhook
from crowd.storage.base import Store
from crowd.workflow import erasing
from crowd.workflow.upkeep import epochs

_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@dataclass(frozen=True)
class Restored:
    """What was brought back."""

    manifest: Manifest
    objects: int
    erased: int


def restore(
    where: str,
    *,
    now: datetime,
    name: str = "",
    replace: bool = False,
    rehearsal: bool = False,
    say: Say = quiet,
) -> Restored:
    """Bring a backup back, by default the newest; BackupError where it is not whole or there is something already.

    `replace` has it take the place of what is there. In a `rehearsal` no endpoint is told of anything: all are paused.
    """
    source = catalogue.place(where)
    found = catalogue.manifest(source, name)
    _check(found, replace=replace)
    erased = catalogue.erasures(source)
    with tempfile.TemporaryDirectory(prefix="crowd-restore-") as folder:
        dump = _fetch(source, found, Path(folder))
        postgres.check(dump)
        if replace:
            erased = _with_those_here(erased)
        count = _objects(source, found, set(erased.get("gone", [])), say)
        say("Writing the database.")
        if replace:
            _empty()
        connection.close()
        postgres.load(dump)
    if rehearsal:
        _pause()
    _check_rows(found)
    call_command("migrate", verbosity=0, interactive=False)
    epochs.begin(now=now)
    again = _erase_again(erased, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Restored(found, count, again)


def _check(found: Manifest, *, replace: bool) -> None:
    """Refuse a backup of a newer release, and a place that is not empty or not quiet."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(found.migrations) - known):
        raise BackupError(
            f"Backup {found.name} is of crowd {found.version}, a newer release than this: it knows {newer[-1]}."
        )
    if postgres.server() < found.server:
        raise BackupError(
            f"The backup is of PostgreSQL {found.server}; the server is {postgres.server()}, an older one."
        )
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        others = cursor.fetchone()[0]
        cursor.execute(_TABLES)
        tables = cursor.fetchone()[0]
    if others:
        raise BackupError(f"{others} others are connected to the database: stop web, workers and beat first.")
    if replace:
        return
    if tables:
        raise BackupError("The database is not empty. With --replace all that is in it is removed first.")
    if next(iter(storage.store().keys()), None) is not None:
        raise BackupError(
            "The object store is not empty. With --replace the backup's objects are put beside what is there."
        )


def _fetch(source: Store, found: Manifest, folder: Path) -> Path:
    """Bring the dump here, whole; PostgreSQL reads it from several places at once."""
    path = folder / "database.dump"
    with source.open(catalogue.key(found.name, path.name)) as stream, path.open("wb") as file:
        hashing = Hashing(stream)
        shutil.copyfileobj(hashing, file, 1 << 20)
    if hashing.sha256 != found.dump["sha256"]:
        raise BackupError(f"The database of backup {found.name} is damaged.")
    return path


def _objects(source: Store, found: Manifest, gone: set[str], say: Say) -> int:
    """Put the backup's objects into the store, each judged by its digest; return how many."""
    target, count = storage.store(), 0
    for one in catalogue.objects(source, found):
        if one.key in gone:
            continue
        if not (catalogue.digest_in(one.key) and catalogue.sha256(target, one.key) == one.sha256):
            _put(source, target, one)
        count += 1
        if count % SAID_EVERY == 0:
            say(f"{count:,} of {found.objects:,} objects.")
    say(f"{count:,} objects are in the store.")
    return count


def _put(source: Store, target: Store, one: catalogue.Kept) -> None:
    try:
        with source.open(f"objects/{one.key}") as stream:
            hashing = Hashing(stream)
            target.put(one.key, hashing.as_file(), content_type="application/octet-stream")
    except Missing:
        raise BackupError(f"{one.key} is not in the backup.") from None
    if hashing.sha256 != one.sha256:
        target.delete(one.key)
        raise BackupError(f"{one.key} is damaged in the backup.")


def _with_those_here(erased: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
    """Add who and what the database that is about to go knows to be erased; one without our tables knows of none."""
    try:
        with postgres.connected() as reader:
            return catalogue.merged(erased, taking.erasures(reader))
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return erased


def _pause() -> None:
    """Have no endpoint told of anything; in the words of the columns that every release has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_webhook SET state = %s WHERE state = %s", [Webhook.State.PAUSED, Webhook.State.ACTIVE]
        )


def _empty() -> None:
    """Remove all that the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _check_rows(found: Manifest) -> None:
    """See that every table has as many rows as it had."""
    wrong = []
    with connection.cursor() as cursor:
        for table, rows in found.rows.items():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- quoted
            if (there := cursor.fetchone()[0]) != rows:
                wrong.append(f"{table}: {there:,} rows, not {rows:,}")
    if wrong:
        raise BackupError(f"Not all rows came back. {'; '.join(wrong)}.")


def _erase_again(erased: Mapping[str, list[Any]], now: datetime) -> int:
    """Erase who and what was erased after the backup was made; return how many."""
    count = 0
    for pk, joined in erased.get("users", []):
        user = User.objects.filter(pk=pk, date_joined=joined, erased_at__isnull=True).first()
        if user is not None:
            erasing.erase_user(user=user, now=now, even_owner=True)
            count += 1
    for pk, sha256, reason in erased.get("images", []):
        image = Image.objects.filter(pk=pk, sha256=sha256, erased_at__isnull=True).first()
        if image is not None:
            erasing.erase_image(image=image, reason=reason, by=None, now=now)
            count += 1
    while erasing.sweep(now=now):  # the backup is without what held them, and the tombstones say so from here on
        pass
    return count
