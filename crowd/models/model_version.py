"""Versions of models that propose labels, what each said of an image, and how far it was from what was settled."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crowd.models.guideline import Guideline
from crowd.models.project import Project
from crowd.models.task import Task


class ModelVersion(models.Model):
    """One version of a model, by the name that its pre-labels and scores came under."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="model_versions", db_index=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(help_text="When it was first heard of.")
    used_at = models.DateTimeField(help_text="When something last came from it.")
    prelabels = models.PositiveBigIntegerField(default=0, help_text="Pre-labels taken from it so far.")
    scores = models.PositiveBigIntegerField(default=0, help_text="Scores of uncertainty taken from it so far.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="model_version_once"),
            models.CheckConstraint(condition=~Q(name=""), name="model_version_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Prediction(models.Model):
    """What a version said of a task where workers see another's proposal, or none: kept to be measured by.

    The proposal that is shown stands on the task itself.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="predictions", db_index=False)
    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="predictions", db_index=False)
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+", db_index=False)
    annotation = models.JSONField()
    score = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "model"], name="prediction_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0.0, score__lte=1.0), name="prediction_score_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} of task {self.task_id}"


class Mistake(models.Model):
    """A settled task that a version has otherwise: how alike the two are, and what it takes for what."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="mistakes", db_index=False)
    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="mistakes", db_index=False)
    agreement = models.FloatField(help_text="Of proposal and settled label, 0 to 1.")
    score = models.FloatField(null=True, blank=True, help_text="How sure the version was.")
    confused = ArrayField(models.CharField(max_length=400), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "model"], name="mistake_once"),
            models.CheckConstraint(
                condition=Q(agreement__gte=0.0, agreement__lte=1.0), name="mistake_agreement_is_a_share"
            ),
        ]
        indexes = [
            models.Index(F("model"), F("agreement"), F("id"), name="mistake_worst"),
            GinIndex(fields=["confused"], name="mistake_by_confusion"),
        ]

    def __str__(self) -> str:
        return f"mistake of {self.model_id} in task {self.task_id}"
