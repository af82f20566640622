"""Who takes part in a project: added by name, invited by link, let in by a list; tagged, paid, removed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.errors import Invalid
from crowd.models import Invitation, Membership
from crowd.web.access import Request, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.projects import inviting
from crowd.workflow.projects import members as verbs

Role = Membership.Role
ROLES = [
    (Role.WORKER, "Worker: labels images"),
    (Role.REVIEWER, "Reviewer: settles conflicts, reads releases"),
    (Role.OWNER, "Owner: everything but labelling"),
]


class MemberForm(Form):
    """Somebody who has an account, and what they do here."""

    username = forms.CharField(
        max_length=150, label="User name", widget=forms.TextInput(attrs={"autocapitalize": "off"})
    )
    role = forms.ChoiceField(label="Role", initial=Role.WORKER, choices=ROLES)


class InviteForm(Form):
    """A link that gives a role."""

    role = forms.ChoiceField(label="Role", initial=Role.WORKER, choices=ROLES)
    uses = forms.IntegerField(label="People it lets in", initial=1, min_value=1, max_value=inviting.MOST_USES)
    days = forms.IntegerField(label="Days it holds", initial=7, min_value=1, max_value=inviting.MOST_DAYS)
    email = forms.EmailField(
        label="Send it to", required=False, help_text="Left empty, you copy the link and pass it on yourself."
    )


class ListForm(Form):
    """Many people at once."""

    people = forms.CharField(
        label="User names or e-mail addresses, a line each",
        widget=forms.Textarea(
            attrs={"rows": 5, "placeholder": "ann\nben@example.org,reviewer\ncleo,worker,nights;birds,40,500"}
        ),
        help_text="After commas, if you like: role, tags, and a worker’s limits (answers an hour, answers in all, "
        "images at once). Addresses are sent a link for one.",
        required=False,
    )
    file = forms.FileField(label="Or a CSV file", required=False)
    role = forms.ChoiceField(label="Role, where a line names none", initial=Role.WORKER, choices=ROLES)

    def text(self) -> str:
        """Return what was typed, and what the file says."""
        file = self.cleaned_data.get("file")
        sent = file.read(1 << 20).decode("utf-8-sig", "replace") if file else ""
        return f"{self.cleaned_data['people']}\n{sent}"


class LimitsForm(Form):
    """What one worker may do; empty: as much as the project allows."""

    answers_per_hour = forms.IntegerField(label="Answers an hour", required=False, min_value=1)
    most_answers = forms.IntegerField(label="Answers in all", required=False, min_value=0)
    max_leases = forms.IntegerField(label="Images at once", required=False, min_value=1)


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
    return _page(request, member, form=form)


@require_POST
@owners
def invite(request: Request, member: Membership) -> HttpResponse:
    """Make a link, and send it where an address is given."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, member, inviting_form=form)
    made = attempt(
        form, inviting.invite, project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data
    )
    if made is None:
        return _page(request, member, inviting_form=form)
    if made.email and inviting.mail(invitation=made, url=_url(request, made)):
        messages.success(request, f"The link is on its way to {made.email}.")
    else:
        messages.success(request, "The link is made. Copy it below and pass it on.")
    return redirect("members", member.project.slug)


@require_POST
@owners
def let_in(request: Request, member: Membership) -> HttpResponse:
    """Let in everybody on a list, and say what became of each line."""
    form = ListForm(request.POST, request.FILES)
    arguments: dict[str, Any] = {"project": member.project, "by": request.user, "now": timezone.now()}
    if form.is_valid():
        made = attempt(form, inviting.add_all, text=form.text(), role=form.cleaned_data["role"], **arguments)
        if made is not None:
            for one in made.invited:
                inviting.mail(invitation=one, url=_url(request, one))
            return _page(request, member, roster=made)
    return _page(request, member, list_form=form)


@require_POST
@owners
def withdraw(request: Request, member: Membership, pk: int) -> HttpResponse:
    """End an invitation."""
    inviting.withdraw(project=member.project, pk=pk, by=request.user, now=timezone.now())
    messages.success(request, "The link lets nobody in any more.")
    return redirect("members", member.project.slug)


@require_POST
@owners
def tag(request: Request, member: Membership, username: str) -> HttpResponse:
    """Give a member groups and skills, and a worker limits."""
    arguments: dict[str, Any] = {"project": member.project, "username": username, "by": request.user}
    form = LimitsForm(request.POST)
    try:
        verbs.set_tags(tags=request.POST.get("tags", "").split(","), now=timezone.now(), **arguments)
        if form.is_valid() and "answers_per_hour" in request.POST:
            verbs.set_limits(limits=form.cleaned_data, now=timezone.now(), **arguments)
        fault = "" if form.is_valid() else "Limits are whole numbers, or empty."
    except Invalid as refused:
        fault = refused.detail
    if fault:
        messages.error(request, f"{username} is as before. {fault}")
    else:
        messages.success(request, f"Saved what {username} can and may do.")
    return redirect("members", member.project.slug)


@require_POST
@owners
def expert(request: Request, member: Membership, username: str) -> HttpResponse:
    """Give a reviewer what others escalate, or no more."""
    named = request.POST.get("expert") == "true"
    verbs.set_expert(project=member.project, username=username, expert=named, by=request.user, now=timezone.now())
    told = "is given what others escalate" if named else "is no longer given what others escalate"
    messages.success(request, f"{username} {told}.")
    return redirect("members", member.project.slug)


@require_POST
@owners
def remove(request: Request, member: Membership, username: str) -> HttpResponse:
    """End a membership."""
    verbs.remove(project=member.project, username=username, by=request.user, now=timezone.now())
    messages.success(request, f"{username} is no longer a member; the answers given stay.")
    if username == request.user.username:
        return redirect("home")
    return redirect("members", member.project.slug)


def _url(request: Request, invitation: Invitation) -> str:
    return request.build_absolute_uri(inviting.path_of(invitation))


def _limits(row: Membership) -> LimitsForm | None:
    """Return the form of a worker's limits; nobody else has any."""
    if row.role != Role.WORKER:
        return None
    return LimitsForm(initial=forms.model_to_dict(row, LimitsForm.base_fields), auto_id=f"m{row.pk}_%s")


def _page(
    request: Request,
    member: Membership,
    *,
    form: MemberForm | None = None,
    inviting_form: InviteForm | None = None,
    list_form: ListForm | None = None,
    roster: inviting.Roster | None = None,
) -> HttpResponse:
    project, tag_wanted = member.project, request.GET.get("tag", "").replace("\0", "")
    rows = project.memberships.select_related("user").order_by("role", "user__username")
    tags = sorted({tag for row in rows for tag in row.tags})
    role = request.GET.get("role", "")
    shown = [row for row in rows if (not tag_wanted or tag_wanted in row.tags) and role in {"", row.role}]
    open_ = Invitation.objects.filter(project=project, withdrawn_at__isnull=True, expires_at__gt=timezone.now())
    invitations = [{"row": one, "url": _url(request, one)} for one in open_.order_by("-pk") if one.used < one.uses]
    context = {
        "form": form or MemberForm(auto_id="add_%s"),
        "inviting": inviting_form or InviteForm(auto_id="invite_%s"),
        "list_form": list_form or ListForm(auto_id="list_%s"),
        "roster": roster,
        "mails": inviting.mails(),
        "rows": [(row, _limits(row)) for row in shown],
        "tags": tags,
        "tag": tag_wanted,
        "role": role,
        "roles": Role.choices,
        "invitations": invitations,
    }
    return render(request, "members/list.html", {**frame(member, "members"), **context})
