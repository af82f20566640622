"""`crowd summarise`: the dashboards' figures brought up to date, or counted anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crowd.models import Project
from crowd.workflow.upkeep import summarising


class Command(BaseCommand):
    """Bring the figures of the dashboards up to date."""

    help = "Bring the dashboards' figures up to date; with --rebuild, count every task anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the project."""
        parser.add_argument("--project", metavar="SLUG", help="only this one (default: all)")
        parser.add_argument("--rebuild", action="store_true", help="forget the figures first")
        parser.add_argument("--data", metavar="DIR", help="the embedded parts' folder (default .crowd)")

    def handle(self, *args: Any, project: str | None, rebuild: bool, **options: Any) -> None:
        """Count, and print what was counted."""
        found = Project.objects.live().order_by("pk")
        if project is not None:
            found = found.filter(slug=project)
            if not found:
                raise CommandError(f"There is no project {project}.")
        for one in found:
            if rebuild:
                summarising.rebuild(project=one, now=timezone.now())
            done = summarising.summarise(project_id=one.pk, now=timezone.now(), turn=None)
            figures = one.figures.exclude(n=0).count()
            self.stdout.write(f"{one.slug}: {figures} figures" + ("" if done else ", not yet up to date"))
