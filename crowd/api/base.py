"""What every endpoint has in common."""

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from django.db import OperationalError
from django.http import HttpRequest
from psycopg.errors import DeadlockDetected, SerializationFailure
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from crowd.api import compression, idempotency, limits
from crowd.api.deprecation import Deprecation
from crowd.api.negotiation import AlwaysJSON
from crowd.api.pagination import Pagination
from crowd.errors import Missing, Refused
from crowd.models import ApiToken, Membership, Project, User
from crowd.queries import scope
from crowd.queries.callers import Caller

Row = TypeVar("Row")
DEADLOCKS_BORNE = 2
# Seconds. Giving gold and scoring it write a little less than what is done for an ordinary task: a fraction of a
# millisecond, which a patient client could measure.
STEP = 0.01


class ApiView(APIView):
    """An endpoint: idempotent POSTs, scoped tokens, limits, pages by cursor. It holds no rule of its own."""

    read_with: frozenset[ApiToken.Scope] = frozenset()  # scopes with which a token may read here
    write_with: frozenset[ApiToken.Scope] = frozenset()  # and change; they let it read, too
    heavy: frozenset[str] = frozenset()  # the methods that cost so much that they are counted apart
    deprecated: Deprecation | None = None
    answers_a_secret = False  # its answer is never kept, not even to repeat it
    in_project = False  # whether this is the longer address, by the project, of what has an id of its own
    one_transaction = True  # whether what it does is done wholly or not at all, so that it may be tried again
    though_archived = False  # whether it may change a project that is archived
    in_steps = False  # whether the time of its answer is rounded up, so that it tells nothing of gold
    allowance: limits.Allowance | None = None  # what the caller has left
    content_negotiation_class = AlwaysJSON
    pagination_class: type[Pagination] | None = Pagination

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer; where time could tell something, only at the next full step."""
        began = time.perf_counter()
        response: Response = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        if self.in_steps:
            time.sleep(-(time.perf_counter() - began) % STEP)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, confine scoped tokens to what they are for, and make a POST with a key happen once."""
        super().initial(request, *args, **kwargs)
        token = request.auth.token if isinstance(request.auth, Caller) else None
        if token is not None and token.scopes:
            if not self.scopes(request.method or "").intersection(token.scopes):
                raise Refused(f"This token is for {', '.join(token.scopes)} only.", code="scope")
            if token.project is None or token.project.slug != kwargs.get("slug"):
                raise Missing(scope.MISSING)
        if request.method == "POST" and hasattr(self, "post") and "HTTP_IDEMPOTENCY_KEY" in request.META:
            vars(self)["post"] = partial(idempotency.once if self.one_transaction else idempotency.apart, self.post)
        name = (request.method or "").lower()
        if self.one_transaction and request.method not in SAFE_METHODS and hasattr(self, name):
            vars(self)[name] = partial(_patiently, getattr(self, name))

    def perform_authentication(self, request: Request) -> None:
        """Know who calls; whoever cannot say so is counted by address before being told."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            limits.spend(request._request, limits.Kind.ANONYMOUS)
            raise
        if not request.user.is_authenticated:
            limits.spend(request._request, limits.Kind.ANONYMOUS)

    def check_throttles(self, request: Request) -> None:
        """Count the request; raise where its caller's minute is spent."""
        reads = limits.Kind.READS if request.method in SAFE_METHODS else limits.Kind.WRITES
        self.allowance = limits.spend(request, limits.Kind.HEAVY if request.method in self.heavy else reads)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer for what went wrong; a spent minute tells its allowance too."""
        if isinstance(exc, limits.Spent):
            self.allowance = exc.allowance
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add what every answer of this endpoint tells."""
        done: Response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            for name, value in self.allowance.headers().items():
                done[name] = value
        if self.deprecated is not None:
            self.deprecated.mark(done)
        setattr(done, compression.SECRET, self.answers_a_secret)
        return done

    @classmethod
    def scopes(cls, method: str) -> frozenset[ApiToken.Scope]:
        """Return the scopes any of which a confined token needs for a method."""
        return cls.write_with | (cls.read_with if method in SAFE_METHODS else frozenset())

    @property
    def user(self) -> User:
        """The caller."""
        assert isinstance(self.request.user, User)
        return self.request.user

    def named(self) -> dict[str, Any]:
        """Return what of the address is to be read along with whoever's token it is."""
        slug = self.kwargs.get("slug")
        return {} if slug is None or self.in_project else {"slug": slug}

    def project(self, roles: frozenset[Membership.Role] = scope.MEMBERS) -> Project:
        """Return the project of the address, for a caller with one of the roles."""
        known, auth = None, self.request.auth
        if isinstance(auth, Caller):  # once: whoever asks again, after a deadlock perhaps, is told how things are then
            known, auth.membership = auth.membership, None
        found = scope.project(user=self.user, slug=self.kwargs["slug"], roles=roles, known=known)
        if self.request.method not in SAFE_METHODS and not self.though_archived:
            scope.check_writable(found)
        return found

    def own(self, find: Callable[..., Row]) -> Row:
        """Return what the address names by its own id, where the caller may see it, and, to change it, may write.

        The other way to a project is `project`: between them no verb reaches one that is archived.
        """
        found = find(user=self.user, pk=self.kwargs["pk"], slug=self.kwargs.get("slug"))
        if self.request.method not in SAFE_METHODS and not self.though_archived:
            scope.check_writable(scope.project_of(found))
        return found

    def page(self, rows: Any, serializer: Any, *, ordering: str | tuple[str, ...] = "id") -> Response:
        """Return one page of a queryset."""
        paginator = Pagination()
        paginator.ordering = ordering
        found = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(serializer(found, many=True, context={"request": self.request}).data)


def _patiently(handler: Callable[..., Response], *args: Any, **kwargs: Any) -> Response:
    """Answer a request that the database gave up for another's sake once more: nothing of it was done."""
    for _ in range(DEADLOCKS_BORNE):
        try:
            return handler(*args, **kwargs)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    return handler(*args, **kwargs)


def taken(kind: type[Serializer[Any]], body: Any) -> dict[str, Any]:
    """Return what a body says, read by a serializer that is made once: making it costs more than reading."""
    if body is None:  # of which a serializer of its own says more
        kind(data=body).is_valid(raise_exception=True)
    read: dict[str, Any] = _reader(kind).run_validation(body)
    return read


@cache
def _reader(kind: type[Serializer[Any]]) -> Serializer[Any]:
    return kind()


def absolute(request: HttpRequest | Request, url: str) -> str:
    """Return an address that a client elsewhere can open."""
    return request.build_absolute_uri(url)
