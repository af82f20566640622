"""Notes: what reviewers tell workers about their answers."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

from crowd.models.assignment import Assignment
from crowd.models.project import Project
from crowd.models.user import User


class Note(models.Model):
    """What a worker is told after a ruling on an image they answered otherwise.

    It is shown without the image: only ordinary images are ruled on, so whoever knew which one it is would know that it
    is not gold.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="notes", db_index=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+", db_index=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("assignment", MD5("text"), name="note_says_it_once"),
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
        ]
        indexes = [models.Index(fields=["project", "worker", "-id"], name="note_of_worker")]
        triggers = [pgtrigger.Protect(name="note_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"note {self.pk}"
