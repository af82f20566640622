"""What operators do about jobs that failed."""

from datetime import datetime

from django.db import transaction

from crowd import jobs
from crowd.celery import app
from crowd.errors import Contradiction, Missing
from crowd.models import FailedJob


@transaction.atomic
def send_again(*, pk: int, now: datetime) -> FailedJob:
    """Send a failed job once more; it leaves the list by itself when it succeeds."""
    failed = _locked(pk)
    job = app.tasks.get(failed.job)
    if job is None:
        raise Contradiction(f"There is no job {failed.job} any more; dismiss it.", code="unknown_job")
    failed.retried_at = now
    failed.save(update_fields=["retried_at"])
    jobs.send(job, *failed.ids)
    return failed


@transaction.atomic
def dismiss(*, pk: int) -> None:
    """Strike a failed job off the list, without doing it."""
    _locked(pk).delete()


def _locked(pk: int) -> FailedJob:
    failed = FailedJob.objects.select_for_update().filter(pk=pk).first()
    if failed is None:
        raise Missing("This job is not on the list any more: it has succeeded, or somebody dismissed it.")
    return failed
