"""Tasks: one image to be labelled in one project."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Random

from crowd.models.guideline import Guideline
from crowd.models.image import Image
from crowd.models.membership import Membership
from crowd.models.project import Project
from crowd.models.triggers import changed
from crowd.models.user import User


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, scoped to who asks."""

    def overseen_by(self, user: User) -> Self:
        """Keep the tasks of projects that `user` owns or reviews."""
        return self.filter(
            project__deleted_at__isnull=True,
            project__memberships__user=user,
            project__memberships__role__in=[Membership.Role.OWNER, Membership.Role.REVIEWER],
        )

    def ordinary(self) -> Self:
        """Leave out those whose answer is known; what was gold once is ordinary again."""
        return self.filter(Q(gold__isnull=True) | Q(gold__withdrawn_at__isnull=False))


class Task(models.Model):
    """One image to be labelled.

    `open_slots` is `overlap` less the live assignments (leased, or submitted and valid), kept on this row and changed
    in the same transaction as the assignment: counting children and then locking the parent over-assigns under READ
    COMMITTED. A gold task is served to as many workers as meet it: each serving raises its overlap by one, so that the
    same rule holds for it too.
    """

    class State(models.TextChoices):
        """Open, then resolved, perhaps by way of a conflict; excluded by the owner."""

        OPEN = "open"
        CONFLICT = "conflict"
        RESOLVED = "resolved"
        EXCLUDED = "excluded"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tasks")
    image = models.OneToOneField(Image, on_delete=models.PROTECT, related_name="task")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    priority = models.IntegerField(default=0)
    base_overlap = models.PositiveSmallIntegerField(help_text="Answers it needs at least.")
    overlap = models.PositiveSmallIntegerField(help_text="Answers it may have by now.")
    open_slots = models.PositiveSmallIntegerField()
    labels = models.PositiveSmallIntegerField(default=0)
    consensus = models.ForeignKey("crowd.Consensus", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    prelabel = models.JSONField(null=True, blank=True)
    prelabel_guideline = models.ForeignKey(Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    prelabel_model = models.CharField(max_length=200, blank=True, default="")
    prelabel_score = models.FloatField(null=True, blank=True)
    uncertainty = models.FloatField(default=0.5)
    shuffle = models.FloatField(db_default=Random())
    stale_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(open_slots__gte=0), name="task_never_over_assigned"),
            models.CheckConstraint(condition=Q(open_slots__lte=F("overlap")), name="task_slots_within_overlap"),
            models.CheckConstraint(
                condition=Q(labels__gte=0) & Q(labels__lte=F("overlap") - F("open_slots")),
                name="task_labels_within_live",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(consensus__isnull=False, resolved_at__isnull=False),
                name="task_resolved_has_an_answer",
            ),
        ]
        indexes = [
            # the queue, once for each order
            models.Index(
                F("project"),
                F("priority").desc(),
                F("open_slots"),
                F("id"),
                name="task_queue_priority",
                condition=Q(state="open", open_slots__gt=0),
            ),
            models.Index(
                F("project"),
                F("priority").desc(),
                F("open_slots"),
                F("shuffle"),
                name="task_queue_random",
                condition=Q(state="open", open_slots__gt=0),
            ),
            models.Index(
                F("project"),
                F("priority").desc(),
                F("uncertainty").desc(),
                F("id"),
                name="task_queue_uncertainty",
                condition=Q(state="open", open_slots__gt=0),
            ),
            models.Index(fields=["project", "state", "id"], name="task_by_state"),
            models.Index(fields=["stale_at"], name="task_stale", condition=Q(stale_at__isnull=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="task_adjudication_outranks",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("consensus_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__consensus__isnull=False, new__consensus__isnull=False)
                & changed("consensus"),
                func="""
                    IF (SELECT by_id FROM crowd_consensus WHERE id = OLD.consensus_id) IS NOT NULL
                       AND (SELECT by_id FROM crowd_consensus WHERE id = NEW.consensus_id) IS NULL THEN
                        RAISE EXCEPTION 'an adjudication is never overwritten by a computed consensus (task %)', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"
