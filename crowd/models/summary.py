"""Summaries: figures kept up to date, so that a dashboard reads hundreds of rows and not millions.

What a task contributes to them is a function of its rows. It is kept beside the task; when an event speaks of the task
it is counted anew, and the figures change by the difference. All of it is in whole numbers, so that what came bit by
bit equals what is counted at once, to the last digit.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crowd.models.project import Project
from crowd.models.task import Task


class Summary(models.Model):
    """How far a project's figures are: behind which event, and, after a rebuild, behind which task."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="summary")
    transaction = models.BigIntegerField(help_text="Of the last event counted.")
    event = models.BigIntegerField(help_text="Id of the last event counted.")
    through = models.BigIntegerField(
        null=True, blank=True, default=0, help_text="Tasks up to this id are counted; null once all are."
    )
    began_at = models.DateTimeField(
        null=True, blank=True, help_text="Of the first answer counted: time is finer soon after it."
    )
    at = models.DateTimeField(help_text="When the figures were last brought up to date.")

    def __str__(self) -> str:
        return f"summary of {self.project_id}"


class Figure(models.Model):
    """One figure: how many of something there were in a stretch of time, and the sum of what they measure."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="figures", db_index=False)
    measure = models.CharField(max_length=16)
    at = models.BigIntegerField(default=0, help_text="Beginning of the stretch, in seconds since 1970; 0 for none.")
    guideline = models.PositiveIntegerField(default=0, help_text="Number of the version; 0 for none.")
    question = models.CharField(max_length=200, blank=True, default="")
    key = models.CharField(max_length=200, blank=True, default="")
    other = models.CharField(max_length=200, blank=True, default="")
    n = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "measure", "at", "guideline", "question", "key", "other"], name="figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} of {self.project_id}"


class Digest(models.Model):
    """What one task contributes: to the i-th of `figures` as many as `counts[i]`, which measure `totals[i]`."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True, related_name="digest")
    figures = ArrayField(models.BigIntegerField())
    counts = ArrayField(models.IntegerField())
    totals = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"digest of {self.task_id}"
