"""Traces by OpenTelemetry, from a request through the broker to the job and its statements; off unless asked for.

`OTEL_EXPORTER_OTLP_ENDPOINT` turns them on (and OpenTelemetry's other variables say the rest); the libraries are the
extra `telemetry`. The spans are our own, so that what they carry is what is written here: patterns of addresses, names
of jobs, statements without their parameters. Instrumentation by library would send query strings with signatures.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, Literal

from django.db.backends.signals import connection_created

from crowd import __version__

logger = logging.getLogger(__name__)
Kind = Literal["SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
LONGEST_STATEMENT: Final = 2000
_NOTHING: Final[AbstractContextManager[None]] = nullcontext()
_tracer: Any = None
_pid = 0


def wanted() -> bool:
    """Tell whether an endpoint is named."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))


def begin(role: str) -> None:
    """Send this process's spans from now on, where an endpoint is named."""
    global _tracer, _pid
    if not wanted() or _pid == os.getpid():
        return
    try:
        # an extra, and a second to load
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        logger.warning("No traces are sent: %s is missing. pip install 'crowd[telemetry]'", error.name)
        return
    name = os.environ.get("OTEL_SERVICE_NAME") or f"crowd-{role}"
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer, _pid = provider.get_tracer("crowd", __version__), os.getpid()
    connection_created.connect(_watch_statements, dispatch_uid="crowd.telemetry.traces")


def span(
    name: str, kind: Kind, told: Mapping[str, Any] | None = None, *, parent: Mapping[str, str] | None = None
) -> Any:
    """Return a span for a block, as a context manager; it gives the span, or None where there are no traces.

    `parent` holds a `traceparent` that came from elsewhere. A block that raises marks its span, without the words.
    """
    return _span(name, kind, parent, told or {}) if _tracer is not None else _NOTHING


def carried() -> dict[str, str]:
    """Return what tells another process which span this is: `traceparent`; empty where there are no traces."""
    if _tracer is None:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 -- an extra

    found: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(found)
    return found


@contextmanager
def _span(name: str, kind: Kind, parent: Mapping[str, str] | None, told: Mapping[str, Any]) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415 -- an extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    above = TraceContextTextMapPropagator().extract(dict(parent)) if parent else None
    how = {"record_exception": False, "set_status_on_exception": False}
    with _tracer.start_as_current_span(name, above, SpanKind[kind], told, **how) as one:
        try:
            yield one
        except Exception as error:
            one.set_attribute("error.type", type(error).__qualname__)
            one.set_status(Status(StatusCode.ERROR))
            raise


def _watch_statements(connection: Any, **_: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    from opentelemetry.trace import get_current_span  # noqa: PLC0415 -- an extra

    if not isinstance(sql, str) or not get_current_span().is_recording():
        return execute(sql, params, many, context)
    verb = (sql.split(None, 1) or ["SQL"])[0].upper()
    told = {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.text": sql[:LONGEST_STATEMENT]}
    with span(verb, "CLIENT", told):
        return execute(sql, params, many, context)
