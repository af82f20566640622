"""`crowd check_integrity`: does everything that must hold, hold?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crowd.models import Project
from crowd.queries import integrity

SHOWN = 50


class Command(BaseCommand):
    """Verify every invariant on the live database; exit 1 with the offenders listed if any is broken."""

    help = "Verify every invariant on the live database; exit 1 with the offenders listed if any is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name one project, or look at all."""
        parser.add_argument("--project", metavar="SLUG", help="look at one project only")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, project: str | None, **options: Any) -> None:
        """Print one line for each invariant: how many were looked at, and who breaks it."""
        chosen = None
        if project is not None:
            chosen = Project.objects.filter(slug=project).first()
            if chosen is None:
                raise CommandError(f"There is no project {project}.")
        broken = 0
        for finding in integrity.run(chosen):
            good = not finding.offenders
            mark = self.style.SUCCESS("holds ") if good else self.style.ERROR("BROKEN")
            self.stdout.write(f"{mark} {finding.check.invariant}  {finding.checked:>9,}  {finding.check.holds}")
            for line in finding.offenders[:SHOWN]:
                self.stdout.write(f"          {line}")
            if len(finding.offenders) > SHOWN:
                self.stdout.write(f"          … and {len(finding.offenders) - SHOWN:,} more")
            broken += not good
        if broken:
            self.stderr.write(f"{broken} of {len(integrity.CHECKS)} checks found something broken.")
            sys.exit(1)
        self.stdout.write(f"All {len(integrity.CHECKS)} checks hold.")
