"""Who takes part in a project."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.models import Membership
from crowd.web.access import Request, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow import members as verbs


class MemberForm(Form):
    """Somebody who has an account, and what they do here."""

    username = forms.CharField(
        max_length=150, label="User name", widget=forms.TextInput(attrs={"autocapitalize": "off"})
    )
    role = forms.ChoiceField(
        label="Role",
        initial=Membership.Role.WORKER,
        choices=[
            (Membership.Role.WORKER, "Worker: labels images"),
            (Membership.Role.REVIEWER, "Reviewer: settles conflicts, reads releases"),
            (Membership.Role.OWNER, "Owner: everything but labelling"),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def members_list(request: Request, member: Membership) -> HttpResponse:
    """List the members; add one or change a role."""
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = attempt(
            form, verbs.add, project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data
        )
        if added is not None:
            messages.success(request, f"{added.user.username} is a {added.role} now.")
            return redirect("members", member.project.slug)
    rows = member.project.memberships.select_related("user").order_by("role", "user__username")
    context: dict[str, Any] = {**frame(member, "members"), "form": form, "rows": rows}
    return render(request, "members/list.html", context)


@require_POST
@owners
def remove(request: Request, member: Membership, username: str) -> HttpResponse:
    """End a membership."""
    verbs.remove(project=member.project, username=username, by=request.user, now=timezone.now())
    messages.success(request, f"{username} is no longer a member; the answers given stay.")
    if username == request.user.username:
        return redirect("home")
    return redirect("members", member.project.slug)
