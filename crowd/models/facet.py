"""Facets: what tasks are found by, kept beside them, so that no filter reads a document."""

from django.db import models

from crowd.models.guideline import Guideline
from crowd.models.project import Project
from crowd.models.task import Task


class Facet(models.Model):
    """What the label in force and the pre-label of one task say, in columns that can be walked in their order.

    Kept by a trigger of the task (`task_keeps_its_facets`), so that no verb can forget it; a task of which neither
    says anything has none.
    """

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True, related_name="facet")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    confidence = models.FloatField(null=True, blank=True)
    agreement = models.FloatField(null=True, blank=True)
    guideline = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    score = models.FloatField(null=True, blank=True, help_text="The pre-label's.")
    uncertainty = models.FloatField(help_text="The task's.")

    class Meta:
        indexes = [
            *(
                models.Index(fields=["project", name, "task"], name=f"facet_by_{name}")
                for name in ("confidence", "agreement", "guideline", "score", "uncertainty")
            ),
        ]

    def __str__(self) -> str:
        return f"facet of {self.task_id}"


class FacetLabel(models.Model):
    """One name that the label in force of a task speaks: an object's class, an option, a question answered by yes.

    Of an option that nests, the ones above it are there too. `crowd_labels_of` in the database says which they are.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "label"], name="facet_label_once")]
        indexes = [models.Index(fields=["project", "label", "task"], name="facet_by_label")]

    def __str__(self) -> str:
        return self.label
