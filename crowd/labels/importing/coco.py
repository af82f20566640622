"""Categories of a COCO data set: instances, keypoints, panoptic."""

from collections.abc import Iterable, Mapping
from typing import Any

from crowd.labels.importing.base import Imported, Names, Notes, Reader, color, fault, from_json, given, listed

LOOKED_AT = 20_000  # annotations, to see how a category is drawn


def fits(text: str) -> bool:
    """Return whether it is JSON that speaks of categories."""
    start = text.lstrip()[:1]
    return start in ("{", "[") and ('"categories"' in text or ('"supercategory"' in text and '"id"' in text))


def read(text: str) -> Imported:
    """Return one class for each category; drawn as its annotations are, as a box where the file has none."""
    document = from_json(text)
    whole = document if isinstance(document, Mapping) else {}
    categories = whole.get("categories") if whole else document
    if not isinstance(categories, list) or not all(isinstance(one, Mapping) for one in categories):
        raise fault("There is no list of categories in it.")
    notes = Notes()
    names, drawn = Names(notes), _drawn(whole.get("annotations"))
    objects = [_class(one, names, drawn.get(str(one.get("id")), ""), notes) for one in categories]
    if not drawn:
        notes.add("The file has no annotations, so classes without keypoints are drawn as boxes; change what is not.")
    if whole.get("annotations"):
        notes.add("Only the categories are read; annotations and images are not.")
    return Imported({"classifications": [], "objects": objects}, notes.all())


def _class(category: Mapping[str, Any], names: Names, shape: str, notes: Notes) -> dict[str, Any]:
    name = names.take(category.get("name", ""))
    above = category.get("supercategory")
    made: dict[str, Any] = {"name": name, "shape": shape or "box", "color": color(category.get("color"))}
    if isinstance(above, str) and above and above != category.get("name"):
        made["description"] = f"A kind of {above[:200]}."
        notes.add("Supercategories are kept in the explanations: classes here do not nest.")
    points = category.get("keypoints")
    if isinstance(points, list) and points:
        own = Names(notes)
        made |= {"shape": "keypoints", "keypoints": [own.take(point) for point in points]}
        made["skeleton"] = list(_edges(category.get("skeleton"), len(points)))
    elif category.get("isthing") == 0:
        made |= {"shape": "mask", "stuff": True}
    return given(made)


def _edges(skeleton: object, count: int) -> Iterable[list[int]]:
    """Yield the pairs counted from 0: COCO counts from 1."""
    for edge in listed(skeleton):
        ends = [end for end in listed(edge) if type(end) is int and 1 <= end <= count]
        if len(ends) == len(set(ends)) == len(listed(edge)) == 2:
            yield [ends[0] - 1, ends[1] - 1]


def _drawn(annotations: object) -> dict[str, str]:
    """Return how each category is drawn, by its first annotations: outlines before boxes."""
    found: dict[str, str] = {}
    for one in listed(annotations)[:LOOKED_AT]:
        if not isinstance(one, Mapping) or not isinstance(one.get("category_id"), int | str):
            continue
        outline = one.get("segmentation")
        shape = "mask" if isinstance(outline, Mapping) and outline else "polygon" if outline else "box"
        if found.get(str(one["category_id"]), "box") == "box":
            found[str(one["category_id"])] = shape
    return found


READER = Reader("COCO categories (JSON)", fits, read)
