"""Failed jobs: what ended with an error, until the same succeeds."""

from django.db import models
from django.db.models import Q


class FailedJob(models.Model):
    """A job that failed, by its name and the ids it was given. Its error's words are in the log alone."""

    job = models.CharField(max_length=60)
    ids = models.JSONField(default=list)
    failed_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    error = models.CharField(max_length=100, help_text="The error's class.")
    place = models.CharField(max_length=200, blank=True, default="", help_text="Where in the code.")
    request_id = models.CharField(max_length=64, blank=True, default="", help_text="The request that caused it.")
    retried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "ids"], name="failed_job_once"),
            models.CheckConstraint(condition=Q(times__gte=1), name="failed_job_failed"),
        ]
        indexes = [models.Index(fields=["-failed_at"], name="failed_job_newest")]

    def __str__(self) -> str:
        return f"{self.job} {self.ids}"
