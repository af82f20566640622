"""Gold: tasks whose answer is known."""

from django.db import models
from django.db.models import Q

from crowd.models.assignment import Assignment
from crowd.models.guideline import Guideline
from crowd.models.task import Task
from crowd.models.user import User


class Gold(models.Model):
    """A task's known answer: served hidden among the others, or openly as training with feedback."""

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="gold")
    annotation = models.JSONField()
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField(blank=True, default="")
    training = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    served = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "gold"

    def __str__(self) -> str:
        return f"gold {self.pk}"


class GoldCheck(models.Model):
    """How one answer compares with the gold answer; recomputed when the gold is corrected."""

    gold = models.ForeignKey(Gold, on_delete=models.CASCADE, related_name="checks")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="gold_check")
    score = models.FloatField()
    passed = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0.0, score__lte=1.0), name="gold_check_score_is_a_share")
        ]

    def __str__(self) -> str:
        return f"check of {self.assignment_id}"
