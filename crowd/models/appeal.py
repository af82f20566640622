"""Appeals: a worker's answer to a pause or a ban, and what an owner made of it."""

import pgtrigger
from django.db import models
from django.db.models import Q

from crowd.models.standing import Standing
from crowd.models.user import User


class Appeal(models.Model):
    """What a worker says against a pause or a ban; one each, and once decided it never changes."""

    class Outcome(models.TextChoices):
        """Upheld: the worker goes on. Rejected: nothing changes."""

        UPHELD = "upheld"
        REJECTED = "rejected"

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="appeals")
    pause = models.PositiveIntegerField(help_text="Which of the worker's pauses it is about.")
    against = models.CharField(max_length=10, choices=Standing.Status)
    given_reason = models.CharField(max_length=500, help_text="What the worker had been told.")
    text = models.CharField(max_length=2000)
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="None where what the pause rested on was gone.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standing", "pause"], name="appeal_once_a_pause"),
            models.CheckConstraint(condition=~Q(text=""), name="appeal_says_something"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True, decided_by__isnull=True)
                | Q(outcome__in=["upheld", "rejected"], decided_at__isnull=False),
                name="appeal_open_or_decided",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="appeal_decided_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"
