"""What is under way about worker models: a refit asked for, and tasks to be looked at again after one."""

from django.db import models

from crowd.models.fit import Fit
from crowd.models.project import Project


class RefitRequest(models.Model):
    """New worker models were asked for; one row a project, gone once they are there, so that each is asked for once."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="refit_request")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"refit of {self.project_id}"


class Recheck(models.Model):
    """A stretch of a project's tasks to be looked at under a new fit; the row goes once that is done."""

    fit = models.ForeignKey(Fit, on_delete=models.CASCADE, related_name="rechecks")
    first = models.BigIntegerField(help_text="Id of the first task.")
    last = models.BigIntegerField(help_text="Id of the last task.")
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sent_at"], name="recheck_sent")]

    def __str__(self) -> str:
        return f"tasks {self.first} to {self.last} under fit {self.fit_id}"
