"""Celery's application: settings come from Django's, jobs from crowd.jobs."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from crowd.embedded.launch import die_with_parent
from crowd.telemetry import messages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")

app = Celery("crowd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crowd"], related_name="jobs")
messages.connect()


@worker_process_init.connect
def _no_orphans(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work for ever."""
    die_with_parent(signal.SIGKILL)
