"""Models: where one is asked for pre-labels, how its rounds go, and how each version compares with what people say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError
from crowd.models import Membership, Mistake, ModelRun, ModelServer, ModelVersion, Summary
from crowd.queries import bias, thumbnails
from crowd.queries import mistakes as wrong
from crowd.queries.quality import files, models, routing
from crowd.queries.quality.proposals import BETWEEN, confused
from crowd.queries.quality.reading import Chart
from crowd.web import quality_charts
from crowd.web.access import Request, owners
from crowd.web.charts import interval_of
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.web.sketches import marks_of, words_of
from crowd.workflow.predictions import model_runs, model_servers

RUNS, TILES = 20, 24
TONES = {"running": "building", "done": "ready", "failed": "failed", "cancelled": "plain"}
SOURCES = (("", "All settled images"), ("person", "Gold and reviewers’ only"), ("crowd", "Settled by workers only"))
RATES = {"classes": ("precision", "recall", "f1"), "objects": ("ap50", "ap75")}


class ServerForm(Form):
    """Where the model is asked."""

    url = forms.CharField(
        max_length=2000, label="URL", widget=forms.URLInput(attrs={"placeholder": "https://models.example.com/propose"})
    )
    model = forms.CharField(max_length=100, label="Model")
    version = forms.CharField(max_length=90, label="Version", help_text="A new version is asked about all anew.")
    header = forms.CharField(
        max_length=100, required=False, label="Header", help_text="That carries the secret: Authorization, if empty."
    )
    secret = forms.CharField(
        max_length=1400,
        required=False,
        label="Secret",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Sent as it is, such as Bearer abc. Never shown again; empty keeps the one there is.",
    )
    seconds = forms.IntegerField(min_value=1, max_value=120, initial=30, label="Seconds to wait for an answer")


@dataclass(frozen=True)
class Tile:
    """An image that a version has otherwise."""

    row: Mistake
    href: str
    thumbnail: str
    said: str
    right: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@owners
def models_page(request: Request, member: Membership) -> HttpResponse:
    """Show the versions beside each other, what routing comes to, and the model server; name that."""
    server = ModelServer.objects.filter(project=member.project).first()
    form = ServerForm(request.POST or None, initial=_initial(server))
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "header": form.cleaned_data["header"] or "Authorization"}
        fields["secret"] = fields["secret"] or None
        made = attempt(form, model_servers.name, project=member.project, by=request.user, now=timezone.now(), **fields)
        if made is not None:
            messages.success(request, f"{made.model} is asked there from now on. Try it on one image first.")
            return redirect("models", member.project.slug)
    return _page(request, member, form, server)


@require_POST
@owners
def forget(request: Request, member: Membership) -> HttpResponse:
    """Forget the model server."""
    return _done(request, member, model_servers.forget, told="The model server is forgotten; what it proposed stays.")


@never_cache
@require_POST
@owners
def try_out(request: Request, member: Membership) -> HttpResponse:
    """Ask about one image, and show what comes; nothing of it is kept."""
    server = ModelServer.objects.filter(project=member.project).first()
    asked = request.POST.get("image", "").replace("\0", "").strip()[:500]
    shown: dict[str, Any] = {"asked": asked}
    try:
        trial = model_servers.try_out(project=member.project, image=asked)
        shown |= {"trial": trial, "thumbnail": thumbnails.url(trial.image)}
        if trial.annotation is not None:
            shown |= {"words": words_of(trial.annotation), "marks": marks_of(trial.annotation)}
    except CrowdError as fault:
        shown |= {"fault": fault, "faults": [f"{path}: {told[0]}" for path, told in list(fault.errors.items())[:5]]}
    return _page(request, member, ServerForm(initial=_initial(server)), server, tried=shown)


@require_POST
@owners
def begin(request: Request, member: Membership) -> HttpResponse:
    """Have the server asked about the images that lack its version's pre-label."""
    over = request.POST.get("scope", "")
    over = over if over in ModelRun.Scope.values else ModelRun.Scope.FRESH
    return _done(request, member, model_runs.begin, over=over)


@require_POST
@owners
def cancel(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Stop a round."""
    return _done(request, member, model_runs.cancel, pk=pk, told="Stopped. What came so far stays.")


@require_safe
@owners
def runs(request: Request, member: Membership) -> HttpResponse:
    """Show the rounds alone, for the page to refresh itself while one is under way."""
    return render(request, "models/_runs.html", {"project": member.project, **_runs(member)})


@require_safe
@owners
def report(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Show how a version compares with what people settled on, and where it is wrong."""
    version = _version(member, pk)
    source = _source(request)
    here = reverse("model", args=[member.project.slug, pk])
    found = next(one for one in models.summaries(member.project, source) if one.version.pk == pk)
    context = {
        "version": version,
        "found": found,
        "interval": interval_of(found.low, found.high, found.share),
        "sources": [(key, text, f"{here}?{urlencode({'by': key})}" if key else here) for key, text in SOURCES],
        "source": source,
        "charts": {name: _dressed(request, version, name, source) for name in models.CHARTS},
        "summary": Summary.objects.filter(project=member.project).first(),
        **_mistakes(request, version),
    }
    return render(request, "models/model.html", {**frame(member, "models"), **context})


@require_safe
@owners
def table(request: Request, member: Membership, pk: int) -> StreamingHttpResponse:
    """Send a chart's numbers as CSV."""
    version, name = _version(member, pk), request.GET.get("chart", "")
    if name not in models.CHARTS:
        raise Http404
    chart = models.CHARTS[name](version, _source(request))
    response = StreamingHttpResponse(files.lines(chart), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{member.project.slug}-{chart.name}-{pk}.csv"'
    return response


def _page(
    request: Request,
    member: Membership,
    form: ServerForm,
    server: ModelServer | None,
    *,
    tried: Mapping[str, Any] | None = None,
) -> HttpResponse:
    route = routing.of(member.project)
    context = {
        "form": form,
        "server": server,
        "rows": [(one, interval_of(one.low, one.high, one.share)) for one in models.summaries(member.project)],
        "routing": route,
        "interval": interval_of(*route.error.interval, route.error.share),
        "routes": member.project.trusted_prelabel_score < 1.0 or route.trusted or route.checked,
        "tried": tried,
        "bias": bias.of(member.project),
        "scopes": ModelRun.Scope.choices,
        **_runs(member),
    }
    return render(request, "models/models.html", {**frame(member, "models"), **context})


def _runs(member: Membership) -> dict[str, Any]:
    found = ModelRun.objects.filter(project=member.project).select_related("by", "model").order_by("-pk")[:RUNS]
    rows = [
        {"run": one, "tone": TONES[one.state], "done": one.taken + one.refused, "whole": max(one.wanted, 1)}
        for one in found
    ]
    return {"runs": rows, "running": any(one.state == ModelRun.State.RUNNING for one in found)}


def _done(request: Request, member: Membership, verb: Any, *, told: str = "", **asked: Any) -> HttpResponse:
    """Call a verb, say what came of it, and go back to the page."""
    try:
        verb(project=member.project, by=request.user, now=timezone.now(), **asked)
        if told:
            messages.success(request, told)
    except CrowdError as fault:
        messages.error(request, fault.detail)
    return redirect("models", member.project.slug)


def _initial(server: ModelServer | None) -> dict[str, Any]:
    if server is None:
        return {}
    return {
        "url": server.url,
        "model": server.name,
        "version": server.version,
        "header": server.header,
        "seconds": server.seconds,
    }


def _version(member: Membership, pk: int) -> ModelVersion:
    found = ModelVersion.objects.select_related("project").filter(project=member.project, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _source(request: Request) -> str:
    asked = request.GET.get("by", "")
    return asked if asked in models.SOURCES else ""


def _dressed(request: Request, version: ModelVersion, name: str, source: str) -> dict[str, Any]:
    chart = models.CHARTS[name](version, source)
    slug = version.project.slug
    if name == "confusion":
        chart = replace(chart, rows=[{**row, "href": _to_mistakes(version, row)} for row in chart.rows])
    file = reverse("model_table", args=[slug, version.pk]) + "?" + urlencode({"chart": name, "by": source})
    dressed = quality_charts.dressed(chart, project=version.project, file=file)
    for row in dressed["rows"]:
        row["rates"] = list(_rates(chart, row["row"], RATES.get(name, ())))
    return dressed


def _rates(chart: Chart, row: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    titles = {column.name: column.title for column in chart.columns}
    for name in names:
        value = row[name]
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        drawn = interval_of(low, high, value) if value is not None and low is not None and high is not None else None
        yield {"title": titles[name], "percent": None if value is None else round(100 * value, 1), "interval": drawn}


def _to_mistakes(version: ModelVersion, row: Mapping[str, Any]) -> str:
    """Return where the images of a mistake are; nothing where it is none."""
    if not row["wrong"]:
        return ""
    here = reverse("model", args=[version.project.slug, version.pk])
    return f"{here}?{urlencode({'confused': confused(*row['asked'])})}#mistakes"


def _mistakes(request: Request, version: ModelVersion) -> dict[str, Any]:
    """Return the images to look at, the least alike first."""
    asked = request.GET.get("confused", "").replace("\0", "")[:400]
    page = wrong.page(version, confused=asked, cursor=request.GET.get("after", ""), size=TILES)
    tiles = [
        Tile(
            row=one.row,
            href=reverse("image", args=[version.project.slug, one.row.task_id]),
            thumbnail=thumbnails.url(one.row.task.image),
            said=words_of(one.said or {}),
            right=words_of(one.right or {}),
        )
        for one in page.rows
    ]
    kept = {"confused": asked} if asked else {}
    more = f"?{urlencode({**kept, 'after': page.cursor})}#mistakes" if page.cursor else ""
    _, _, pair = asked.partition(": ")
    true, _, given = pair.partition(BETWEEN)
    words = f"{true or '(nothing)'} taken for {given or '(nothing)'}" if asked else ""
    return {
        "tiles": tiles,
        "more": more,
        "confused": words,
        "all": reverse("model", args=[version.project.slug, version.pk]),
    }
