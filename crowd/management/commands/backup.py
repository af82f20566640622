"""`crowd backup`: the database and the objects, as they are at one moment, kept apart."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crowd import keeping
from crowd.errors import CrowdError
from crowd.storage import StorageError
from crowd.storage.address import AddressError


class Command(BaseCommand):
    """Make a backup while everybody works, or read one through."""

    help = "Back up database and objects while everybody works. Objects that are there already are not copied again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the place."""
        parser.add_argument("dest", help="a folder, or s3://bucket/prefix?…; every backup goes to the same")
        parser.add_argument("--verify", action="store_true", help="read everything back and compare checksums")
        parser.add_argument("--only-verify", action="store_true", help="make none: read the newest one through")
        parser.add_argument("--mend", action="store_true", help="verify; remove what is damaged, for the next to copy")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, dest: str, verify: bool, only_verify: bool, mend: bool, **options: Any) -> None:
        """Print the backup's name; exit 1 where anything that belongs to it is missing or damaged."""
        faults: list[str] = []
        verify = verify or mend
        try:
            if not only_verify:
                made = keeping.take(dest, now=timezone.now(), say=self.say)
                faults = [f"{key} is missing or damaged in the object store." for key in made.missing]
                rows = sum(made.rows.values())
                self.stdout.write(f"backup {made.name}: {rows:,} rows, {made.objects:,} objects, {made.size:,} bytes")
            if verify or only_verify:
                faults = keeping.verify(dest, mend=mend, say=self.say)
        except (keeping.BackupError, CrowdError, StorageError, AddressError) as error:
            raise CommandError(str(error)) from None
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            sys.exit(1)
        if verify or only_verify:
            self.stdout.write("Every byte is what it was.")

    def say(self, line: str) -> None:
        """Tell how far it is."""
        self.stderr.write(line)
