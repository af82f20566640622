"""Derivations: projects made of another one's release."""

from django.db import models
from django.db.models import Q

from crowd.models.project import Project
from crowd.models.release import Release
from crowd.models.user import User


class Derivation(models.Model):
    """What a project was made of, and how far the making is; it is done a stretch of the release's lines at a time."""

    class State(models.TextChoices):
        """Running, then one of the others."""

        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    class Carry(models.TextChoices):
        """What becomes of the release's labels."""

        PRELABELS = "prelabels", "As pre-labels, which workers see and correct"
        NOTHING = "nothing", "Not at all: the images alone"

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="derivation")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="derivations")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filter = models.JSONField(default=dict, blank=True)
    carry = models.CharField(max_length=10, choices=Carry, default=Carry.PRELABELS)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    line = models.PositiveBigIntegerField(default=0, help_text="Lines of the release read.")
    images = models.PositiveIntegerField(default=0)
    carried = models.PositiveIntegerField(default=0, help_text="Images whose label came along.")
    left_out = models.PositiveIntegerField(default=0, help_text="Objects and answers that the new schema cannot hold.")
    error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="derivation_finished_or_running",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="derivation_failed_says_why"),
        ]
        indexes = [models.Index(fields=["moved_at"], name="derivation_running", condition=Q(state="running"))]

    def __str__(self) -> str:
        return f"derivation of {self.project_id}"
