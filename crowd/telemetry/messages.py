"""What a message to a worker carries beside its ids: the request that caused it, its trace, when it was sent."""

import json
import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from celery import signals

from crowd.telemetry import context, keeping, measures, traces

HEADER: Final = "crowd"
PLACE_IN: Final = "crowd"  # the package in whose code the place of an error is told
logger = logging.getLogger(__name__)


@dataclass
class _Running:
    """A job under way in this thread."""

    stack: ExitStack
    began: float


_running: dict[str, _Running] = {}


def connect() -> None:
    """Have every message carry it and every job be counted; Celery's own lines go where ours go."""
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    signals.before_task_publish.connect(_before_publish, weak=False)
    signals.after_task_publish.connect(_after_publish, weak=False)
    signals.task_prerun.connect(_before_job, weak=False)
    signals.task_failure.connect(_failed, weak=False)
    signals.task_postrun.connect(_after_job, weak=False)
    signals.worker_process_init.connect(_begin_worker, weak=False)
    signals.worker_process_shutdown.connect(_end_worker, weak=False)
    signals.beat_init.connect(_begin_beat, weak=False)


def _keep_our_logging(**_: Any) -> None:
    """Do nothing: that somebody listens keeps Celery from setting up logs of its own."""


def _before_publish(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if isinstance(headers, dict):
        told = {"request_id": context.get("request_id"), "sent_at": time.time(), **traces.carried()}
        headers[HEADER] = {name: value for name, value in told.items() if value is not None}


def _after_publish(sender: str = "", **_: Any) -> None:
    found = keeping.keeper()
    if found is not None and found.role == "beat":
        found.busy(sender)  # that the process lives does not say that its clock ticks; this does


def _before_job(task_id: str, task: Any, args: Any = (), **_: Any) -> None:
    sent = getattr(task.request, HEADER, None) or {}
    sent = sent if isinstance(sent, dict) else {}
    ids = _ids(task, args)
    stack = ExitStack()
    cause = sent.get("request_id") or context.get("request_id")  # the latter where jobs run where they are sent
    stack.enter_context(
        context.bound(
            request_id=context.request_id(cause) if cause else None,
            project=ids.get("project_id"),
            job=task.name,
            job_id=task_id,
            **({"ids": ids} if ids else {}),
        )
    )
    parent = {"traceparent": str(sent["traceparent"])} if "traceparent" in sent else None
    told = {"messaging.system": "celery", "messaging.message.id": task_id, "messaging.operation.name": "process"}
    stack.enter_context(traces.span(task.name, "CONSUMER", told, parent=parent))
    if isinstance(at := sent.get("sent_at"), int | float):
        measures.observe("job_wait_seconds", time.time() - at, task.name)
    if keeper := keeping.keeper():
        keeper.busy(task.name)
    _running[task_id] = _Running(stack, time.perf_counter())


def _after_job(task_id: str, task: Any, args: Any = (), state: str | None = None, **_: Any) -> None:
    running = _running.pop(task_id, None)
    if running is None:
        return
    outcome = (state or "unknown").lower()
    measures.observe("job_seconds", time.perf_counter() - running.began, task.name, outcome)
    if keeper := keeping.keeper():
        keeper.busy("")
        if outcome == "success":
            keeper.done(task.name, _kept(args))
    running.stack.close()


def _failed(sender: Any = None, args: Any = (), exception: Any = None, traceback: Any = None, **_: Any) -> None:
    keeper = keeping.keeper()
    if keeper is None or sender is None:
        return
    kind = type(exception).__qualname__[:100]
    told = {"error": kind, "place": _place(traceback), "request_id": context.get("request_id") or ""}
    keeper.failed(sender.name, _kept(args), **told)


def _place(trace: Any) -> str:
    """Return where in our own code an error came from, else where it was raised."""
    place = ""
    while getattr(trace, "tb_frame", None) is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] == PLACE_IN or not place.startswith(PLACE_IN):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place[:200]


def _ids(task: Any, args: Any) -> dict[str, Any]:
    """Return a job's numbers by the names it has for them."""
    code = task.run.__code__
    names = [name for name in code.co_varnames[: code.co_argcount] if name != "self"]  # a bound job's
    return {name: value for name, value in zip(names, _kept(args), strict=False) if isinstance(value, int | list)}


def _kept(args: Any) -> list[Any]:
    """Return a job's arguments: ids, as a message carries them."""
    try:
        return list(json.loads(json.dumps(list(args or ()))))
    except (TypeError, ValueError):
        return []


def _begin_worker(**_: Any) -> None:
    keeping.begin("worker")
    traces.begin("worker")


def _end_worker(**_: Any) -> None:
    keeping.end()


def _begin_beat(**_: Any) -> None:
    keeping.begin("beat")
