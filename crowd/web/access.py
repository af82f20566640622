"""Whose page it is: whoever has no part in a project, or not the part that a page needs, finds nothing there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from crowd.errors import Missing
from crowd.models import Membership, User
from crowd.queries import scope
from crowd.web.language import in_english


class Request(HttpRequest):
    """A page's request, by somebody signed in."""

    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]
SAFE = ("GET", "HEAD", "OPTIONS")


def signed_in(view: View) -> View:
    """Ask whoever is not signed in to do so first."""
    return login_required(view)


def members(roles: frozenset[Membership.Role] = scope.MEMBERS) -> Callable[[View], View]:
    """Give the view the caller's membership instead of the project's slug; 404 to everybody else."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def seated(request: Request, slug: str, **kwargs: Any) -> HttpResponseBase:
            try:
                member = scope.membership(user=request.user, slug=slug)
            except Missing as fault:
                raise Http404(fault.detail) from fault
            if member.role not in roles:
                raise Http404(scope.MISSING)
            if request.method not in SAFE and not getattr(view, "though_archived", False):
                scope.check_writable(member.project)
            return view(request, member, **kwargs)

        # what only owners and reviewers see is not translated yet
        return seated if Membership.Role.WORKER in roles else in_english(seated)

    return decorate


def though_archived(view: View) -> View:
    """Let the view change an archived project; stands below the decorator that says whose page it is."""
    view.though_archived = True  # type: ignore[attr-defined]
    return view


owners = members(scope.OWNERS)
overseers = members(scope.OVERSEERS)
workers = members(scope.WORKERS)
everybody = members()
