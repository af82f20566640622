"""Answers across guideline versions: what was said under one, read under another."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crowd.errors import Invalid
from crowd.labels.annotation import Annotation, annotation_to_json, parse_annotation
from crowd.labels.migration import migrate
from crowd.labels.schema import Schema, parse_schema
from crowd.models import Guideline, Image, Project


def schema_of(guideline: Guideline) -> Schema:
    """Return a version's schema; published ones never change and are parsed once."""
    if guideline.state == Guideline.State.DRAFT:
        return parse_schema(guideline.schema)
    return _published_schema(guideline.pk)


@lru_cache(maxsize=256)
def _published_schema(pk: int) -> Schema:
    return parse_schema(Guideline.objects.values_list("schema", flat=True).get(pk=pk))


def current(project: Project) -> Guideline | None:
    """Return the published version, if there is one."""
    return project.guidelines.filter(state=Guideline.State.PUBLISHED).first()


def renames(*, project: Project) -> dict[int, Mapping[str, str]]:
    """Return what each published version renamed, by its number."""
    rows = project.guidelines.exclude(state=Guideline.State.DRAFT).exclude(rename={})
    return dict(rows.values_list("number", "rename"))


def read(
    document: Mapping[str, Any],
    *,
    image: Image,
    made_under: Guideline,
    target: Guideline,
    renamed: Mapping[int, Mapping[str, str]],
) -> Annotation | None:
    """Return an answer as it reads under `target`; None where it no longer fits, as after a class was dropped."""
    size = {"width": image.width, "height": image.height}
    try:
        annotation = parse_annotation(document, schema=schema_of(made_under), complete=False, **size)
        if made_under.pk == target.pk:
            return annotation
        for number in sorted(renamed):
            if made_under.number < number <= target.number:
                annotation = migrate(annotation, renames=renamed[number]).annotation
        return parse_annotation(annotation_to_json(annotation), schema=schema_of(target), complete=False, **size)
    except Invalid:
        return None
