"""Consensus: a task's merged answer, and where it came from."""

import pgtrigger
from django.db import models
from django.db.models import Q

from crowd.models.assignment import Assignment
from crowd.models.event import TransactionIdField, current_transaction
from crowd.models.fit import Fit
from crowd.models.guideline import Guideline
from crowd.models.task import Task
from crowd.models.user import User


class Consensus(models.Model):
    """One merged answer, kept for ever; a task points at the one in force.

    Computed ones have no `by`; a reviewer's ruling (`method` "adjudication") and gold (`method` "gold") name who gave
    it, and no computed one ever takes their place. `fit` and `parameters`, with the answers of the lineage, reproduce a
    computed one bit for bit.
    """

    ADJUDICATION = "adjudication"
    GOLD = "gold"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="consensuses")
    annotation = models.JSONField()
    confidence = models.FloatField()
    agreement = models.FloatField(null=True, blank=True)
    method = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict)
    fit = models.ForeignKey(Fit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True, default="")
    resolves = models.BooleanField(help_text="It settled the task; otherwise it is what a reviewer was shown.")
    created_at = models.DateTimeField()
    transaction = TransactionIdField(db_default=current_transaction())

    class Meta:
        verbose_name_plural = "consensus"
        constraints = [
            models.CheckConstraint(condition=Q(confidence__gte=0.0, confidence__lte=1.0), name="consensus_confidence"),
            models.CheckConstraint(
                condition=Q(method__in=["adjudication", "gold"], by__isnull=False)
                | ~Q(method__in=["adjudication", "gold"]) & Q(by__isnull=True),
                name="consensus_rulings_name_who",
            ),
        ]
        indexes = [
            models.Index(fields=["task", "id"], name="consensus_history"),
            models.Index(fields=["transaction", "id"], name="consensus_feed", condition=Q(resolves=True)),
        ]
        triggers = [pgtrigger.Protect(name="consensus_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"consensus {self.pk}"


class Lineage(models.Model):
    """One answer that a consensus came from, and its weight in it."""

    consensus = models.ForeignKey(Consensus, on_delete=models.PROTECT, related_name="lineage")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    weight = models.FloatField()

    class Meta:
        verbose_name_plural = "lineage"
        constraints = [models.UniqueConstraint(fields=["consensus", "assignment"], name="lineage_once")]
        triggers = [pgtrigger.Protect(name="lineage_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.assignment_id} in {self.consensus_id}"
