"""Whoever must have a second factor (`CROWD_REQUIRE_MFA`) sets one up before anything else."""

from collections.abc import Callable
from typing import Final

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from crowd.models import User
from crowd.queries import scope

# where one signs in and sets it up, and what every page loads
OPEN: Final = ("/accounts/", "/language/", "/words/", "/static/", "/healthz", "/livez", "/readyz", "/metrics")


class SecondFactorMiddleware:
    """Send a browser to where a second factor is set up. Tokens are a factor of their own and stay as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, unless its user has something to set up first."""
        required: str = settings.CROWD_REQUIRE_MFA
        if not required or request.path.startswith(OPEN) or not _lacks(request.user, required):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            detail = _("Turn on two-step sign-in first; this server asks it of you.")
            return JsonResponse({"code": "second_factor", "detail": detail, "errors": {}}, status=403)
        return redirect("mfa_activate_totp")


def _lacks(user: User | AnonymousUser, required: str) -> bool:
    """Tell whether somebody is signed in who must have a second factor and has none."""
    if not isinstance(user, User):
        return False
    operates = user.is_staff or user.is_superuser
    asked = required == "all" or operates or (required == "owners" and scope.owns_any(user=user))
    return asked and not is_mfa_enabled(user)
