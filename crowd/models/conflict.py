"""Conflicts: tasks that need a reviewer."""

from django.db import models
from django.db.models import Q

from crowd.models.consensus import Consensus
from crowd.models.task import Task
from crowd.models.user import User


class Conflict(models.Model):
    """Why a task needs a reviewer, and how that ended. A task has at most one open."""

    class Kind(models.TextChoices):
        """What went wrong."""

        LOW_CONFIDENCE = "low_confidence"
        SKIPPED = "skipped"
        REOPENED = "reopened"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="conflicts")
    kind = models.CharField(max_length=20, choices=Kind)
    confidence = models.FloatField(null=True, blank=True)
    consensus = models.ForeignKey(Consensus, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(closed_at__isnull=True), name="conflict_one_open_per_task"
            )
        ]
        indexes = [models.Index(fields=["opened_at", "id"], name="conflict_open", condition=Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return f"conflict {self.pk}"
