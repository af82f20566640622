"""Another database and another object store, for a block: where a backup is restored."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.test import override_settings

from crowd.models import Delivery
from tests.factories import scene


@contextmanager
def elsewhere(folder: Path, *, copied: bool = False) -> Iterator[None]:
    """Have the settings name an empty database and an empty object store; or a copy, with the same objects."""
    name, before = f"crowd_elsewhere_{secrets.token_hex(4)}", connection.settings_dict["NAME"]
    connection.close()
    if copied:  # nobody may be connected to what is copied, as a thread of an earlier test that is over may still be
        _administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{before}'")
    _administer(f"CREATE DATABASE {name} TEMPLATE {before if copied else 'template1'}")
    connection.settings_dict["NAME"] = name
    try:
        with override_settings(STORAGE_URL=settings.STORAGE_URL if copied else (folder / f"{name}-objects").as_uri()):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def played() -> scene.Scene:
    """A project in which everything has happened, really committed: its endpoint was made after what it is told of."""
    found = scene.everything()
    Delivery.objects.all().delete()
    return found


def address() -> dict[str, Any]:
    """Return where the database of the settings is."""
    known = connection.get_connection_params()
    return {name: known[name] for name in ("user", "password", "host", "port", "dbname") if name in known}


def _administer(statement: str) -> None:
    deadline = time.monotonic() + 120
    with psycopg.connect(**{**address(), "dbname": "postgres"}, autocommit=True) as admin:
        while True:
            try:
                admin.execute(statement)
            except psycopg.errors.ObjectInUse:  # a server process that cleans up there takes a while on a busy machine
                if time.monotonic() > deadline:
                    raise
            else:
                return
