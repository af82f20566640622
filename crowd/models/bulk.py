"""Bulk changes: one action on many tasks, done in the background a task at a time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from crowd.models.project import Project
from crowd.models.user import User


class Bulk(models.Model):
    """One action on the tasks named, or on all that match a filter.

    What became of each task is counted in the transaction that changed it, with the place where the run goes on: a run
    that dies is taken up where it stood, and no task is changed twice.
    """

    class State(models.TextChoices):
        """Waiting or running, then one of the others."""

        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"

    class Action(models.TextChoices):
        """What is done to each task."""

        PRIORITY = "priority", "Set the priority"
        OVERLAP = "overlap", "Set the answers asked for"
        EXCLUDE = "exclude", "Exclude"
        INCLUDE = "include", "Bring back"
        REOPEN = "reopen", "Reopen"
        SKILL = "skill", "Ask for a skill"
        GOLD = "gold", "Make gold from the consensus"
        ACCEPT = "accept", "Accept the consensus"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="bulks", db_index=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=10, choices=Action)
    value = models.IntegerField(null=True, blank=True, help_text="Of a priority or an overlap.")
    least = models.FloatField(null=True, blank=True, help_text="Of accepting: the confidence below which none is.")
    skill = models.CharField(max_length=40, blank=True, default="", help_text="Empty: everybody may be given them.")
    reason = models.CharField(max_length=2000, blank=True, default="")
    query = models.JSONField(null=True, blank=True, help_text="The filter; none where the tasks are named.")
    ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    upto = models.BigIntegerField(default=0, help_text="No task that came later is touched.")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    batch = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="The tasks that come next.")
    cursor = models.CharField(max_length=100, blank=True, default="", help_text="Where the walk goes on behind them.")
    last = models.BooleanField(default=False, help_text="Nothing comes behind them.")
    done = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True, help_text="The first that were refused, and why.")
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="bulk_finished_or_running",
            ),
            models.CheckConstraint(
                condition=~Q(action__in=["priority", "overlap"]) | Q(value__isnull=False), name="bulk_sets_a_value"
            ),
        ]
        indexes = [
            models.Index(F("project"), F("id").desc(), name="bulk_of_project"),
            models.Index(fields=["moved_at"], name="bulk_running", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"bulk {self.pk}"
