"""`crowd restore`: a backup brought back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crowd import keeping
from crowd.errors import CrowdError
from crowd.storage import StorageError
from crowd.storage.address import AddressError


class Command(BaseCommand):
    """Bring a backup back into an empty database and object store."""

    help = "Bring a backup back into an empty database and object store, bring its schema up to date, and check it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the backup, and what may be done for it."""
        parser.add_argument("src", help="where the backups lie: a folder, or s3://bucket/prefix?…")
        parser.add_argument("--at", metavar="NAME", default="", help="which one (default: the newest)")
        parser.add_argument("--replace", action="store_true", help="remove what the database holds")
        parser.add_argument("--rehearsal", action="store_true", help="pause all webhooks: tell nobody of anything")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, src: str, at: str, replace: bool, rehearsal: bool, **options: Any) -> None:
        """Restore, say what came back, and verify every invariant; exit 1 where one is broken."""
        try:
            found = keeping.restore(
                src, now=timezone.now(), name=at, replace=replace, rehearsal=rehearsal, say=self.stderr.write
            )
        except (keeping.BackupError, CrowdError, StorageError, AddressError) as error:
            raise CommandError(str(error)) from None
        rows = sum(found.manifest.rows.values())
        self.stdout.write(f"restored {found.manifest.name}: {rows:,} rows, {found.objects:,} objects")
        if found.erased:
            self.stdout.write(f"Erased again, as it was after the backup: {found.erased:,} people and images.")
        self.stdout.write("Clients that follow feeds are told to start over.")
        call_command("check_integrity", stdout=self.stdout, stderr=self.stderr)
