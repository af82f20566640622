"""Hand-written SQL, for the few paths that every worker waits for.

The ORM would spend more time composing these statements than the database spends running them, and one statement of
several steps spares a round trip a step. They are constant texts whose values travel apart, so PostgreSQL parses and
plans each once a connection (`prepare_threshold` in the settings); the ORM's own statements differ too much for that.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from django.db import connection, connections, models
from django.db.models.base import ModelState

from crowd.database.base import DatabaseWrapper

M = TypeVar("M", bound=models.Model)


def rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement, and return its rows."""
    with connection.wrap_database_errors:
        cursor = _cursor()
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement, and return its first row, if it has one."""
    with connection.wrap_database_errors:
        cursor = _cursor()
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def _cursor() -> Any:
    return cast(DatabaseWrapper, connections["default"]).statement_cursor()


def columns(model: type[models.Model], alias: str, *names: str) -> str:
    """Return the columns of the fields named, or of all, for a SELECT list."""
    return ", ".join(f'{alias}."{field.column}"' for field in _fields(model, names))


def instance(model: type[M], values: Sequence[Any], *names: str) -> M:
    """Return an instance from what `columns` selected; fields not named are fetched when asked for.

    It is what `Model.from_db` makes, without the signals and the look at each field that cost most of the time there.
    """
    made = model.__new__(model)
    made.__dict__.update(zip(_attributes(model, names), values, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, "default"
    return made


@lru_cache(maxsize=64)
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Any, ...]:
    found = [field for field in model._meta.concrete_fields if not names or field.name in names]
    return tuple(found)


@lru_cache(maxsize=64)
def _attributes(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field.attname for field in _fields(model, names))
