"""Whether this process can do its work: each server it needs is asked."""

import logging
from collections.abc import Callable, Mapping

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from crowd import storage
from crowd.celery import app

logger = logging.getLogger(__name__)
OK = "ok"


def check() -> dict[str, str]:
    """Return for each part `ok` or what is wrong, in words that tell nobody where it is."""
    return {name: _asked(name, ask) for name, ask in PARTS.items()}


def _asked(name: str, ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 -- each client has errors of its own, and each means the same
        logger.warning("Not ready: %s: %s", name, error)
        return "unreachable"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _migrations() -> str:
    loader = MigrationLoader(connection)
    behind = set(loader.disk_migrations) - set(loader.applied_migrations)
    return f"{len(behind)} to apply" if behind else OK


def _broker() -> str:
    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    return OK


def _storage() -> str:
    storage.store().exists("readyz")
    return OK


PARTS: Mapping[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "storage": _storage,
}
