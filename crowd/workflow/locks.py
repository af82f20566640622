"""Locks on nothing but a name, held until the transaction ends.

Unlike a row lock they give the transaction no number, so a long read under one does not hold back the feeds.
"""

from typing import Literal

from django.db import connection

_SPACES = {"fit": 1, "release": 2, "gold": 3, "looks": 4, "splits": 5, "removal": 6}
REMOVAL = _SPACES["removal"]  # of objects from the store; a backup shares it from before its snapshot to its end


def try_lock(space: Literal["fit", "release", "gold", "removal"], key: int) -> bool:
    """Take the lock if nobody holds it, and return whether it was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SPACES[space], key % 2**31])
        return bool(cursor.fetchone()[0])


def wait_for(space: Literal["looks", "splits"], key: int) -> None:
    """Take the lock, once whoever holds it has given it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SPACES[space], key % 2**31])
