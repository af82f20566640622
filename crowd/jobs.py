"""Background jobs: load nothing, call one workflow function, carry ids only.

A message may be lost, repeated or late: each function called here may run twice without a second effect, and the sweep
finds whatever a lost message left behind.
"""

import atexit
import logging
import random
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone

from crowd.celery import app
from crowd.gathering import Gatherer
from crowd.telemetry import keeping, measures, traces

QUIET = 15  # seconds without a try once a broker could not be reached, or each request would wait for it again
logger = logging.getLogger(__name__)
_quiet_until = 0.0


def send(job: Any, *ids: int) -> None:
    """Send a job when the transaction commits; a broker that is down costs time, never the caller's request.

    A message costs as much as a claim's statements do, so tasks to be looked at are named together where they are many.
    """

    def send_now() -> None:
        if job is resolve and settings.CROWD_GATHER_SECONDS:
            _stale.add(*ids)
        else:
            _send_now(job, ids)

    transaction.on_commit(send_now, robust=True)


def _send_now(job: Any, ids: tuple[Any, ...]) -> None:
    global _quiet_until  # noqa: PLW0603 -- one broker a process
    if time.monotonic() < _quiet_until:
        measures.count("unsent_jobs")
        return
    try:
        with traces.span(f"send {job.name}", "PRODUCER", {"messaging.system": "celery"}):
            job.apply_async(args=ids, **settings.CROWD_PUBLISHING)
    except Exception as error:  # noqa: BLE001 -- each broker's client has errors of its own; the rows say what to do
        _quiet_until = time.monotonic() + QUIET
        measures.count("unsent_jobs")
        logger.warning(
            "The broker cannot be reached; nothing is sent for %d s, and the sweep finds it: %s", QUIET, error
        )


@app.task(name="crowd.resolve")
def resolve(task_id: int) -> None:
    """Score or resolve the task, ask for more, or send it to review."""
    from crowd.workflow.consensus import resolving  # noqa: PLC0415 -- jobs are below the workflow

    resolving.resolve(task_id=task_id, now=timezone.now())


@app.task(name="crowd.resolve_all", bind=True)
def resolve_all(self: Any, task_ids: Sequence[int]) -> None:
    """Do so with each; one that fails is sent alone, to fail under its own name and keep none of the others from it.

    So are all where whoever had them before did not live: one of them may be why, and must not take the others along.
    """
    apart = bool((self.request.delivery_info or {}).get("redelivered"))
    for task_id in task_ids:
        if apart or not _is_resolved(task_id):
            _send_now(resolve, (task_id,))


def _is_resolved(task_id: int) -> bool:
    try:
        resolve(task_id)
    except Exception:  # noqa: BLE001 -- whatever it is, it is told where it happens again
        close_old_connections()
        return False
    keeping.mended(resolve.name, task_id)
    return True


def _send_stale(task_ids: Sequence[int]) -> None:
    if len(task_ids) == 1:
        _send_now(resolve, tuple(task_ids))
    else:
        _send_now(resolve_all, (list(task_ids),))


_stale = Gatherer(_send_stale, every=lambda: settings.CROWD_GATHER_SECONDS)
atexit.register(_stale.flush)


@app.task(name="crowd.refit")
def refit(project_id: int | None = None) -> None:
    """Learn a project's worker models anew; without one, ask for that wherever it is due."""
    from crowd.workflow.consensus import fitting  # noqa: PLC0415 -- jobs are below the workflow

    if project_id is None:
        fitting.ask_all(now=timezone.now())
    else:
        fitting.refit(project_id=project_id, now=timezone.now())


@app.task(name="crowd.fit_shard")
def fit_shard(shard_id: int) -> None:
    """Do one shard's part of a round of a fit."""
    from crowd.workflow.consensus import spreading  # noqa: PLC0415 -- jobs are below the workflow

    spreading.work(shard_id=shard_id)


@app.task(name="crowd.conclude_fit")
def conclude_fit(run_id: int) -> None:
    """Draw the conclusion of a round of a fit, and begin the next one."""
    from crowd.workflow.consensus import spreading  # noqa: PLC0415 -- jobs are below the workflow

    spreading.conclude(run_id=run_id, now=timezone.now())


@app.task(name="crowd.recheck")
def recheck(recheck_id: int) -> None:
    """Look again at a stretch of tasks under new worker models."""
    from crowd.workflow.consensus import rechecking  # noqa: PLC0415 -- jobs are below the workflow

    rechecking.recheck(recheck_id=recheck_id, now=timezone.now())


@app.task(name="crowd.expire")
def expire() -> None:
    """Give the slots of overdue leases back."""
    from crowd.workflow.assignments import leasing  # noqa: PLC0415 -- jobs are below the workflow

    leasing.expire(now=timezone.now())


@app.task(name="crowd.suspect")
def suspect(project_id: int | None = None) -> None:
    """Look over the workers, of one project or of all, who have answered since they last were."""
    from crowd.workflow.workers import suspecting  # noqa: PLC0415 -- jobs are below the workflow

    suspecting.suspect(project_id=project_id, now=timezone.now())


@app.task(name="crowd.sweep")
def sweep() -> None:
    """Find what lost messages left behind."""
    from crowd.workflow.upkeep import sweeping  # noqa: PLC0415 -- jobs are below the workflow

    sweeping.sweep(now=timezone.now())


@app.task(name="crowd.sweep_erased")
def sweep_erased() -> None:
    """Remove the bytes of erased images."""
    from crowd.workflow import erasing  # noqa: PLC0415 -- jobs are below the workflow

    erasing.sweep(now=timezone.now())


@app.task(name="crowd.forget")
def forget() -> None:
    """Remove what is kept for a while only."""
    from crowd.workflow.upkeep import retention  # noqa: PLC0415 -- jobs are below the workflow

    retention.forget(now=timezone.now())


@app.task(name="crowd.watch_gold")
def watch_gold() -> None:
    """Suspect gold that may be wrong, warn where it is used up, propose new."""
    from crowd.workflow.upkeep import watching  # noqa: PLC0415 -- jobs are below the workflow

    watching.watch(now=timezone.now(), rng=random.SystemRandom())


@app.task(name="crowd.build_release")
def build_release(release_id: int) -> None:
    """Write the release's files."""
    from crowd.workflow import releasing  # noqa: PLC0415 -- jobs are below the workflow

    releasing.build(release_id=release_id, now=timezone.now())


@app.task(name="crowd.draw_samples")
def draw_samples(project_id: int) -> None:
    """Draw from a project's settled images."""
    from crowd.workflow.conflicts import samples  # noqa: PLC0415 -- jobs are below the workflow

    samples.begin(project_id=project_id, now=timezone.now())


@app.task(name="crowd.run_import")
def run_import(import_id: int) -> None:
    """Go on with an import for a while."""
    from crowd.workflow.importing import runs  # noqa: PLC0415 -- jobs are below the workflow

    runs.run(import_id=import_id)


@app.task(name="crowd.summarise")
def summarise() -> None:
    """Bring the dashboards' figures up to date."""
    from crowd.workflow.upkeep import summarising  # noqa: PLC0415 -- jobs are below the workflow

    summarising.summarise_all(now=timezone.now())


@app.task(name="crowd.run_bulk")
def run_bulk(bulk_id: int) -> None:
    """Go on with a change of many tasks for a while."""
    from crowd.workflow.tasks import bulk  # noqa: PLC0415 -- jobs are below the workflow

    bulk.run(bulk_id=bulk_id, clock=timezone.now)


@app.task(name="crowd.run_model")
def run_model(run_id: int) -> None:
    """Go on with asking a model server for a while."""
    from crowd.workflow.predictions import model_runs  # noqa: PLC0415 -- jobs are below the workflow

    model_runs.run(run_id=run_id, clock=timezone.now)


@app.task(name="crowd.derive")
def derive(project_id: int) -> None:
    """Go on with making a project of a release for a while."""
    from crowd.workflow.projects import deriving  # noqa: PLC0415 -- jobs are below the workflow

    deriving.run(project_id=project_id, clock=timezone.now)


@app.task(name="crowd.measure_images")
def measure_images(project_id: int) -> None:
    """Look at a project's new images for a while."""
    from crowd.workflow.importing import measuring  # noqa: PLC0415 -- jobs are below the workflow

    measuring.run(project_id=project_id, clock=timezone.now)


@app.task(name="crowd.count_looks")
def count_looks(project_id: int) -> None:
    """Count how a project's images look, where they are many."""
    from crowd.workflow.importing import looks_report  # noqa: PLC0415 -- jobs are below the workflow

    looks_report.count(project_id=project_id, now=timezone.now())


@app.task(name="crowd.deliver")
def deliver(webhook_id: int) -> None:
    """Tell an endpoint what it has not been told yet."""
    from crowd.workflow.webhooks import delivering  # noqa: PLC0415 -- jobs are below the workflow

    delivering.deliver(webhook_id=webhook_id, clock=timezone.now, rng=random.SystemRandom())


@app.task(name="crowd.deliver_due")
def deliver_due() -> None:
    """Find the endpoints that something waits for."""
    from crowd.workflow.webhooks import delivering  # noqa: PLC0415 -- jobs are below the workflow

    delivering.send_due(now=timezone.now())
