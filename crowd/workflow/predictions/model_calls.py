"""Calls of a project's model server: what it is sent, and what of its answer is believed.

Sent, as JSON by POST, with the project's secret in the header that it named:
`{"protocol": 1, "project", "guideline": number, "schema": the guideline's, "model": {"name", "version"},
"image": {"id", "name", "sha256", "width", "height", "orientation", "content_type", "data": base64 of the file}}`.
Width and height are as people see the picture: `orientation` (EXIF's, 1 to 8) is to be applied to the file first.

Answered with 200 and `{"annotation": {…}, "score"?: 0 to 1, "version"?: "…"}`, the annotation as workers give it, in
pixels of the picture as people see it; required questions may be left open. A `version` other than the one asked
for ends the run: the wrong model is up. `{"annotation": null, "reason"?: "…"}` says that it has nothing to propose.
408, 425, 429, 5xx and silence are tried again, later each time; 401, 403, 404 and 405 end the run; any other 4xx
refuses the one image.
"""

import base64
import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crowd import egress
from crowd.errors import CrowdError, Invalid, Unavailable, Unprocessable
from crowd.formats import strict_json
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Guideline, Image, ModelServer
from crowd.queries import image_bytes, versions
from crowd.workflow.predictions import predicting

PROTOCOL: Final = 1
MOST_BYTES: Final = 8 << 20  # of an answer
PAUSES: Final = (0.5, 2.0)  # seconds before the second and the third try
LATER: Final = frozenset({408, 425, 429})
NOBODY: Final = frozenset({401, 403, 404, 405})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Stopped(CrowdError):
    """The server will answer no image so: its address, its secret or its version is not what the project says."""

    status = 409
    code = "model_server"


@dataclass(frozen=True)
class Nothing:
    """The model has nothing to propose, and perhaps says why."""

    reason: str


def ask(
    *,
    server: ModelServer,
    image: Image,
    guideline: Guideline,
    pauses: Sequence[float] = PAUSES,
    longest: float = math.inf,
    sleep: Callable[[float], None] = time.sleep,
) -> predicting.Said | Nothing:
    """Return what the model says of an image, valid under the guideline.

    It is asked again after each of the pauses (seconds), and waited for as long as the project says, at most `longest`
    seconds each time. Raises Unavailable where nobody answers though asked so often, Stopped where asking on is of no
    use, and another CrowdError for what is wrong with this image or with what was said of it.
    """
    body = json.dumps(_request(server, image, guideline)).encode()
    for pause in (*pauses, None):
        try:
            answer = _post(server, body, min(float(server.seconds), longest))
            return _read(answer, server=server, image=image, guideline=guideline)
        except Unavailable:
            if pause is None:
                raise
            sleep(pause)
    raise AssertionError("the last try returns or raises")


def _request(server: ModelServer, image: Image, guideline: Guideline) -> dict[str, Any]:
    with image_bytes.opened(image) as source:
        raw = source.read()
    return {
        "protocol": PROTOCOL,
        "project": guideline.project.slug,
        "guideline": guideline.number,
        "schema": guideline.schema,
        "model": {"name": server.name, "version": server.version},
        "image": {
            "id": image.pk,
            "name": image.name,
            "sha256": image.sha256,
            "width": image.width,
            "height": image.height,
            "orientation": image.orientation,
            "content_type": image.content_type,
            "data": base64.b64encode(raw).decode(),
        },
    }


def _post(server: ModelServer, body: bytes, seconds: float) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if server.secret:
        headers[server.header] = server.secret
    limits = egress.Limits(seconds=seconds, bytes=MOST_BYTES)
    try:
        answer = egress.fetch(
            server.url, allowed=egress.allowed(), method="POST", headers=headers, content=body, limits=limits
        )
    except egress.Blocked as fault:
        raise Stopped(f"The address may not be called: {fault.detail}") from None
    if answer.status in LATER or answer.status >= 500:
        raise Unavailable(f"The model server answered with {answer.status}.", code="model_server_busy")
    if answer.status in NOBODY or 300 <= answer.status < 400:
        raise Stopped(f"The model server answered with {answer.status}: look at its address and the secret.")
    if answer.status >= 400:
        raise Unprocessable(f"The model server refused it with {answer.status}: {_text(answer.body)}", code="refused")
    return answer.body


def _read(raw: bytes, *, server: ModelServer, image: Image, guideline: Guideline) -> predicting.Said | Nothing:
    """Return what an answer says; Invalid, with the faults by their path, where it is not one of ours."""
    answer = strict_json.loads(raw, thing="model server’s answer")
    if not isinstance(answer, Mapping) or "annotation" not in answer:
        raise Invalid('An answer is {"annotation": {…}, "score": 0..1}; this one is not.', code="not_an_answer")
    told = answer.get("version")
    if told is not None and told != server.version:
        raise Stopped(f"Version {_text(str(told).encode())} answers there; the project asks for {server.version}.")
    if answer["annotation"] is None:
        return Nothing(_text(str(answer.get("reason") or "").encode()))
    score = answer.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1):
        raise Invalid("score: a number from 0 to 1.", errors={"score": ["A number from 0 to 1."]})
    annotation = parse_annotation(
        answer["annotation"],
        schema=versions.schema_of(guideline),
        width=image.width,
        height=image.height,
        complete=False,
    )
    return predicting.Said(annotation_to_json(annotation), guideline, server.model, score)


def _text(raw: bytes) -> str:
    """Return the beginning of what a stranger wrote, as one line."""
    return _CONTROL.sub(" ", raw[:600].decode(errors="replace")).strip()[:200]
