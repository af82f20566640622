"""Gold: tasks whose answer is known."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from crowd.models.assignment import Assignment
from crowd.models.guideline import Guideline
from crowd.models.project import Project
from crowd.models.task import Task
from crowd.models.user import User


class Gold(models.Model):
    """A task's known answer, and how workers meet it.

    Each has a place on a circle, a class evenly round it (`crowd.sampling.circle`): a worker starts anywhere and goes
    round once, so that nobody meets one class only and no gold is known to everybody.
    """

    class Use(models.TextChoices):
        """How workers meet it."""

        HIDDEN = "hidden", "Hidden among the others"
        TRAINING = "training", "Training, with feedback"
        EXAM = "exam", "Exam, without feedback"

    class Source(models.TextChoices):
        """Where its answer comes from."""

        OWNER = "owner"
        ADJUDICATION = "adjudication"
        CONSENSUS = "consensus"

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="gold")
    project = models.ForeignKey(
        Project,
        on_delete=models.CASCADE,
        related_name="gold",
        db_index=False,
        help_text="The task's own, repeated here so that the walk round the circle reads one index.",
    )
    source = models.CharField(max_length=12, choices=Source, default=Source.OWNER)
    use = models.CharField(max_length=10, choices=Use, default=Use.HIDDEN)
    category = models.CharField(max_length=200, blank=True, default="", help_text="The class its answer stands for.")
    place = models.FloatField(help_text="On the circle, 0 to 1.")
    annotation = models.JSONField()
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # whether its own answer is right
    watched_at = models.DateTimeField(null=True, blank=True, help_text="When its checks were last weighed.")
    suspected_at = models.DateTimeField(null=True, blank=True, help_text="Trusted workers agree on another answer.")
    suspicion = models.JSONField(null=True, blank=True, help_text="What they gave, how many of them, how likely.")
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="The owner says that it is right all the same."
    )
    unreadable_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Its answer does not read under the guideline in force: nobody is given it until it is corrected.",
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "gold"
        constraints = [
            models.CheckConstraint(condition=Q(use__in=["hidden", "training", "exam"]), name="gold_use_is_known"),
            models.CheckConstraint(
                condition=Q(suspected_at__isnull=True, suspicion__isnull=True)
                | Q(suspected_at__isnull=False, suspicion__isnull=False),
                name="gold_suspected_with_a_finding",
            ),
            models.CheckConstraint(condition=Q(place__gte=0.0, place__lt=1.0), name="gold_place_on_the_circle"),
        ]
        indexes = [
            models.Index(
                fields=["project", "use", "place"], name="gold_circle", condition=Q(withdrawn_at__isnull=True)
            ),
            models.Index(fields=["project", "id"], name="gold_of_project"),
            models.Index(
                fields=["project", "suspected_at"], name="gold_suspected", condition=Q(suspected_at__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="gold_is_of_its_tasks_project",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NEW.project_id <> (SELECT project_id FROM crowd_task WHERE id = NEW.task_id) THEN
                        RAISE EXCEPTION 'gold is of its task''s project' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"gold {self.pk}"

    @property
    def served(self) -> int:
        """How many workers have met it: each serving raises the task's overlap by one."""
        return self.task.overlap

    @property
    def training(self) -> bool:
        """Whether newcomers meet it openly and are told the answer afterwards."""
        return self.use == self.Use.TRAINING

    @property
    def exam(self) -> bool:
        """Whether it is asked in the exam."""
        return self.use == self.Use.EXAM


class GoldCheckQuerySet(models.QuerySet["GoldCheck"]):
    """Checks, by what they tell of a worker."""

    def fair(self) -> Self:
        """Leave out those of gold that is suspected to be wrong itself: they cost nobody their standing."""
        return self.filter(gold__suspected_at__isnull=True)


class GoldCheck(models.Model):
    """How one answer compares with the gold answer; recomputed when the gold is corrected."""

    gold = models.ForeignKey(Gold, on_delete=models.CASCADE, related_name="checks")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="gold_check")
    score = models.FloatField()
    passed = models.BooleanField()
    at = models.DateTimeField()

    objects = GoldCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0.0, score__lte=1.0), name="gold_check_score_is_a_share")
        ]

    def __str__(self) -> str:
        return f"check of {self.assignment_id}"
