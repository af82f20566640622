"""Attempts: how often jobs were begun that did not live to their end."""

from django.db import models
from django.db.models import Q


class Attempt(models.Model):
    """A job's runs on one thing since one of them came to an end, good or bad; the row goes when one does.

    A process that is killed, or whose memory runs out, says nothing: that its row is still there does.
    """

    job = models.CharField(max_length=60)
    key = models.BigIntegerField(help_text="Id of what it works on.")
    times = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(help_text="When the last one began.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="attempt_once"),
            models.CheckConstraint(condition=Q(times__gte=1), name="attempt_was_made"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.key}"
