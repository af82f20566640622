"""Processes: which of ours live, and what each is doing."""

from django.db import models
from django.db.models import Q


class Process(models.Model):
    """One of our processes on one machine. It writes here every few seconds for as long as it lives."""

    class Role(models.TextChoices):
        """What it does."""

        WEB = "web"
        WORKER = "worker"
        BEAT = "beat"

    key = models.UUIDField(primary_key=True)
    role = models.CharField(max_length=10, choices=Role)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    doing = models.CharField(max_length=100, blank=True, default="", help_text="A worker's job, what beat sent last.")
    doing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(doing="", doing_since__isnull=True) | ~Q(doing="") & Q(doing_since__isnull=False),
                name="process_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pid} on {self.host}"
