"""Disputes: a worker says that an image they answered is not what it was taken for."""

from django.db import models
from django.db.models import Q

from crowd.models.assignment import Assignment
from crowd.models.user import User


class Dispute(models.Model):
    """What a worker says about one of their own answers, and what became of it.

    It is taken alike whether or not the image is gold: the owner reads it beside the gold, a reviewer beside the task.
    """

    class Outcome(models.TextChoices):
        """Upheld: the gold was corrected or withdrawn. Rejected: it stands, and the owner says why."""

        UPHELD = "upheld"
        REJECTED = "rejected"

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="dispute")
    text = models.CharField(max_length=2000)
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="dispute_says_something"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True, decided_by__isnull=True)
                | Q(outcome="upheld", decided_at__isnull=False, decided_by__isnull=False)
                | Q(outcome="rejected", decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
                name="dispute_open_or_decided",
            ),
        ]
        indexes = [models.Index(fields=["opened_at", "id"], name="dispute_open", condition=Q(outcome=""))]

    def __str__(self) -> str:
        return f"dispute {self.pk}"
