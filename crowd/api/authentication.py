"""Who is calling: a bearer token, or the browser's session with CSRF."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from crowd.models import ApiToken, User
from crowd.models.token import digest_of
from crowd.queries import callers
from crowd.queries.callers import Caller

LAST_USE_EVERY = timedelta(minutes=1)


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the token's user and what was read with it; None where the header names no bearer."""
        scheme, _, secret = authentication.get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        now = timezone.now()
        digest = digest_of(secret.strip().decode("ascii", "replace"))
        named: dict[str, Any] = getattr(request.parser_context["view"], "named", dict)()
        caller = callers.by_token(digest=digest, now=now, **named)
        if caller is None:
            raise exceptions.AuthenticationFailed(
                "This token is unknown or has expired. Ask an owner, or `crowd token USERNAME`, for a new one."
            )
        token = caller.token
        if token.last_used_at is None or now - token.last_used_at > LAST_USE_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, caller

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing token is 401 and not 403."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; DRF's own checks CSRF."""

    def authenticate_header(self, request: Request) -> str:
        """Name a scheme, so that being signed out is 401."""
        return "Session"
