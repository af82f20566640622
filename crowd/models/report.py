"""Reports: a worker's question about an image, or a word that something is wrong with it; and what came back."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5

from crowd.models.assignment import Assignment
from crowd.models.project import Project
from crowd.models.triggers import changed
from crowd.models.user import User


class Report(models.Model):
    """What a worker asks or tells about one of their images, before or after answering it.

    It is taken alike whether or not the image is gold. An answer, once given, was read and does not change.
    """

    class Kind(models.TextChoices):
        """A question to whoever runs the project; or the image itself is broken, offensive, private."""

        QUESTION = "question"
        IMAGE = "image"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports", db_index=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind)
    comment = models.CharField(max_length=2000)
    at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True, default="")
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    closed = models.BooleanField(default=False, help_text="Nothing more is to be done: answered, or seen and put away.")

    class Meta:
        constraints = [
            models.UniqueConstraint(F("assignment"), F("kind"), MD5("comment"), name="report_says_it_once"),
            models.CheckConstraint(condition=~Q(comment=""), name="report_says_something"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | ~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False, closed=True),
                name="report_answer_is_somebodys",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="report_of_project"),
            models.Index(fields=["project", "kind"], name="report_open", condition=Q(closed=False)),
        ]
        triggers = [
            pgtrigger.Protect(
                name="report_never_changes",
                operation=pgtrigger.Update,
                condition=changed("project", "assignment", "kind", "comment", "at"),
            ),
            pgtrigger.Protect(
                name="report_answer_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__answered_at__isnull=False)
                & changed("answer", "answered_by", "answered_at", "closed"),
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"
