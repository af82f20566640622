"""`crowd make_bucket`: the store has a place to keep objects in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crowd import storage


class Command(BaseCommand):
    """Make the bucket that CROWD_STORAGE_URL names, where there is none yet; may be run again."""

    help = "Make the bucket that CROWD_STORAGE_URL names, where there is none yet; one that is there stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder of an `up` that runs."""
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, then see that it can be used."""
        try:
            made = storage.store().make()
            storage.store().check()
        except storage.StorageError as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write("made" if made else "is there already")
