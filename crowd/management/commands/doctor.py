"""`crowd doctor`: is this installation well?"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crowd.models import Process
from crowd.queries import operating, readiness
from crowd.workflow.upkeep import resealing

Finding = tuple[bool, str, str]


class Command(BaseCommand):
    """Ask every part how it is; exit 1 if one of them is not well."""

    help = "Ask database, broker, store, workers and beat how they are; exit 1 if one of them is not well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder of an `up` that runs."""
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each part."""
        found = [*ready(), *running(timezone.now())]
        for good, part, told in found:
            mark = self.style.SUCCESS("well") if good else self.style.ERROR("LOOK")
            self.stdout.write(f"{mark}  {part:<12} {told}")
        if not all(good for good, _, _ in found):
            sys.exit(1)


def ready() -> Iterator[Finding]:
    """Yield how the servers are."""
    told, details = readiness.check()
    for part, word in told.items():
        yield word == readiness.OK, part, f"{word}: {details[part]}" if part in details else word


def running(now: datetime) -> Iterator[Finding]:
    """Yield what lives, what waits and what failed, as far as the database can be asked."""
    found = operating.state(now=now)
    alive = [one for one in found.processes if now - one.seen_at < operating.ALIVE]
    for role in Process.Role.values:
        count = sum(one.role == role for one in alive)
        yield count > 0, role, f"{count} alive"
    if found.queue is not None:
        oldest = found.queue.oldest or 0.0
        yield oldest < operating.LATE, "jobs", f"{found.queue.waiting:,} wait, the oldest for {oldest:.0f} s"
    yield not found.failed_in_all, "failed jobs", f"{found.failed_in_all:,}"
    if not found.unread:
        unsealed = resealing.left()
        yield not unsealed, "secrets", f"{unsealed:,} to be sealed" if unsealed else "sealed under the present key"
    for one in found.worries:
        yield False, "project", f"{one.project.slug}: {one.told}"
    for part in found.unread:
        yield False, part, "could not be read"
