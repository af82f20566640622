"""A release is asked for, or called off before it is there."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from crowd import jobs
from crowd.errors import Contradiction, Invalid
from crowd.formats import WRITERS
from crowd.formats.options import Options, parse
from crowd.labels.types import Schema
from crowd.models import Project, Release, User
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.releasing import writing


@transaction.atomic
def cut(*, project: Project, by: User, now: datetime, note: str = "", options: object = None) -> Release:
    """Number a release and have it built; it holds what is resolved when the building begins, as `options` choose.

    For `options` see `crowd.formats.options.parse`; none is everything, in the default formats, without splits.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are drawn one at a time
    guideline = versions.current(project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: labels are released under it.", code="no_guideline")
    chosen = parse(options, formats=tuple(WRITERS))
    _check_classes(chosen, versions.schema_of(guideline))
    last = project.releases.aggregate(last=Max("number"))["last"] or 0
    release = Release.objects.create(
        project=project, number=last + 1, note=note, created_by=by, created_at=now, options=chosen.to_json()
    )
    data = {"release": release.number, "options": release.options}
    events.record(project=project, kind="release.cut", now=now, by=by, data=data)
    jobs.send(jobs.build_release, release.pk)
    return release


@transaction.atomic
def cancel(*, release: Release, by: User, now: datetime) -> Release:
    """Call off a release that is still being built; its number stays taken."""
    found = Release.objects.select_for_update(no_key=True).select_related("project").get(pk=release.pk)
    if found.state != Release.State.BUILDING:
        raise Contradiction(f"Release {found.number} is {found.state} already.", code="not_building")
    writing.fail(found, f"Cancelled by {by.username}.", now)
    return found


def _check_classes(options: Options, schema: Schema) -> None:
    """Refuse names that the guideline in force does not have: a typing error would release nothing."""
    known = {each.name for each in schema.objects}
    for question in schema.classifications:
        known |= {f"{question.name}/{path}" for path in question.paths()}
    if unknown := [name for name in options.filters.classes if name not in known]:
        faults = [f"{name[:100]!r} is no class, and no answer as `question/path`." for name in unknown]
        raise Invalid("The guideline in force does not have these.", errors={"filters.classes": faults})
