"""Proposals: labels that the system believes so firmly that they could be gold."""

from django.db import models
from django.db.models import Q

from crowd.models.consensus import Consensus
from crowd.models.project import Project
from crowd.models.task import Task
from crowd.models.user import User


class GoldProposal(models.Model):
    """A task proposed as gold with the answer that its consensus gives; an owner approves or rejects it once."""

    class State(models.TextChoices):
        """Lapsed: the label it rests on is not in force any more."""

        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"
        LAPSED = "lapsed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="gold_proposals", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="gold_proposals")
    consensus = models.ForeignKey(Consensus, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=200, blank=True, default="", help_text="The class its answer stands for.")
    answers = models.PositiveIntegerField(help_text="Answers that say the same, and no reliable one says otherwise.")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(state__in=["pending", "rejected"]), name="gold_proposal_once"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | Q(state="lapsed", decided_at__isnull=False)
                | Q(state__in=["approved", "rejected"], decided_at__isnull=False, decided_by__isnull=False),
                name="gold_proposal_pending_or_decided",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "id"], name="gold_proposal_by_state")]

    def __str__(self) -> str:
        return f"proposal {self.pk}"
