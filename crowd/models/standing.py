"""Standing: what the system believes of a worker in a project."""

import secrets

from django.db import models
from django.db.models import F, Q

from crowd.models.project import Project
from crowd.models.user import User


def new_pseudonym() -> str:
    """Return a name that says nothing of its bearer."""
    return f"w-{secrets.token_hex(5)}"


class Standing(models.Model):
    """One worker's record in one project. It outlives the membership: their answers do too."""

    class Status(models.TextChoices):
        """Only active workers are given work."""

        ACTIVE = "active"
        PAUSED = "paused"
        BANNED = "banned"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="standings")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="standings")
    pseudonym = models.CharField(max_length=20, default=new_pseudonym)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, default="")
    labels = models.PositiveIntegerField(default=0)
    gold_seen = models.PositiveIntegerField(default=0)
    gold_passed = models.PositiveIntegerField(default=0)
    trained = models.PositiveIntegerField(default=0)
    cleared_at_seen = models.PositiveIntegerField(default=0)
    cleared_at_passed = models.PositiveIntegerField(default=0)
    frontier = models.JSONField(default=dict, help_text="How far into each queue the worker has had every task.")
    gold_place = models.FloatField(null=True, blank=True, help_text="How far round the circle of gold the worker is.")
    agreement = models.FloatField(null=True, blank=True)
    weight = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "worker"], name="standing_one_each"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="standing_pseudonym_once"),
            models.CheckConstraint(condition=Q(status="active") | ~Q(reason=""), name="standing_paused_has_a_reason"),
            models.CheckConstraint(condition=Q(gold_passed__lte=F("gold_seen")), name="standing_passed_within_seen"),
        ]

    def __str__(self) -> str:
        return self.pseudonym
