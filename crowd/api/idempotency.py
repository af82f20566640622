"""Idempotency keys: the same request twice has one effect and one answer."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.errors import Contradiction, Invalid, Unprocessable
from crowd.models import IdempotencyKey, User

LONGEST_KEY = 255


def once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Run the handler, or give the answer it gave before.

    The key's row is written in the transaction of the effect: a twin that arrives meanwhile waits for it, and a request
    that fails leaves no key behind, so that it may be sent again.
    """
    key = request.headers["Idempotency-Key"]
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(f"Idempotency-Key: at most {LONGEST_KEY} printable characters.", code="bad_idempotency_key")
    digest = _digest(request)
    assert isinstance(request.user, User)
    with transaction.atomic():
        row = IdempotencyKey(user=request.user, key=key, request=digest, created_at=timezone.now())
        IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
        kept = IdempotencyKey.objects.select_for_update(no_key=True).get(user=request.user, key=key)
        if kept.request != digest:
            raise Unprocessable(
                "This Idempotency-Key was used for another request; use a fresh one.", code="idempotency_key_reused"
            )
        secret = getattr(getattr(handler, "__self__", None), "answers_a_secret", False)
        if kept.status is not None and secret:
            raise Contradiction("This was done already, and its secret is shown only once.", code="shown_once")
        if kept.status is not None:
            return Response(kept.body, status=kept.status, headers={**kept.headers, "Idempotent-Replay": "true"})
        response = handler(request, *args, **kwargs)
        kept.status = response.status_code
        tells = response.data is not None and not secret
        kept.body = json.loads(JSONRenderer().render(response.data)) if tells else None
        kept.headers = {name: value for name, value in response.headers.items() if name.startswith("Crowd-")}
        kept.save(update_fields=["status", "body", "headers"])
    return response


def _digest(request: Request) -> str:
    """Return the digest of method, path and body; of a form, its fields and the bytes of its files."""
    total = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    takes_forms = any(isinstance(parser, MultiPartParser) for parser in request.parsers or ())
    if not takes_forms or not (request.content_type or "").startswith("multipart/"):
        total.update(request.body)
        return total.hexdigest()
    # Each sending of a form has its own boundary: what counts is what stands between.
    for name, values in sorted(request.POST.lists()):
        total.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            total.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                total.update(chunk)
            file.seek(0)
    return total.hexdigest()
