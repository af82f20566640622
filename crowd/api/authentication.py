"""Who is calling: a bearer token, or the browser's session with CSRF."""

from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from crowd.models import ApiToken, User, statements
from crowd.models.token import digest_of

LAST_USE_EVERY = timedelta(minutes=1)
_TOKEN = f"""
    SELECT {statements.columns(ApiToken, "t")}, {statements.columns(User, "u")}
    FROM crowd_apitoken t JOIN crowd_user u ON u.id = t.user_id
    WHERE t.digest = %(digest)s AND u.is_active AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
"""  # noqa: S608 -- names of columns


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's user and the token; None where the header names no bearer."""
        scheme, _, secret = authentication.get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        now = timezone.now()
        found = statements.row(_TOKEN, {"digest": digest_of(secret.strip().decode("ascii", "replace")), "now": now})
        if found is None:
            raise exceptions.AuthenticationFailed(
                "This token is unknown or has expired. Ask an owner, or `crowd token USERNAME`, for a new one."
            )
        size = len(ApiToken._meta.concrete_fields)
        token = statements.instance(ApiToken, found[:size])
        token.user = statements.instance(User, found[size:])
        if token.last_used_at is None or now - token.last_used_at > LAST_USE_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing token is 401 and not 403."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; DRF's own checks CSRF."""

    def authenticate_header(self, request: Request) -> str:
        """Name a scheme, so that being signed out is 401."""
        return "Session"
