"""`crowd erase_user`: what says who somebody is goes, what they answered stays."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crowd.errors import CrowdError
from crowd.workflow import accounts, erasing


class Command(BaseCommand):
    """Erase a person's data. Not to be undone."""

    help = "Erase what says who somebody is; what they answered stays, under a pseudonym. Not to be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the person."""
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--even-owner", action="store_true", help="though it leaves a project without an owner")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, username: str, yes: bool, even_owner: bool, **options: Any) -> None:
        """Ask for the name again, then erase."""
        try:
            user = accounts.find_user(username=username)
            if not yes and input(f"This cannot be undone. Type {username} to erase them: ") != username:
                raise CommandError("Nothing was erased.")
            found = erasing.erase_user(user=user, now=timezone.now(), even_owner=even_owner)
        except CrowdError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"erased; what they answered stays as {found.username}")
