"""Standing: what the system believes of a worker in a project."""

import secrets

from django.db import models
from django.db.models import F, Q

from crowd.models.guideline import Guideline
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

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="standings", db_index=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="standings")
    pseudonym = models.CharField(max_length=20, default=new_pseudonym)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, default="")
    labels = models.PositiveIntegerField(default=0)
    overtaken = models.PositiveIntegerField(default=0, help_text="Answers that a later guideline version voided.")
    gold_seen = models.PositiveIntegerField(default=0)
    gold_passed = models.PositiveIntegerField(default=0)
    trained = models.PositiveIntegerField(default=0)
    qualified_at = models.DateTimeField(null=True, blank=True, help_text="When they passed the exam.")
    cleared_at_seen = models.PositiveIntegerField(default=0)
    cleared_at_passed = models.PositiveIntegerField(default=0)
    cleared_at = models.DateTimeField(null=True, blank=True, help_text="When an owner last let them go on.")
    frontier = models.JSONField(default=dict, help_text="How far into each queue the worker has had every task.")
    gold_place = models.FloatField(null=True, blank=True, help_text="How far round the circle of gold the worker is.")
    agreement = models.FloatField(null=True, blank=True)
    weight = models.FloatField(null=True, blank=True)
    pace = models.FloatField(null=True, blank=True, help_text="Seconds as a share of what others need, typically.")
    # what makes the system doubt the worker
    findings = models.JSONField(default=dict, blank=True, help_text="By the name of the rule that holds them.")
    doubt = models.FloatField(default=1.0, help_text="How many times as often as others the worker meets gold.")
    rule = models.CharField(max_length=20, blank=True, default="", help_text="What paused them; empty for an owner.")
    pauses = models.PositiveIntegerField(default=0, help_text="How often they were paused or banned; one appeal each.")
    examined_labels = models.PositiveIntegerField(default=0, help_text="Answers at the last examination.")
    examined_at = models.DateTimeField(null=True, blank=True)
    # what the worker is told: as of the last tenth answer, so that no number says which image was gold
    handed_in = models.PositiveIntegerField(default=0, help_text="Answers, those that do not count included.")
    told_at = models.DateTimeField(null=True, blank=True)
    told_seen = models.PositiveIntegerField(default=0)
    told_passed = models.PositiveIntegerField(default=0)
    told_warning = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            # no index may name what an answer changes, or every answer would write to all of them
            models.Index(F("examined_at").asc(nulls_first=True), "id", name="standing_examined"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(doubt__gte=1.0), name="standing_doubt_at_least_one"),
            models.CheckConstraint(
                condition=Q(told_passed__lte=F("told_seen")), name="standing_told_passed_within_seen"
            ),
            models.UniqueConstraint(fields=["project", "worker"], name="standing_one_each"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="standing_pseudonym_once"),
            models.CheckConstraint(condition=Q(status="active") | ~Q(reason=""), name="standing_paused_has_a_reason"),
            models.CheckConstraint(condition=Q(gold_passed__lte=F("gold_seen")), name="standing_passed_within_seen"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class StandingVersion(models.Model):
    """What the worker models said of a worker under one guideline version, kept when the next is published."""

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="versions")
    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="+")
    labels = models.PositiveIntegerField(default=0)
    gold_seen = models.PositiveIntegerField(default=0)
    gold_passed = models.PositiveIntegerField(default=0)
    agreement = models.FloatField(null=True, blank=True)
    weight = models.FloatField(null=True, blank=True)
    confusion = models.JSONField(default=list, blank=True, help_text="Question by question, as the models have it.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standing", "guideline"], name="standing_version_one_each"),
            models.CheckConstraint(
                condition=Q(gold_passed__lte=F("gold_seen")), name="standing_version_passed_within_seen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_id} under {self.guideline_id}"
