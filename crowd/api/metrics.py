"""What machines ask of an installation: figures for its operators, and whether it is ready."""

import hmac

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from crowd.api.authentication import BearerAuthentication
from crowd.errors import CrowdError, Missing
from crowd.models import User
from crowd.queries import metrics as queries
from crowd.queries import readiness
from crowd.queries.scope import MISSING


class Unknown(CrowdError):
    """A token that nobody gave out."""

    status = 401
    code = "unknown_token"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures to staff and to whoever has the scrape token; to others there is nothing here."""
    try:
        admit(request)
    except CrowdError as fault:
        body = {"code": fault.code, "detail": fault.detail, "errors": fault.errors}
        return JsonResponse(body, status=fault.status, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(queries.text(), content_type=CONTENT_TYPE_LATEST)


def admit(request: HttpRequest) -> None:
    """Let staff in, by session or by a token without scopes, and `CROWD_METRICS_TOKEN`; raise for anybody else."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    user: object = request.user
    if scheme.lower() == "bearer":
        wanted = settings.CROWD_METRICS_TOKEN
        if wanted and hmac.compare_digest(given.strip().encode(), wanted.encode()):
            return
        try:
            found = BearerAuthentication().authenticate(Request(request, parser_context={"view": None}))
        except AuthenticationFailed as error:
            raise Unknown(str(error.detail)) from None
        user = found[0] if found and not found[1].token.scopes else None
    if not (isinstance(user, User) and user.is_staff and user.is_active):
        raise Missing(MISSING)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer what this process needs and whether it is there; 503 where something is not.

    Where each is, and what it said, is told to those alone who may read the figures.
    """
    found, details = readiness.check()
    status = 200 if set(found.values()) == {readiness.OK} else 503
    if details and _may_see(request):
        return JsonResponse({**found, "details": details}, status=status)
    return JsonResponse(found, status=status)


def _may_see(request: HttpRequest) -> bool:
    try:
        admit(request)
    except (CrowdError, DatabaseError):  # whoever has no scrape token cannot be known while the database is away
        return False
    return True
