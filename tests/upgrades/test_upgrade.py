"""Data of the first release come through to this one while its clients go on writing."""

import io
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from crowd.queries import integrity
from tests.keeping.elsewhere import address, elsewhere, played
from tests.upgrades.rules import BASELINE

_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES'
    FROM information_schema.columns WHERE table_schema = 'public'
"""
# What clients of the first release write, in its own columns and no others.
_CLIENT = (
    "UPDATE crowd_task SET priority = priority + 1 WHERE id = (SELECT min(id) FROM crowd_task)",
    """INSERT INTO crowd_event (project_id, type, at, data)
       SELECT id, 'test.old', now(), '{}' FROM crowd_project LIMIT 1""",
    """INSERT INTO crowd_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                               date_joined)
       VALUES ('', false, %(name)s, '', '', '', false, true, now())""",
    """WITH made AS (
           INSERT INTO crowd_image (project_id, name, sha256, width, height, orientation, content_type, bytes, metadata,
                                    created_at)
           SELECT id, %(name)s::text, encode(sha256(convert_to(%(name)s::text, 'UTF8')), 'hex'),
                  1, 1, 1, 'image/png', 1, '{}', now()
           FROM crowd_project LIMIT 1 RETURNING id, project_id
       ), begun AS (
           INSERT INTO crowd_task (project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                                   prelabel_model, taken_back, uncertainty, begun, entered, band, created_at)
           SELECT project_id, id, 'open', 0, 3, 3, 3, 0, '', 0, 0.5, false, 0, 5, now() FROM made
       ) INSERT INTO crowd_imagequality (image_id, project_id) SELECT id, project_id FROM made""",
    "SELECT count(*) FROM crowd_task t JOIN crowd_image i ON i.id = t.image_id",
)


def columns() -> dict[tuple[str, str], tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return {(table, column): (kind, free) for table, column, kind, free in cursor.fetchall()}


def write(until: threading.Event, wrote: list[int], faults: list[str]) -> None:
    """Do what a client of the first release does, over and over."""
    with psycopg.connect(**address(), autocommit=True) as client:
        for turn in itertools.count():
            if until.is_set():
                return
            for statement in _CLIENT:
                try:
                    client.execute(statement, {"name": f"old-{threading.get_ident()}-{turn}"})
                except psycopg.errors.DeadlockDetected:
                    continue  # with a migration; a client tries again, and so does the next turn
                except psycopg.Error as fault:
                    faults.append(str(fault))
            wrote.append(turn)


@contextmanager
def clients() -> Iterator[list[int]]:
    """Have two of them at work in this block; yield what they count."""
    until, wrote, faults = threading.Event(), list[int](), list[str]()
    threads = [threading.Thread(target=write, args=(until, wrote, faults)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        await_more(wrote)
        yield wrote
        await_more(wrote)
    finally:
        until.set()
        for thread in threads:
            thread.join()
    assert faults == []


def await_more(wrote: list[int]) -> None:
    """Wait until something was written after now."""
    before, deadline = len(wrote), time.monotonic() + 600
    while len(wrote) < before + 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def migrate(*words: str, **options: Any) -> str:
    told = io.StringIO()
    call_command("migrate", *words, verbosity=0, interactive=False, stderr=told, **options)
    return told.getvalue()


@pytest.mark.usefixtures("transactional_db")
def test_the_first_releases_data_and_clients_come_through(tmp_path: Path) -> None:
    found = played()
    with elsewhere(tmp_path, copied=True):
        migrate("crowd", f"{BASELINE:04}")
        before = columns()
        with clients():
            migrate()
        after = columns()
        for name, (kind, _) in before.items():
            assert after.get(name, ("gone", False))[0] == kind, name
        tables = {table for table, _ in before}
        needed = [name for name, (_, free) in after.items() if name not in before and name[0] in tables and not free]
        assert needed == []  # the old release writes rows without them
        assert [one.offenders for one in integrity.run() if one.offenders] == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM crowd_consensus WHERE task_id = %s", [found.agreed.pk])
            assert cursor.fetchone()[0] > 0


@pytest.mark.usefixtures("transactional_db")
def test_a_migration_lets_go_of_a_lock_it_does_not_get_and_tries_again(tmp_path: Path) -> None:
    with elsewhere(tmp_path, copied=True):
        migrate("crowd", f"{BASELINE:04}")
        with psycopg.connect(**address()) as reader:
            reader.execute("SELECT count(*) FROM crowd_image")  # a long report, in a transaction left open
            with pytest.raises(CommandError, match="in use at each of 2 attempts"):
                migrate(lock_timeout=0.05, attempts=2)
            with psycopg.connect(**address()) as other:
                other.execute("SELECT count(*) FROM crowd_image")  # nobody waits behind it
        migrate()  # the reader is gone; PostgreSQL's own housekeeping may still cost an attempt
        migrate(check_unapplied=True)
