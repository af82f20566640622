"""`crowd restart_feeds`: after PostgreSQL was brought back by its own means."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crowd.workflow.upkeep import epochs


class Command(BaseCommand):
    """Refuse all feed cursors told so far: their holders start over, and miss nothing."""

    help = "Refuse all feed cursors told so far. Run it once after PostgreSQL was recovered to an earlier moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin another epoch."""
        made = epochs.begin(now=timezone.now())
        self.stdout.write(f"Feeds begin anew: epoch {made.name}.")
