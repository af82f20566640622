"""Hand-written SQL, for the few paths that every worker waits for.

The ORM would spend more time composing these statements than the database spends running them, and one statement of
several steps spares a round trip a step. They are constant texts whose values travel apart, so PostgreSQL parses and
plans each once a connection (`prepare_threshold` in the settings); the ORM's own statements differ too much for that.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.backends.postgresql.base import ServerBindingCursor

M = TypeVar("M", bound=models.Model)


def rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement, and return its rows."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement, and return its first row, if it has one."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def _cursor() -> Any:
    """Return a cursor that sends values apart from the statement; the statement is seen by whoever captures queries."""
    connection.ensure_connection()
    made: Any = ServerBindingCursor
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return wrap(made(connection.connection))


def columns(model: type[models.Model], alias: str, *names: str) -> str:
    """Return the columns of the fields named, or of all, for a SELECT list."""
    return ", ".join(f'{alias}."{field.column}"' for field in _fields(model, names))


def instance(model: type[M], values: Sequence[Any], *names: str) -> M:
    """Return an instance from what `columns` selected; fields not named are fetched when asked for."""
    fields = _fields(model, names)
    decoded = [
        json.loads(value) if isinstance(field, models.JSONField) and isinstance(value, str) else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db("default", [field.attname for field in fields], decoded)


@lru_cache(maxsize=64)
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Any, ...]:
    found = [field for field in model._meta.concrete_fields if not names or field.name in names]
    return tuple(found)
