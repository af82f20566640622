"""What httpx is told and what it answers, the same for both clients."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx

from crowd.client.errors import Unreachable
from crowd.client.steps import Answer, Request

CONNECTIONS: Final = 16


def options(timeout: float) -> dict[str, Any]:
    """How an httpx client is made: it follows no redirect by itself, as the token must not go along."""
    return {
        "timeout": httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        "follow_redirects": False,
        "limits": httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
    }


def arguments(request: Request, files: ExitStack) -> dict[str, Any]:
    """What `build_request` takes; the files that it names are opened until `files` is left."""
    told: dict[str, Any] = {"method": request.method, "url": request.url, "headers": dict(request.headers)}
    if request.params:
        told["params"] = dict(request.params)
    if request.parts:
        told["files"] = [
            (
                part.field,
                (
                    part.name,
                    files.enter_context(part.source.open("rb")) if isinstance(part.source, Path) else part.source,
                ),
            )
            for part in request.parts
        ]
        told["data"] = dict(request.form)
    elif request.content is not None:
        told["content"] = request.content.read_bytes() if isinstance(request.content, Path) else request.content
    elif request.json is not None:
        told["json"] = request.json
    return told


def head(response: httpx.Response) -> Answer:
    """Status and headers of an answer whose body has not been read."""
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()})


def lost(request: Request, fault: httpx.TransportError) -> Unreachable:
    """What a connection's failure is to callers."""
    return Unreachable(f"{request} was not answered: {fault or type(fault).__name__}")
