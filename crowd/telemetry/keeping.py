"""Writes down what this process counts, and that it lives, every few seconds, on a connection of its own.

Web processes and workers come and go, on many machines. What each has counted is added to one table, so that any of
them answers a scrape with the sums of all, and a process that ends takes nothing with it but its last seconds.
"""

import json
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection, transaction

from crowd import __version__
from crowd.telemetry import measures

logger = logging.getLogger(__name__)
FORGOTTEN_AFTER: Final = 900  # seconds since a process was last seen
MOST_FAILED: Final = 1000

# In one order in all processes, so that two that write at once wait for one another and do not deadlock.
_ADD = """
    INSERT INTO crowd_measure AS m (name, labels, count, total, buckets)
    SELECT name, ARRAY(SELECT jsonb_array_elements_text(labels)), count, total,
           ARRAY(SELECT jsonb_array_elements_text(buckets)::bigint)
    FROM jsonb_to_recordset(%(sums)s) AS r (name text, labels jsonb, count bigint, total float, buckets jsonb)
    ORDER BY name, labels
    ON CONFLICT (name, labels) DO UPDATE SET count = m.count + excluded.count, total = m.total + excluded.total,
        buckets = ARRAY(SELECT COALESCE(a, 0) + COALESCE(b, 0)
                        FROM unnest(m.buckets, excluded.buckets) WITH ORDINALITY t (a, b, place) ORDER BY place)
"""
_SEEN = """
    INSERT INTO crowd_process (key, role, host, pid, version, started_at, seen_at, doing, doing_since)
    VALUES (%(key)s, %(role)s, %(host)s, %(pid)s, %(version)s, %(started_at)s, now(), %(doing)s, %(since)s)
    ON CONFLICT (key) DO UPDATE SET seen_at = now(), doing = excluded.doing, doing_since = excluded.doing_since
"""
_LEFT = "DELETE FROM crowd_process WHERE key = %(key)s"
_FORGET = "DELETE FROM crowd_process WHERE seen_at < now() - make_interval(secs => %(seconds)s)"
_MENDED = """
    DELETE FROM crowd_failedjob f USING jsonb_to_recordset(%(done)s) AS r (job text, ids jsonb, at timestamptz)
    WHERE f.job = r.job AND f.ids = r.ids AND f.failed_at <= r.at
"""
_FAILED = f"""
    INSERT INTO crowd_failedjob AS f (job, ids, failed_at, times, error, place, request_id)
    SELECT job, ids, at, 1, error, place, request_id FROM jsonb_to_recordset(%(failed)s)
        AS r (job text, ids jsonb, at timestamptz, error text, place text, request_id text)
    WHERE (SELECT count(*) FROM crowd_failedjob) < {MOST_FAILED}
    ORDER BY job, ids
    ON CONFLICT (job, ids) DO UPDATE SET failed_at = excluded.failed_at, times = f.times + 1, error = excluded.error,
        place = excluded.place, request_id = excluded.request_id, retried_at = NULL
"""  # noqa: S608 -- a constant


@dataclass
class Ended:
    """Jobs that have ended since the last time, by name and ids: the last end of each."""

    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    def merge(self, older: "Ended") -> None:
        """Take in what could not be written down."""
        self.failed = {**older.failed, **self.failed}
        self.done = {**older.done, **self.done}


class Keeper:
    """One process's: who it is, what it does, and the thread that writes."""

    def __init__(self, role: str, *, every: float) -> None:
        self.role, self.every = role, every
        self.key, self.pid = uuid.uuid4(), os.getpid()
        self.host = socket.gethostname()[:100]
        self.started_at = datetime.now(UTC)
        self.doing: tuple[str, datetime] | None = None
        self._lock, self._ended = threading.Lock(), Ended()
        self._stopping = threading.Event()
        self._warned = False
        threading.Thread(target=self._run, name="crowd-telemetry", daemon=True).start()

    def busy(self, doing: str) -> None:
        """Say what the process does from now on; nothing by an empty string."""
        self.doing = (doing[:100], datetime.now(UTC)) if doing else None

    def done(self, job: str, ids: Iterable[Any]) -> None:
        """Say that a job has succeeded: whatever failed before of the same is mended."""
        row = {"job": job, "ids": list(ids), "at": datetime.now(UTC).isoformat()}
        with self._lock:
            self._ended.done[_named(row)] = row
            self._ended.failed.pop(_named(row), None)

    def failed(self, job: str, ids: Iterable[Any], **told: str) -> None:
        """Say that a job has failed."""
        row = {"job": job, "ids": list(ids), "at": datetime.now(UTC).isoformat(), **told}
        with self._lock:
            self._ended.failed[_named(row)] = row

    def write(self, *, leaving: bool = False) -> bool:
        """Write it all down, or keep it for the next time where the database is away; tell whether it was written."""
        sums = measures.take()
        with self._lock:
            ended, self._ended = self._ended, Ended()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                self._write(cursor, sums, ended, leaving=leaving)
        except Error as error:
            measures.give_back(sums)
            with self._lock:
                self._ended.merge(ended)
            if not self._warned:
                logger.warning("What this process counts cannot be written down just now: %s", error)
            self._warned = True
            return False
        finally:
            connection.close()
        self._warned = False
        return True

    def leave(self) -> None:
        """Write for the last time; the process is none of the living any more."""
        self._stopping.set()
        self.write(leaving=True)

    def _write(self, cursor: Any, sums: dict[measures.Key, measures.Sum], ended: Ended, *, leaving: bool) -> None:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        if sums:
            rows = [
                {"name": name, "labels": labels, "count": one.count, "total": one.total, "buckets": one.buckets}
                for (name, labels), one in sums.items()
            ]
            cursor.execute(_ADD, {"sums": json.dumps(rows)})
        if ended.done:
            cursor.execute(_MENDED, {"done": json.dumps(list(ended.done.values()))})
        if ended.failed:
            cursor.execute(_FAILED, {"failed": json.dumps(list(ended.failed.values()))})
        cursor.execute(_LEFT if leaving else _SEEN, self._row())
        cursor.execute(_FORGET, {"seconds": FORGOTTEN_AFTER})

    def _row(self) -> dict[str, Any]:
        doing, since = self.doing or ("", None)
        return {
            **{"key": self.key, "role": self.role, "host": self.host, "pid": self.pid, "version": __version__},
            **{"started_at": self.started_at, "doing": doing, "since": since},
        }

    def _run(self) -> None:
        self.write()
        while not self._stopping.wait(self.every):
            self.write()


_keeper: Keeper | None = None


def keeper() -> Keeper | None:
    """Return this process's, if it has one."""
    return _keeper if _keeper is not None and _keeper.pid == os.getpid() else None


def mended(job: str, *ids: int) -> None:
    """Say that what a job is there for has been done, by whatever other job."""
    if found := keeper():
        found.done(job, ids)


def begin(role: str) -> None:
    """Have this process counted among the living and what it counts written down, from now to its end."""
    global _keeper  # noqa: PLW0603 -- one a process
    every = settings.CROWD_TELEMETRY_SECONDS
    if not every or keeper() is not None:
        return
    _keeper = Keeper(role, every=every)
    os.register_at_fork(after_in_child=_begin_again)
    Finalize(None, end, exitpriority=0)  # at exit, and where a web server's child process ends, which atexit misses


def end() -> None:
    """Write for the last time."""
    global _keeper
    found, _keeper = keeper(), None
    if found is not None:
        found.leave()


def _begin_again() -> None:
    """Forget a parent's keeper: its thread did not come along. Whoever forks says what the child is by `begin`."""
    global _keeper  # noqa: PLW0603 -- one a process
    _keeper = None
    measures.take()


def _named(row: dict[str, Any]) -> str:
    return json.dumps([row["job"], row["ids"]])
