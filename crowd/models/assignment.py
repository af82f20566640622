"""Assignments: one worker's turn at one task."""

import uuid
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from crowd.models.guideline import Guideline
from crowd.models.membership import Membership
from crowd.models.task import Task
from crowd.models.triggers import changed
from crowd.models.user import User


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments by what they count for."""

    def valid(self) -> Self:
        """Keep the answers that count."""
        return self.filter(state=Assignment.State.SUBMITTED)

    def live(self) -> Self:
        """Keep those that hold a slot of their task."""
        return self.filter(state__in=[Assignment.State.LEASED, Assignment.State.SUBMITTED])

    def of_worker(self, user: User) -> Self:
        """Keep `user`'s own, of projects in which they still are a worker."""
        return self.filter(
            worker=user,
            task__project__deleted_at__isnull=True,
            task__project__memberships__user=user,
            task__project__memberships__role=Membership.Role.WORKER,
        )


class Assignment(models.Model):
    """Task × worker, unique. An answer, once handed in, is never changed and never goes."""

    class State(models.TextChoices):
        """Leased until a deadline, then one of the others."""

        LEASED = "leased"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        EXPIRED = "expired"
        VOID = "void"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # indices that others begin with serve these two
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    twin = models.ForeignKey(
        Task,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Of gold whose lease ran out: the ordinary task that shows what would have become of its slot.",
    )
    draft = models.JSONField(null=True, blank=True)
    drafted_at = models.DateTimeField(null=True, blank=True)
    annotation = models.JSONField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="", help_text="Why it was skipped or is void.")
    overtaken_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a later guideline version voided it. Its worker still sees it submitted: answers to gold stay "
        "valid, and would stand out.",
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "worker"], name="assignment_once_per_worker"),
            models.CheckConstraint(
                condition=Q(annotation__isnull=True, submitted_at__isnull=True)
                | Q(annotation__isnull=False, submitted_at__isnull=False),
                name="assignment_answer_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(annotation__isnull=False), name="assignment_submitted_has_an_answer"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["leased", "skipped", "expired"]) | Q(annotation__isnull=True),
                name="assignment_answer_is_submitted_or_void",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["void", "skipped"]) | ~Q(reason=""), name="assignment_void_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="assignment_lease_ends", condition=Q(state="leased")),
            models.Index(fields=["worker", "task"], name="assignment_held", condition=Q(state="leased")),
            models.Index(fields=["worker", "submitted_at"], name="assignment_by_worker"),
            models.Index(fields=["worker", "-leased_at"], name="assignment_ran_out", condition=Q(state="expired")),
        ]
        triggers = [
            pgtrigger.Protect(
                name="assignment_answer_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__submitted_at__isnull=False)
                & changed("task", "worker", "guideline", "annotation", "submitted_at", "seconds"),
            ),
            pgtrigger.Protect(
                name="assignment_answer_never_goes",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__submitted_at__isnull=False),
            ),
            pgtrigger.FSM(
                name="assignment_state_moves",
                field="state",
                transitions=[
                    ("leased", "submitted"),
                    ("leased", "skipped"),
                    ("leased", "expired"),
                    ("leased", "void"),
                    ("expired", "leased"),
                    ("expired", "submitted"),
                    ("expired", "void"),
                    ("expired", "skipped"),
                    ("submitted", "void"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}"
