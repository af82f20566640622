"""Django's PostgreSQL backend, with a health check that costs no round trip and a cursor for hand-written statements.

Before each request Django asks a kept connection whether it still is one, so that a restarted database costs nobody
their request. It does so by a statement, which would be a fifth of what a claim asks of the database. A server that
ends a connection says so on the socket; one with nothing to read there is as good as the statement could tell.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Cursor
from psycopg.pq import Format


class StatementCursor(Cursor[Any]):
    """A cursor whose values travel apart from the statement, and whose rows come back as PostgreSQL has them."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.format = Format.BINARY


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Return whether the connection still stands; asks the server only where it has said something unasked."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return super().is_usable() if poll.poll(0) else True

    def init_connection_state(self) -> None:
        """Tell the triggers once that none of them is to be ignored.

        Each asks before it runs, and where nobody has said anything it meets an error and catches it: 2 ms a row.
        """
        super().init_connection_state()
        with self.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', false)")

    def statement_cursor(self) -> Any:
        """Return the connection's cursor for hand-written statements, always the same one: read it to its end.

        Where queries are watched (a test counts them, a debugger logs them), one that tells of what it runs.
        """
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers:
            made: Any = StatementCursor(self.connection)
            return self.make_debug_cursor(made) if self.queries_logged else self.make_cursor(made)
        self.validate_no_broken_transaction()
        kept: StatementCursor | None = self.__dict__.get("_statement_cursor")
        if kept is None or kept.connection is not self.connection:
            kept = self.__dict__["_statement_cursor"] = StatementCursor(self.connection)
        return kept
