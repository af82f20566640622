"""Fits: the worker models of a project as they were learnt at one moment."""

import pgtrigger
from django.db import models

from crowd.models.guideline import Guideline
from crowd.models.project import Project


class Fit(models.Model):
    """What consensus believed of the workers at one moment; kept, because consensus must be reproducible from it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="fits")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20)
    answers = models.PositiveIntegerField()
    parameters = models.JSONField()
    agreement = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="fit_newest")]
        triggers = [pgtrigger.Protect(name="fit_never_changes", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"fit {self.pk} of {self.project_id}"
