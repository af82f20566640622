"""Answers across guideline versions: what was said under one, read under another."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from crowd.errors import Invalid
from crowd.labels.annotation import Annotation, annotation_to_json, parse_annotation
from crowd.labels.consequences import Moves, parse_moves
from crowd.labels.migration import Migration, migrate
from crowd.labels.renames import resolve_renames
from crowd.labels.schema import Schema, parse_schema
from crowd.models import Gold, Guideline, Image, Project

_WHOLE_OBJECT = re.compile(r"objects\[([0-9]+)\]")


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


def in_force(history: Sequence[Guideline]) -> Guideline:
    """Return the version of a history that is published now; there always is one once any was."""
    return next(guideline for guideline in history if guideline.state == Guideline.State.PUBLISHED)


def history(project: Project) -> Sequence[Guideline]:
    """Return the versions that have been in force, in the order in which they were."""
    return tuple(project.guidelines.exclude(state=Guideline.State.DRAFT).order_by("published_at", "pk"))


def moves_of(before: Guideline, after: Guideline) -> Moves:
    """Return what became of one version's labels in the next; read once where both were in force."""
    if Guideline.State.DRAFT in (before.state, after.state):
        return _moves(before, after)
    return _published_moves(before.pk, after.pk)


def _moves(before: Guideline, after: Guideline) -> Moves:
    return parse_moves(
        old=schema_of(before), new=schema_of(after), rename=after.rename, merge=after.merge, split=after.split
    )


@lru_cache(maxsize=256)
def _published_moves(before: int, after: int) -> Moves:
    found = Guideline.objects.in_bulk([before, after])
    return _moves(found[before], found[after])


def read(
    document: Mapping[str, Any] | None,
    *,
    image: Image,
    made_under: Guideline,
    target: Guideline,
    history: Sequence[Guideline],
) -> Annotation | None:
    """Return an answer as it reads under `target`, carried from version to version by what each one renamed.

    None where it cannot be read there: an object of a class that lives on would be lost, as after a change of shape, or
    its label was divided and the rule does not say what this one is.
    What belonged to a removed class or question goes silently: nobody asks for it any more.
    """
    parse = partial(parse_annotation, width=image.width, height=image.height, complete=False)
    try:
        annotation = parse(document, schema=schema_of(made_under))
        if made_under.pk == target.pk:
            return annotation
        for before, after in pairwise(_between(history, made_under, target)):
            old, new = schema_of(before), schema_of(after)
            moves = moves_of(before, after)
            moved = migrate(annotation, old=old, new=new, renames=moves.renames, splits=moves.splits)
            if _loses_what_lives_on(annotation, moved, old=old, new=new, renames=moves.renames):
                return None
            annotation = moved.annotation
        return parse(annotation_to_json(annotation), schema=schema_of(target))
    except Invalid:
        return None


def reads_whole(gold: Gold, *, target: Guideline, history: Sequence[Guideline]) -> bool:
    """Return whether a known answer reads under `target` with an answer to all that it asks for.

    Half a known answer would fail whoever answers the rest.
    """
    image = gold.task.image
    annotation = read(gold.annotation, image=image, made_under=gold.guideline, target=target, history=history)
    if annotation is None:
        return False
    try:
        document = annotation_to_json(annotation)
        parse_annotation(document, schema=schema_of(target), width=image.width, height=image.height)
    except Invalid:
        return False
    return True


def carried(document: Mapping[str, Any], *, made_under: Guideline, target: Guideline, image: Image) -> dict[str, Any]:
    """Return what is left of an answer under `target`, for a person to complete; empty where nothing is."""
    try:
        annotation = parse_annotation(
            document, schema=schema_of(made_under), width=image.width, height=image.height, complete=False
        )
        for before, after in pairwise(_between(history(target.project), made_under, target)):
            moves = moves_of(before, after)
            annotation = migrate(
                annotation,
                old=schema_of(before),
                new=schema_of(after),
                renames=moves.renames,
                splits=moves.splits,
            ).annotation
    except Invalid:
        return {}
    return annotation_to_json(annotation)


def _between(history: Sequence[Guideline], first: Guideline, last: Guideline) -> Sequence[Guideline]:
    """Return the versions in force from the one to the other, both included."""
    keys = [guideline.pk for guideline in history]
    return history[keys.index(first.pk) : keys.index(last.pk) + 1]


def _loses_what_lives_on(
    annotation: Annotation, moved: Migration, *, old: Schema, new: Schema, renames: Mapping[str, str]
) -> bool:
    renamed = resolve_renames(old=old, new=new, renames=renames)
    for loss in moved.losses:
        if loss.undecided:
            return True
        if whole := _WHOLE_OBJECT.fullmatch(loss.path):
            label = annotation.objects[int(whole[1])].label
            if new.object_class(renamed.new_address("objects", label)) is not None:
                return True
    return False
