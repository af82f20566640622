"""Guideline versions: the text and the label schema, versioned together."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from crowd.models.project import Project
from crowd.models.triggers import changed
from crowd.models.user import User


class Guideline(models.Model):
    """One version. Drafts change; a published one never does, and is retired when the next is published."""

    class State(models.TextChoices):
        """Draft, then published, then retired."""

        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    class Impact(models.TextChoices):
        """What publishing does to labels given under earlier versions."""

        CLARIFICATION = "clarification"
        RELABEL = "relabel"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    body = models.TextField(blank=True)
    schema = models.JSONField()
    note = models.CharField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    impact = models.CharField(max_length=15, choices=Impact, blank=True, default="")
    affected = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    rename = models.JSONField(default=dict, blank=True, help_text="Old address to new one.")
    merge = models.JSONField(default=dict, blank=True, help_text="New address to the old ones that were joined in it.")
    split = models.JSONField(default=dict, blank=True, help_text="Old address to the rule that divides it, or “ask”.")
    # a second owner's word, where the project asks for it; a change of the draft takes it back
    review_asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review_asked_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, review_asked_by__isnull=False)
                & ~Q(approved_by=F("review_asked_by")),
                name="guideline_approved_by_a_second_owner",
            ),
            models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="published"), name="guideline_one_published_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True)
                | ~Q(state="draft") & Q(published_at__isnull=False, published_by__isnull=False),
                name="guideline_published_by_someone",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="guideline_published_never_changes",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="draft")
                & changed(
                    "number",
                    "project",
                    "body",
                    "schema",
                    "note",
                    "published_at",
                    "published_by",
                    "impact",
                    "affected",
                    "rename",
                    "merge",
                    "split",
                    "approved_by",
                    "approved_at",
                ),
            ),
            pgtrigger.Protect(
                name="guideline_published_never_goes",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="draft"),
            ),
            pgtrigger.FSM(
                name="guideline_moves_forwards",
                field="state",
                transitions=[("draft", "published"), ("published", "retired")],
            ),
        ]

    def __str__(self) -> str:
        return f"guideline {self.number} of {self.project_id}"


class Acknowledgement(models.Model):
    """A worker has read a guideline version."""

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="acknowledgements")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guideline", "worker"], name="acknowledgement_once")]

    def __str__(self) -> str:
        return f"{self.worker_id} has read {self.guideline_id}"
