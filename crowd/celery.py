"""Celery's application: settings come from Django's, jobs from crowd.jobs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")

app = Celery("crowd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crowd"], related_name="jobs")
