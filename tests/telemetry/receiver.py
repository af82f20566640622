"""A receiver of traces, as OTLP over HTTP says it; and a site of two processes that sends them."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """A span as it came."""

    service: str
    name: str
    kind: int
    trace: bytes
    own: bytes
    parent: bytes
    told: dict[str, Any]


@dataclass
class Receiver:
    """All spans that came."""

    url: str
    spans: list[Span] = field(default_factory=list)
    raw: bytes = b""

    def take(self, body: bytes) -> None:
        """Read a request's body."""
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            for spans in resource.scope_spans:
                for one in spans.spans:
                    told = {item.key: item.value.string_value or item.value.int_value for item in one.attributes}
                    found = (service, one.name, one.kind, one.trace_id, one.span_id, one.parent_span_id)
                    self.spans.append(Span(*found, told))

    def path_to(self, name: str, service: str) -> list[Span]:
        """Return the spans from the first of all to one of this name in this service; nothing where there is none."""
        by_id = {one.own: one for one in self.spans}
        for span in self.spans:
            path = [span]
            while path[0].parent in by_id:
                path.insert(0, by_id[path[0].parent])
            if (span.name, span.service) == (name, service) and path[0].kind == SERVER:
                return path
        return []


SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Have a receiver on a port of its own in this block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
