"""`crowd migrate`: Django's own, which never makes everybody else wait long."""

import random
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCKED = "55P03"  # lock_not_available


class Command(migrate.Command):
    """Migrate; a lock that is not had soon is let go of and asked for again.

    Whoever waits for a table's lock has everybody wait behind them. A migration is one transaction, so what was not
    done is done by the next attempt; one that is none must bear being run again.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how long to wait, and how often."""
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout", type=float, default=4.0, metavar="SECONDS", help="wait so long for a lock"
        )
        parser.add_argument("--attempts", type=int, default=30, help="try so often (default 30)")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Try until it is done, or was tried often enough."""
        connection, attempts = connections[options["database"]], options["attempts"]
        patience = f"{options['lock_timeout'] * 1000:.0f}ms"
        for attempt in range(1, attempts + 1):
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
                super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != LOCKED:
                    raise
                if attempt == attempts:
                    raise CommandError(f"A table was in use at each of {attempts} attempts: {error}") from None
                self.stderr.write(f"A table is in use; attempt {attempt + 1} of {attempts} follows.")
                time.sleep(random.uniform(0.5, 1.5) * min(attempt, 5))  # noqa: S311 -- so that two do not keep step
            else:
                break
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
