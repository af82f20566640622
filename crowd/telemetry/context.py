"""On whose behalf this thread works: what every line of the log carries, from the request to the job it caused."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[dict[str, Any] | None] = ContextVar("crowd_telemetry", default=None)


def request_id(given: str | None) -> str:
    """Return the caller's id of their request where it is one, else a new one: what is logged is never theirs to write.

    An id is 8 to 64 letters, digits and `._-`.
    """
    return given if given and ACCEPTED.fullmatch(given) else secrets.token_hex(16)


@contextmanager
def bound(**values: Any) -> Iterator[None]:
    """Carry these in this block and nothing else."""
    token = _current.set({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        _current.reset(token)


def add(**values: Any) -> None:
    """Carry these too, to the end of the block; nothing outside of one."""
    found = _current.get()
    if found is not None:
        found.update(values)


def get(name: str) -> Any:
    """Return what is carried under a name; None where nothing is."""
    return (_current.get() or {}).get(name)


def carried() -> Mapping[str, Any]:
    """Return what a line is to say: request, project, job and user, these three as numbers."""
    found = _current.get()
    if not found:
        return {}
    told = {name: value for name, value in found.items() if name != "request"}
    user = _user_of(found.get("request"))
    return {**told, "user": user} if user is not None else told


def _user_of(request: Any) -> int | None:
    """Return the number of a request's user, where it has been read already: a line never asks the database."""
    if request is None:
        return None
    for name in ("user", "_cached_user"):  # a token's, set by the API; a session's, once somebody has asked for it
        found = getattr(vars(request).get(name), "__dict__", {}).get("id")
        if isinstance(found, int):
            return found
    return None
