"""`crowd token`: an API token, alone on stdout."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crowd.errors import CrowdError
from crowd.models import User
from crowd.workflow import accounts


class Command(BaseCommand):
    """Print an API token of a user, alone on stdout."""

    help = "Print an API token of a user, alone on stdout. Works beside a running `up` on the same folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the user."""
        parser.add_argument("username")
        parser.add_argument("--create", action="store_true", help="make the user if there is none of that name")
        parser.add_argument("--staff", action="store_true", help="make the user an operator of this installation")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, username: str, create: bool, staff: bool, **options: Any) -> None:
        """Make a token; only its digest is kept."""
        try:
            user = User.objects.filter(username=username).first()
            if user is None and create:
                user = accounts.create_user(username=username)
            user = user or accounts.find_user(username=username)
            if staff:
                accounts.make_staff(user=user)
            secret = accounts.issue_token(user=user, now=timezone.now(), name="crowd token")
        except CrowdError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(secret)
