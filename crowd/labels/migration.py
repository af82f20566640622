"""Carrying an annotation from one schema to another: renames, merges, splits and removals, with a word on every loss.

What still fits is carried as it is. A removed option falls back to the nearest one above it that is left. A single
answer becomes a set of one where the question now takes several, and back. A box becomes a rotated box or a polygon,
and a rotated box a polygon, as those can say the same; any other change of shape is a loss. Keypoints are carried by
name; new ones are not labelled (v = 0).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crowd.geometry import boxes, rotated_boxes
from crowd.labels.answers_migration import Loss, Plan, Split, migrate_answers, split_label
from crowd.labels.geometries import shorter_side
from crowd.labels.renames import resolve_renames
from crowd.labels.types import Annotation, LabelledObject, ObjectClass, Schema

__all__ = ["Loss", "Migration", "Split", "migrate"]


@dataclass(frozen=True)
class Migration:
    """The annotation under the new schema, and what did not come along.

    `losses` name paths of the old document; `unanswered` paths of the new one that the new schema requires and nobody
    was asked. Both empty: nothing needs asking again.
    """

    annotation: Annotation
    losses: tuple[Loss, ...] = ()
    unanswered: tuple[str, ...] = ()


def migrate(
    annotation: Annotation,
    *,
    old: Schema,
    new: Schema,
    renames: Mapping[str, str] | None = None,
    splits: Mapping[str, Split] | None = None,
) -> Migration:
    """The annotation, valid under `old`, as one under `new`.

    Parameters
    ----------
    renames : old address to new address, as in `crowd.labels.renames`; two with one target are a merge
    splits : old address of a class or an option to the rule that picks what it becomes

    Raises
    ------
    Invalid
        With code `invalid_rename` where a rename fits neither schema.
    """
    plan = Plan(old, new, resolve_renames(old=old, new=new, renames=renames or {}), splits or {})
    classifications = migrate_answers(plan, "classifications", annotation.classifications, "", "", "classifications")
    losses, unanswered = list(classifications.losses), list(classifications.unanswered)
    objects: list[LabelledObject] = []
    for place, each in enumerate(annotation.objects):
        moved = _object(plan, each, f"objects[{place}]", f"objects[{len(objects)}]")
        losses += moved.losses
        if moved.it is not None:
            objects.append(moved.it)
            unanswered += moved.unanswered
    carried = Annotation(classifications=classifications.answers, objects=tuple(objects))
    return Migration(annotation=carried, losses=tuple(losses), unanswered=tuple(unanswered))


@dataclass(frozen=True)
class _MovedObject:
    it: LabelledObject | None
    losses: tuple[Loss, ...] = ()
    unanswered: tuple[str, ...] = field(default=())


def _object(plan: Plan, each: LabelledObject, path: str, new_path: str) -> _MovedObject:
    label = split_label(plan, each)
    if label is None:
        told = f"the rule that splits “{each.label}” does not say what this one is"
        return _MovedObject(None, (Loss(path, told, undecided=True),))
    target, source = plan.new.object_class(label), plan.old.object_class(each.label)
    if target is None or source is None:
        return _MovedObject(None, (Loss(path, f"the class “{label}” is no longer in the schema"),))
    geometry = _geometry(each.geometry, source, target)
    if geometry is None:
        return _MovedObject(None, (Loss(path, f"a {source.shape} cannot become a {target.shape}"),))
    if target.min_side > 0 and shorter_side(target.shape, geometry) < target.min_side:
        return _MovedObject(
            None, (Loss(path, f"is smaller than “{label}” now has to be ({target.min_side:g} pixels)"),)
        )
    at = f"{path}.attributes"
    moved = migrate_answers(plan, "objects", each.attributes, f"{each.label}/", f"{label}/", at)
    losses = (*_lost_keypoints(each, source, target, path), *moved.losses)
    it = replace(each, label=label, shape=target.shape, geometry=geometry, attributes=moved.answers)
    unanswered = tuple(question.replace(at, f"{new_path}.attributes", 1) for question in moved.unanswered)
    return _MovedObject(it, losses, unanswered)


def _geometry(geometry: Any, source: ObjectClass, target: ObjectClass) -> Any:
    if source.shape == target.shape:
        return _keypoints(geometry, source, target) if target.shape == "keypoints" else geometry
    match source.shape, target.shape:
        case "box", "rotated_box":
            x, y, width, height = geometry
            return (x + width / 2, y + height / 2, width, height, 0)
        case "box", "polygon":
            return (_points(boxes.corners(geometry).tolist()),)
        case "rotated_box", "polygon":
            return (_points(rotated_boxes.corners(geometry).tolist()),)
    return None


def _points(listed: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(point) for point in listed)


def _keypoints(geometry: Any, source: ObjectClass, target: ObjectClass) -> Any:
    by_name = dict(zip(source.keypoints, geometry, strict=True))
    moved = tuple(by_name.get(name, (0, 0, 0)) for name in target.keypoints)
    return moved if any(point[2] > 0 for point in moved) else None


def _lost_keypoints(each: LabelledObject, source: ObjectClass, target: ObjectClass, path: str) -> tuple[Loss, ...]:
    if source.shape != "keypoints":
        return ()
    return tuple(
        Loss(f"{path}.keypoints[{place}]", f"the keypoint “{name}” is no longer in the schema")
        for place, name in enumerate(source.keypoints)
        if name not in target.keypoints and each.geometry[place][2] > 0
    )
