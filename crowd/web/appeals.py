"""A worker's appeal against a pause or a ban."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from crowd.models import Membership
from crowd.queries import work
from crowd.web.access import Request, workers
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.workers import appeals


class AppealForm(Form):
    """What the worker says."""

    text = forms.CharField(
        max_length=appeals.LONGEST,
        label=gettext_lazy("What should the owner know?"),
        help_text=gettext_lazy("Say what you think is wrong, or what you will do differently. You can appeal once."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@workers
def appeal(request: Request, member: Membership) -> HttpResponse:
    """Write an appeal; whoever may not is shown their record."""
    record = work.record(project=member.project, worker=request.user)
    if not record.may_appeal:
        return redirect("project", member.project.slug)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        made = attempt(form, appeals.appeal, project=member.project, worker=request.user, now=now, **form.cleaned_data)
        if made is not None:
            messages.success(request, _("Your appeal is with the owner of the project."))
            return redirect("project", member.project.slug)
    return render(request, "projects/appeal.html", {**frame(member, "project"), "form": form, "record": record})
