"""Another database and another object store, for a block: where a backup is restored."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from django.test import override_settings


@contextmanager
def elsewhere(folder: Path) -> Iterator[None]:
    """Have the settings name an empty database and an empty object store."""
    name, before = f"crowd_elsewhere_{secrets.token_hex(4)}", connection.settings_dict["NAME"]
    _administer(f"CREATE DATABASE {name}")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        with override_settings(STORAGE_URL=(folder / f"{name}-objects").as_uri()):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    known = connection.get_connection_params()
    where = {name: known[name] for name in ("user", "password", "host", "port") if name in known}
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(statement)
