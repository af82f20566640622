"""Model servers: named by a project's owner, tried on one image, forgotten."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from crowd.errors import Contradiction, Invalid
from crowd.models import Image, ModelRun, ModelServer, Project, User
from crowd.queries import versions
from crowd.workflow import events, webhooks
from crowd.workflow.gold import find_image
from crowd.workflow.predictions import model_calls

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_OURS: Final = frozenset({"host", "content-type", "content-length", "connection", "accept-encoding", "user-agent"})

LONGEST_TRIAL: Final = 15.0  # seconds: somebody waits for the answer, and a thread of ours with them


@dataclass(frozen=True)
class Trial:
    """What the model says of one image; nothing of it is kept."""

    image: Image
    annotation: dict[str, Any] | None
    score: float | None
    reason: str
    seconds: float


def name(
    *,
    project: Project,
    by: User,
    now: datetime,
    url: str,
    model: str,
    version: str,
    header: str = "Authorization",
    secret: str | None = None,
    seconds: int = 30,
) -> ModelServer:
    """Say where a project's model is asked. Without `secret` the one it has stays, if the address does."""
    webhooks.judge(url)
    if not _HEADER.fullmatch(header) or header.lower() in _OURS:
        raise Invalid("header: letters, digits and hyphens.", errors={"header": ["Letters, digits and hyphens."]})
    if secret is not None and not (secret.isascii() and (secret.isprintable() or not secret)):
        raise Invalid("secret: plain printable characters.", errors={"secret": ["Plain printable characters."]})
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        _not_running(project)
        row = ModelServer.objects.filter(project=project).first() or ModelServer(project=project)
        if secret is None and row.url and row.url != url:
            secret = ""  # it is for whoever it was given to
        row.url, row.header, row.seconds = url, header, seconds
        row.name, row.version = model.strip(), version.strip()
        row.secret = row.secret if secret is None else secret
        row.changed_by, row.changed_at = by, now
        try:
            row.full_clean(validate_unique=False)
        except ValidationError as error:
            faults = {"model" if key == "name" else key: told for key, told in error.message_dict.items()}
            first = next(iter(faults))
            raise Invalid(f"{first}: {faults[first][0]}", errors=faults) from None
        row.save()
        told = {"model": row.model, "host": url.split("/")[2][:200]}
        events.record(project=project, kind="model_server.named", now=now, by=by, data=told)
    return row


@transaction.atomic
def forget(*, project: Project, by: User, now: datetime) -> None:
    """Forget the server and its secret; what it proposed stays."""
    _not_running(project)
    if ModelServer.objects.filter(project=project).delete()[0]:
        events.record(project=project, kind="model_server.forgotten", now=now, by=by)


def of_project(project: Project) -> ModelServer:
    """Return a project's server."""
    found = ModelServer.objects.filter(project=project).first()
    if found is None:
        raise Contradiction("This project names no model server yet.", code="no_model_server")
    return found


def try_out(*, project: Project, image: str = "") -> Trial:
    """Ask once about one image, the newest where none is named, and keep nothing; in no transaction: it takes time."""
    server, guideline = of_project(project), versions.current(project)
    if guideline is None:
        raise Contradiction(
            "Publish a guideline first: what the model says is checked against it.", code="no_guideline"
        )
    newest = project.images.order_by("-pk").first()
    if newest is None:
        raise Contradiction("Add an image first.", code="no_images")
    asked = find_image(project=project, reference=image) if image else newest
    began = time.monotonic()
    said = model_calls.ask(server=server, image=asked, guideline=guideline, pauses=(), longest=LONGEST_TRIAL)
    took = time.monotonic() - began
    if isinstance(said, model_calls.Nothing):
        return Trial(asked, None, None, said.reason, took)
    return Trial(asked, dict(said.annotation), said.score, "", took)


def _not_running(project: Project) -> None:
    if ModelRun.objects.filter(project=project, state=ModelRun.State.RUNNING).exists():
        raise Contradiction("The model is being asked just now; wait or cancel that first.", code="run_under_way")
