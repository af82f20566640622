"""Who is calling: a bearer token, or the browser's session with CSRF."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from crowd.models import ApiToken, User
from crowd.models.token import digest_of

LAST_USE_EVERY = timedelta(minutes=1)


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's user and the token; None where the header names no bearer."""
        scheme, _, secret = authentication.get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.select_related("user")
            .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
            .filter(digest=digest_of(secret.strip().decode("ascii", "replace")), user__is_active=True)
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed(
                "This token is unknown or has expired. Ask an owner, or `crowd token USERNAME`, for a new one."
            )
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
