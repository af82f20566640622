"""Conflicts: what needs a reviewer."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crowd.models.consensus import Consensus
from crowd.models.project import Project
from crowd.models.task import Task
from crowd.models.user import User

ASIDE = ("sample", "reported", "disputed_gold", "second_review")
_OPEN = Q(closed_at__isnull=True)


class Conflict(models.Model):
    """Why a task needs a reviewer, who looks at it, and how that ended.

    A task has at most one open that keeps it from being settled. Besides, it may have one of each kind that is `aside`:
    looked at while the task goes on, its label being out, as a sample of what the crowd settled is.

    A reviewer holds one until a deadline, as a worker holds a task: nobody else is given it, or may settle it, before.
    """

    class Kind(models.TextChoices):
        """What went wrong, or why it is looked at."""

        LOW_CONFIDENCE = "low_confidence"
        CLASS_DISAGREEMENT = "class_disagreement"
        EXISTENCE = "existence"
        GEOMETRY = "geometry"
        SKIPPED = "skipped"
        REOPENED = "reopened"
        DISPUTED_GOLD = "disputed_gold"
        SAMPLE = "sample"
        REPORTED = "reported"
        SECOND_REVIEW = "second_review"
        ESCALATED = "escalated"

    class Outcome(models.TextChoices):
        """How it ended: by a ruling, by the answers that came since, or by being put away."""

        CONSENSUS = "consensus", "Consensus accepted"
        ASSIGNMENT = "assignment", "One answer accepted"
        ANNOTATION = "annotation", "Reviewer's own answer"
        ASKED = "asked", "Asked again"
        EXCLUDED = "excluded", "Image excluded"
        REOPENED = "reopened", "Reopened"
        GOLD = "gold", "Made gold"
        RESOLVED = "resolved", "Settled by the answers"
        ANSWERED = "answered", "Answered"
        PASSED = "passed", "No longer in question"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="conflicts", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="conflicts")
    kind = models.CharField(max_length=20, choices=Kind)
    cause = models.CharField(max_length=20, choices=Kind, help_text="Its kind before it was escalated.")
    aside = models.BooleanField(default=False, help_text="The task goes on while a reviewer looks.")
    confidence = models.FloatField(null=True, blank=True)
    severity = models.FloatField(default=0.0, help_text="How far the answers are apart, 0 to 1.")
    gain = models.FloatField(default=0.0, help_text="How likely it is that a ruling changes the label, 0 to 1.")
    draw = models.FloatField(default=0.0, help_text="Of samples: their place in a random order, 0 to 1.")
    probability = models.FloatField(null=True, blank=True, help_text="Of samples: how likely it was to be drawn.")
    category = models.CharField(max_length=200, blank=True, default="", help_text="Of samples: the label's class.")
    wrong = models.BooleanField(null=True, blank=True, help_text="Of samples: whether the ruling is another label.")
    labels = ArrayField(models.TextField(), default=list, blank=True, help_text="The classes in question.")
    confused = ArrayField(models.TextField(), default=list, blank=True, help_text="Pairs given for the same, by “ | ”.")
    answers = ArrayField(models.UUIDField(), default=list, blank=True, help_text="The assignments involved.")
    workers = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Whose they are.")
    consensus = models.ForeignKey(Consensus, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True, help_text="Since when who holds it has.")
    held_until = models.DateTimeField(null=True, blank=True)
    escalated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    escalated_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, default="", help_text="Why it was escalated, or what was reported.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    ruling = models.ForeignKey(Consensus, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreement = models.FloatField(null=True, blank=True, help_text="Of second reviews: how far both rulings agree.")
    seconds = models.FloatField(null=True, blank=True, help_text="How long whoever settled it had held it.")
    comment = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=_OPEN & Q(aside=False), name="conflict_one_open_per_task"
            ),
            models.UniqueConstraint(
                fields=["task", "cause"], condition=_OPEN & Q(aside=True), name="conflict_one_open_aside_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(aside=True, cause__in=ASIDE) | Q(aside=False) & ~Q(cause__in=(*ASIDE, "escalated")),
                name="conflict_aside_by_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(assignee__isnull=True, taken_at__isnull=True, held_until__isnull=True)
                | Q(assignee__isnull=False, taken_at__isnull=False, held_until__isnull=False, closed_at__isnull=True),
                name="conflict_held_by_somebody_until",
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True, escalated_by__isnull=True) & ~Q(kind="escalated")
                | Q(escalated_at__isnull=False, escalated_by__isnull=False, kind="escalated") & ~Q(reason=""),
                name="conflict_escalated_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(severity__gte=0.0, severity__lte=1.0, gain__gte=0.0, gain__lte=1.0)
                & Q(draw__gte=0.0, draw__lte=1.0),
                name="conflict_shares",
            ),
            models.CheckConstraint(
                condition=~Q(cause="sample") & Q(probability__isnull=True)
                | Q(cause="sample", probability__isnull=False, probability__gt=0.0, probability__lte=1.0)
                & Q(consensus__isnull=False),
                name="conflict_sample_has_its_probability",
            ),
            models.CheckConstraint(condition=_OPEN & Q(outcome="") | ~_OPEN, name="conflict_outcome_once_closed"),
        ]
        indexes = [
            models.Index(fields=["opened_at", "id"], name="conflict_open", condition=_OPEN),
            models.Index(fields=["project", "opened_at", "id"], name="conflict_oldest", condition=_OPEN),
            models.Index(F("project"), F("gain").desc(), F("draw"), F("id"), name="conflict_next", condition=_OPEN),
            models.Index(F("project"), F("severity").desc(), F("id"), name="conflict_worst", condition=_OPEN),
            models.Index(fields=["held_until"], name="conflict_held", condition=Q(held_until__isnull=False)),
            models.Index(fields=["project", "closed_at"], name="conflict_closed", condition=~_OPEN),
            models.Index(fields=["project", "category"], name="conflict_samples", condition=Q(cause="sample")),
            GinIndex(fields=["labels"], name="conflict_labels", condition=_OPEN),
            GinIndex(fields=["workers"], name="conflict_workers", condition=_OPEN),
        ]

    def __str__(self) -> str:
        return f"conflict {self.pk}"


class ConflictComment(models.Model):
    """What a reviewer says about a conflict to the other reviewers; it never changes."""

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="comments", db_index=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="conflict_comment_says_something")]
        indexes = [models.Index(fields=["conflict", "id"], name="conflict_comments")]
        triggers = [
            pgtrigger.Protect(name="conflict_comment_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"
