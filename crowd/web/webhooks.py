"""Webhooks: whom a project tells what happens, whether they took it, and their secrets, each shown once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError
from crowd.models import Delivery, Membership, Webhook
from crowd.queries import webhooks as queries
from crowd.web.access import Request, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow import webhooks as verbs

PAGE = 50
TONES = {
    "active": "active", "paused": "paused", "disabled": "failed",
    "delivered": "resolved", "pending": "open", "dead": "failed",
}  # fmt: skip


class WebhookForm(Form):
    """Where to tell, and of what."""

    url = forms.CharField(
        max_length=2000, label="URL", widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks/crowd"})
    )
    types = forms.CharField(
        required=False,
        max_length=2000,
        label="Event types",
        help_text="Separated by spaces, such as task.resolved release.ready. None: everything.",
    )
    description = forms.CharField(required=False, max_length=200, label="What it is for")

    def clean_types(self) -> list[str]:
        """Return the types as a list."""
        return str(self.cleaned_data["types"]).replace(",", " ").split()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@owners
def webhooks_list(request: Request, member: Membership) -> HttpResponse:
    """List the endpoints; add one, and show its secret this once."""
    form = WebhookForm(request.POST or None)
    made: Webhook | None = None
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "project": member.project, "by": request.user, "now": timezone.now()}
        made = attempt(form, verbs.create, **fields)
        if made is not None:
            form = WebhookForm()
    rows = Webhook.objects.filter(project=member.project).order_by("pk")
    context = {"form": form, "made": made, "rows": [_shown(row) for row in rows]}
    return render(request, "webhooks/list.html", {**frame(member, "settings"), **context})


def _shown(row: Webhook) -> dict[str, Any]:
    waiting = queries.waiting(row)
    return {"hook": row, "waiting": waiting, "many": waiting == 1000, "tone": TONES[row.state]}


@never_cache
@require_safe
@owners
def webhook(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Show an endpoint and what it was told."""
    return _page(request, member, _one(member, pk))


@never_cache
@require_POST
@owners
def rotate(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Give it a new secret, and show that this once."""
    made = verbs.rotate(webhook=_one(member, pk), by=request.user, now=timezone.now())
    return _page(request, member, made, secret=made.secret)


@require_POST
@owners
def switch(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Pause it, or go on from where it was left."""
    row = _one(member, pk)
    state = Webhook.State.PAUSED if row.state == Webhook.State.ACTIVE else Webhook.State.ACTIVE
    verbs.change(webhook=row, by=request.user, now=timezone.now(), state=state.value)
    told = "Paused; what happens is kept for it." if state == Webhook.State.PAUSED else "It is told all that it missed."
    messages.success(request, told)
    return redirect("webhook", member.project.slug, row.pk)


@require_POST
@owners
def remove(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Forget it."""
    verbs.remove(webhook=_one(member, pk), by=request.user, now=timezone.now())
    messages.success(request, "The webhook is gone.")
    return redirect("webhooks", member.project.slug)


@require_POST
@owners
def redeliver(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Send an event once more."""
    rows = Delivery.objects.select_related("webhook__project", "event")
    found = get_object_or_404(rows, pk=pk, webhook__project=member.project)
    try:
        verbs.redeliver(delivery=found, now=timezone.now())
        messages.success(request, "It is being sent again.")
    except CrowdError as fault:
        messages.error(request, fault.detail)
    return redirect("webhook", member.project.slug, found.webhook_id)


def _one(member: Membership, pk: int) -> Webhook:
    found = Webhook.objects.select_related("project").filter(project=member.project, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _page(request: Request, member: Membership, row: Webhook, *, secret: str = "") -> HttpResponse:
    page = Paginator(queries.deliveries(row).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        **_shown(row),
        "secret": secret,
        "rows": [{"row": one, "tone": TONES[one.state]} for one in page],
        "pager": {
            "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "next": f"?page={page.next_page_number()}" if page.has_next() else "",
        },
    }
    return render(request, "webhooks/webhook.html", {**frame(member, "settings"), **context})
