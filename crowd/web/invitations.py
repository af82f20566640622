"""The page that an invitation's link opens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crowd.errors import Missing
from crowd.models import User
from crowd.queries.sentences import said
from crowd.workflow.projects import inviting


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites to what; whoever is signed in joins, anybody else signs in or makes an account first."""
    try:
        found = inviting.find(token=token, now=timezone.now())
    except Missing as fault:
        return render(request, "members/invitation.html", {"gone": said(fault.detail)}, status=404)
    if request.method == "POST" and isinstance(request.user, User):
        member = inviting.accept(token=token, user=request.user, now=timezone.now())
        request.session.pop("invitation", None)
        messages.success(request, _("Welcome to %(project)s.") % {"project": found.project.name})
        return redirect("project", member.project.slug)
    if not request.user.is_authenticated:
        request.session["invitation"] = token  # it opens the sign-up
    return render(request, "members/invitation.html", {"invitation": found})
