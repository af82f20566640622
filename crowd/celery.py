"""Celery's application: settings come from Django's, jobs from crowd.jobs."""

import logging
import os
import signal
import threading
import time
from typing import Any

from celery import Celery, bootsteps
from celery.beat import Scheduler as CeleryScheduler
from celery.signals import worker_process_init

from crowd import probe
from crowd.embedded.launch import die_with_parent
from crowd.telemetry import messages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")

app = Celery("crowd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crowd"], related_name="jobs")
messages.connect()
logger = logging.getLogger(__name__)


@worker_process_init.connect
def _no_orphans(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work for ever."""
    die_with_parent(signal.SIGKILL)


class Alive(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """A worker whose main loop turns says so."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        """Touch the file now, and again and again."""
        probe.touch()
        worker.timer.call_repeatedly(probe.TOUCHED, probe.touch)
        self._stopping = threading.Event()
        threading.Thread(target=self._wait, args=[worker], name="crowd-alive", daemon=True).start()

    def stop(self, _worker: Any) -> None:
        """Say no more."""
        self._stopping.set()

    def _wait(self, worker: Any) -> None:
        """Touch it where there is no broker: the timer rests until there is, and a new worker could do no more."""
        while not self._stopping.wait(probe.TOUCHED):
            if getattr(worker.consumer, "connection", None) is None:
                probe.touch()


class Scheduler(CeleryScheduler):  # type: ignore[misc]
    """Beat's, its times kept in memory: each comes round within minutes anyway."""

    _touched = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due, and say that we live."""
        if time.monotonic() - self._touched > probe.TOUCHED:
            probe.touch()
            self._touched = time.monotonic()
        return super().tick(*args, **kwargs)

    def _ensure_connected(self) -> Any:
        """Wait for the broker, and say meanwhile that we live."""

        def failed(error: Exception, seconds: float) -> None:
            probe.touch()
            logger.error("No broker: %s. Beat tries again in %s seconds.", error, seconds)

        return self.connection.ensure_connection(failed, self.app.conf.broker_connection_max_retries)


app.steps["worker"].add(Alive)
