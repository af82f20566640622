"""Calls of other servers, each timed, its failures counted, and a span of its request's trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from crowd.telemetry import measures, traces


@contextmanager
def storage(call: str) -> Iterator[None]:
    """Watch a call of the object store; also stands before a function. A store that fails raises an OSError."""
    with measures.timed("storage_seconds", call), traces.span(f"storage {call}", "CLIENT"):
        try:
            yield
        except OSError as error:
            measures.count("storage_errors", call, type(error.__cause__ or error).__name__)
            raise
