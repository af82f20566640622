"""Idempotency keys: the same request twice has one effect and one answer."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.errors import Contradiction, Invalid, Unavailable, Unprocessable
from crowd.models import IdempotencyKey, User

LONGEST_KEY = 255
PATTERN = "^[ -~]+$"  # servers make nothing of a header in another encoding: it would be as if there was no key
GIVEN_UP: Final = timedelta(minutes=10)  # without an answer: whoever was to give it died
WAITS: Final = 10.0  # seconds that a twin waits for the answer, a look at a time
LOOK: Final = 0.2
TRIES: Final = 5
UNDER_WAY: Final = "The same request is still under way; ask again in a moment."


def once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Run the handler, or give the answer it gave before.

    The key's row is written in the transaction of the effect: a twin that arrives meanwhile waits for it, and a request
    that fails leaves no key behind, so that it may be sent again.
    """
    row = _row(request)
    secret = _secret(handler)
    with transaction.atomic():
        kept = _held(row)
        if (told := _told(kept, row.request, secret=secret)) is not None:
            return told
        response = handler(request, *args, **kwargs)
        IdempotencyKey.objects.filter(pk=kept.pk).update(**_answer(response, secret=secret))
    return response


def _held(row: IdempotencyKey) -> IdempotencyKey:
    """Write the key's row, or find the one that is there; it stays locked.

    One that was there may be gone at the second look, where what it stood for failed apart from any transaction.
    """
    for _ in range(TRIES):
        row.pk = None
        IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
        kept = IdempotencyKey.objects.select_for_update(no_key=True).filter(user=row.user, key=row.key).first()
        if kept is not None:
            return kept
    raise Unavailable(UNDER_WAY, code="under_way")


def apart(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Run a handler that must not stand in a transaction, or give the answer it gave before.

    The key's row is committed first and the answer after the effect. A twin that arrives meanwhile waits a little, then
    is told to come back; a request that fails leaves no key behind. One that died between effect and answer may be
    sent again after a while: such handlers do what is done already without a second effect.
    """
    mine = _row(request)
    secret = _secret(handler)
    until = time.monotonic() + WAITS
    while not _taken(mine):
        kept = IdempotencyKey.objects.filter(user=mine.user, key=mine.key).first()
        if kept is not None and (told := _told(kept, mine.request, secret=secret)) is not None:
            return told
        if time.monotonic() > until:
            raise Unavailable(UNDER_WAY, code="under_way")
        time.sleep(LOOK)
    held = IdempotencyKey.objects.filter(
        user=mine.user, key=mine.key, created_at=mine.created_at, status__isnull=True
    )  # by its time: who took longer than is waited for may have lost it to another
    try:
        response = handler(request, *args, **kwargs)
    except BaseException:
        held.delete()
        raise
    held.update(**_answer(response, secret=secret))
    return response


def _taken(mine: IdempotencyKey) -> bool:
    """Return whether the key is the caller's now: nobody's before, or another's who gave no answer for long."""
    mine.pk, mine.created_at = None, timezone.now()
    kept = IdempotencyKey.objects.filter(user=mine.user, key=mine.key)
    if not kept.exists():
        IdempotencyKey.objects.bulk_create([mine], ignore_conflicts=True)
        return kept.filter(created_at=mine.created_at, status__isnull=True).exists()
    dead = kept.filter(request=mine.request, status__isnull=True, created_at__lt=mine.created_at - GIVEN_UP)
    return dead.update(created_at=mine.created_at) == 1


def _row(request: Request) -> IdempotencyKey:
    """Return the row that a request asks for; Invalid where its key cannot be kept."""
    key = request.headers["Idempotency-Key"]
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(f"Idempotency-Key: at most {LONGEST_KEY} printable characters.", code="bad_idempotency_key")
    assert isinstance(request.user, User)
    return IdempotencyKey(user=request.user, key=key, request=_digest(request), created_at=timezone.now())


def _secret(handler: Callable[..., Response]) -> bool:
    return bool(getattr(getattr(handler, "__self__", None), "answers_a_secret", False))


def _told(kept: IdempotencyKey, digest: str, *, secret: bool) -> Response | None:
    """Return the answer that was given before; None where there is none yet."""
    if kept.request != digest:
        raise Unprocessable(
            "This Idempotency-Key was used for another request; use a fresh one.", code="idempotency_key_reused"
        )
    if kept.status is None:
        return None
    if secret:
        raise Contradiction("This was done already, and its secret is shown only once.", code="shown_once")
    return Response(kept.body, status=kept.status, headers={**kept.headers, "Idempotent-Replay": "true"})


def _answer(response: Response, *, secret: bool) -> dict[str, Any]:
    """Return what is kept of an answer."""
    tells = response.data is not None and not secret
    return {
        "status": response.status_code,
        "body": json.loads(JSONRenderer().render(response.data)) if tells else None,
        "headers": {name: value for name, value in response.headers.items() if name.startswith("Crowd-")},
    }


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
