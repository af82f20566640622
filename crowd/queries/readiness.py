"""Whether this process can do its work: each server it needs is asked, at once, and has to answer in time.

Each is asked in a thread of its own, since some clients know no limit. Where one hangs, the next probe finds that its
question is still open and says so at once: probes every few seconds do not pile up.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from crowd import storage
from crowd.queries import broker

logger = logging.getLogger(__name__)
OK, AWAY, SILENT = "ok", "unreachable", "no answer in time"
PATIENCE = 4.0  # seconds, for all of them together


@dataclass
class Question:
    """One part's, from when it is put until it is answered."""

    done: threading.Event = field(default_factory=threading.Event)
    put_at: float = field(default_factory=time.monotonic)
    told: str = SILENT
    detail: str = ""

    def wait(self) -> None:
        """Wait for the answer for as long as is left; of one that has hung for long, nothing."""
        self.done.wait(max(0.0, self.put_at + PATIENCE - time.monotonic()))


_open: dict[str, Question] = {}
_lock = threading.Lock()


def check() -> tuple[dict[str, str], dict[str, str]]:
    """Return for each part `ok` or what is wrong, in words that tell nobody where it is; and the details, which do."""
    asked = {name: _ask(name, part) for name, part in PARTS.items()}
    for question in asked.values():
        question.wait()
    return (
        {name: question.told for name, question in asked.items()},
        {name: question.detail for name, question in asked.items() if question.detail},
    )


def _ask(name: str, part: Callable[[], str]) -> Question:
    """Put the question, or join whoever waits for its answer already."""
    with _lock:
        if (waiting := _open.get(name)) is not None:
            return waiting
        question = _open[name] = Question()
    threading.Thread(target=_answer, args=(name, part, question), name=f"ready-{name}", daemon=True).start()
    return question


def _answer(name: str, part: Callable[[], str], question: Question) -> None:
    try:
        question.told = part()
    except Exception as error:  # noqa: BLE001 -- each client has errors of its own, and each means the same
        logger.warning("Not ready: %s: %s", name, error)
        question.told, question.detail = AWAY, f"{type(error).__name__}: {error}"[:500]
    finally:
        connection.close()
        with _lock:
            _open.pop(name, None)
        question.done.set()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")
        return "read only" if cursor.fetchone() == (True,) else OK


def _migrations() -> str:
    loader = MigrationLoader(connection)
    behind = set(loader.disk_migrations) - set(loader.applied_migrations)
    return f"{len(behind)} to apply" if behind else OK


def _broker() -> str:
    broker.queues()
    return OK


def _storage() -> str:
    storage.store().check()
    return OK


PARTS: Mapping[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "storage": _storage,
}
