"""Imports: begun by a form, watched while they run, cancelled."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd import storage
from crowd.errors import Contradiction, Missing
from crowd.models import Import, Membership
from crowd.queries import browse
from crowd.queries import imports as queries
from crowd.web.access import Request, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.importing import imports as verbs

PAGE = 20


class BucketForm(Form):
    """A prefix of a bucket."""

    bucket = forms.CharField(max_length=100, label="Bucket", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    prefix = forms.CharField(  # type: ignore[assignment]  # the form's field, not the form's prefix
        max_length=1024,
        required=False,
        strip=False,
        label="Prefix",
        help_text="Everything below it. Doing it again brings only what is new.",
        widget=forms.TextInput(attrs={"placeholder": "photos/2026/", "autocomplete": "off"}),
    )


class ManifestForm(Form):
    """A file with a row for each image."""

    manifest = forms.FileField(
        label="Manifest",
        help_text="A line for each image, JSON or CSV: url; where known name, width, height, sha256, metadata.",
        widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,.ndjson,.json"}),
    )


class SetForm(Form):
    """An existing set of labels."""

    source = forms.ChoiceField(
        label="Format", choices=[("coco", "COCO instances or keypoints"), ("yolo", "YOLO"), ("voc", "Pascal VOC")]
    )
    use = forms.ChoiceField(label="Its labels become", choices=Import.Use.choices)
    annotations = forms.FileField(
        label="Annotations",
        help_text="A COCO file, or a ZIP file; images that lie in it come too, others are found here by their names.",
        widget=forms.FileInput(attrs={"accept": ".zip,.json"}),
    )


@require_safe
@owners
def imports_list(request: Request, member: Membership) -> HttpResponse:
    """Show how to import, and what was imported."""
    return _page(request, member)


@require_safe
@owners
def rows(request: Request, member: Membership) -> HttpResponse:
    """Show the list alone, for the page to refresh itself while something runs."""
    return render(request, "imports/_rows.html", {**frame(member, "images"), **_listed(request, member)})


@require_POST
@owners
def bucket(request: Request, member: Membership) -> HttpResponse:
    """Import what lies below a prefix of a bucket."""
    form = BucketForm(request.POST)
    if form.is_valid() and _begun(request, form, verbs.begin_bucket, member, **form.cleaned_data):
        return redirect("imports", member.project.slug)
    return _page(request, member, bucket_form=form)


@require_POST
@owners
def manifest(request: Request, member: Membership) -> HttpResponse:
    """Import the rows of a manifest."""
    form = ManifestForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["manifest"]
        if _begun(request, form, verbs.begin_manifest, member, file=file, name=file.name or ""):
            return redirect("imports", member.project.slug)
    return _page(request, member, manifest_form=form)


@require_POST
@owners
def existing(request: Request, member: Membership) -> HttpResponse:
    """Import an existing set."""
    form = SetForm(request.POST, request.FILES)
    if form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("annotations")
        if _begun(request, form, verbs.begin_set, member, file=file, name=file.name or "", **given):
            return redirect("imports", member.project.slug)
    return _page(request, member, set_form=form)


@require_POST
@owners
def cancel(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Stop an import."""
    try:
        made = queries.one(user=request.user, pk=str(pk), slug=member.project.slug)
        verbs.cancel(made=made, by=request.user, now=timezone.now())
        messages.success(request, "It is stopped; the images that have come stay.")
    except Missing as fault:
        raise Http404(fault.detail) from fault
    except Contradiction as fault:
        messages.warning(request, fault.detail)
    return redirect("imports", member.project.slug)


def _begun(request: Request, form: Form, verb: Any, member: Membership, **fields: Any) -> bool:
    return attempt(form, verb, project=member.project, by=request.user, now=timezone.now(), **fields) is not None


def _page(request: Request, member: Membership, **forms_: Form) -> HttpResponse:
    context = {
        **frame(member, "images"),
        **_listed(request, member),
        "sources": storage.sources().names(),
        "bucket_form": BucketForm(),
        "manifest_form": ManifestForm(),
        "set_form": SetForm(),
        **forms_,
    }
    return render(request, "imports/list.html", context)


def _listed(request: Request, member: Membership) -> dict[str, Any]:
    after = request.GET.get("after", "")
    page = browse.page(
        queries.of_project(member.project),
        after=int(after) if after.isdecimal() and len(after) < 19 else None,
        size=PAGE,
        newest_first=True,
    )
    now = timezone.now()
    found = [{"import": made, "pace": queries.pace(made, now=now), "what": _what(made)} for made in page.rows]
    return {
        "rows": found,
        "running": any(made.is_under_way for made in page.rows),
        "more": f"?after={page.after}" if page.after is not None else "",
    }


def _what(made: Import) -> str:
    """Return what is imported, in a few words."""
    return f"s3://{made.bucket}/{made.prefix}" if made.source == Import.Source.S3 else made.filename
