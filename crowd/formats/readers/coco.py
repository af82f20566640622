"""COCO instances and keypoints: one JSON file, read as a whole, its annotations grouped by image.

What a release keeps in the field `crowd` beside COCO's own is read as well: answers, attributes, and shapes that COCO
has only as outlines or pixels.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from pycocotools import mask as coco_mask

from crowd import geometry
from crowd.errors import Invalid
from crowd.formats import strict_json
from crowd.formats.readers.sets import Drawn, Fault, Folder, Item, digest, left_over
from crowd.geometry import polygons
from crowd.geometry.rle import encode_counts

MOST_PIXELS: Final = 10**9
FURTHEST: Final = 2  # sides of the image, outside it, that an outline may reach
LONGEST: Final = 10**7  # pixels along an outline; pycocotools keeps 5 points for each
MOST_PARTS: Final = 1000  # outlines of one object that are looked at for what lies inside what
NEAR: Final = 0.01  # pixels by which bounds may differ from COCO's and still be the same
_BAD: Final = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


def read(folder: Folder) -> Iterator[Item]:
    """Yield each image with its annotations; several files of one archive one after the other."""
    yield from folder.faults
    pictures, used = folder.pictures(), set()
    files = folder.names(".json")
    if not files:
        raise Invalid("There is no .json file in it.", code="no_annotations")
    for file in files:
        document = strict_json.loads(folder.read(file), thing="COCO file")
        if not isinstance(document, dict) or not isinstance(document.get("images"), list):
            yield Item(file, faults=(Fault("not_coco", "A COCO file is an object with “images” and “annotations”."),))
            continue
        for item in _read_one(document):
            member = pictures.find(item.name)
            used.add(member)
            yield replace(item, member=member)
    yield from left_over(pictures, used)


def _read_one(document: Mapping[str, Any]) -> Iterator[Item]:
    names = {_key(each.get("id")): each.get("name") for each in _dicts(document.get("categories"))}
    sizes: dict[Any, tuple[int, int]] = {}
    by_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in _dicts(document.get("annotations")):
        by_image[_key(each.get("image_id"))].append(each)
    for image in _dicts(document["images"]):
        key, name = _key(image.get("id")), image.get("file_name")
        sizes[key] = _size(image)
        if not isinstance(name, str) or not name:
            yield Item(f"image {key}", faults=(Fault("no_name", "The image has no file_name."),))
            continue
        read = [_drawn(each, names, sizes[key]) for each in by_image.pop(key, [])]
        own = _own(image)
        answers = own.get("classifications")
        yield Item(
            name,
            objects=(*(drawn for drawn in read if isinstance(drawn, Drawn)), *_beside(own)),
            faults=tuple(fault for fault in read if isinstance(fault, Fault)),
            sha256=digest(own.get("sha256")),
            answers=answers if isinstance(answers, dict) else {},
        )
    for key, lost in by_image.items():
        told = f"{len(lost)} annotations are of image {key}, which the file does not list."
        yield Item(f"image {key}", faults=(Fault("no_image", told),))


def _drawn(each: Mapping[str, Any], names: Mapping[Any, Any], size: tuple[int, int]) -> Drawn | Fault:
    label = names.get(_key(each.get("category_id")))
    what = f"annotation {each.get('id')}"
    if not isinstance(label, str):
        return Fault("no_category", f"{what}: the file has no category {each.get('category_id')}.")
    try:
        shapes = _shapes(each, size)
    except _BAD as fault:
        return Fault("bad_shape", f"{what}: {fault}.")
    if not shapes:
        return Fault("bad_shape", f"{what}: it has no box, outline or keypoints.")
    own = _own(each)
    flags = {"iscrowd": each.get("iscrowd") == 1} if each.get("iscrowd") == 1 or not own else {}
    return _with(own, label, shapes | _kept(own, each), flags)


def _with(own: Mapping[str, Any], label: str, shapes: Mapping[str, Any], flags: Mapping[str, bool]) -> Drawn:
    """Return an object with the attributes, the name and the score that a release keeps with it."""
    given, name, score = own.get("attributes"), own.get("id"), own.get("score")
    return Drawn(
        label,
        shapes,
        attributes=given if isinstance(given, dict) else {},
        flags=flags,
        id=name if isinstance(name, str) else None,
        score=float(score) if isinstance(score, int | float) else None,
    )


def _own(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a release keeps beside COCO's fields."""
    own = entry.get("crowd")
    return own if isinstance(own, dict) else {}


def _kept(own: Mapping[str, Any], each: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape that an object had, where it still lies within the bounds that COCO says.

    Other tools hand on the field that they do not know, and change the ones that they know.
    """
    bounds = each.get("bbox")
    if not isinstance(bounds, list) or len(bounds) != 4:
        return {}
    for shape in geometry.SHAPES:
        if shape in own and shape != "mask":
            try:
                left, top, right, bottom = geometry.bounds(shape, own[shape])
                near = [abs(a - b) for a, b in zip((left, top, right - left, bottom - top), bounds, strict=True)]
            except _BAD:
                return {}
            return {shape: own[shape]} if max(near) <= NEAR else {}
    return {}


def _beside(own: Mapping[str, Any]) -> Iterator[Drawn]:
    """Yield the objects that COCO has no field for, which a release keeps with their image."""
    for each in _dicts(own.get("objects")):
        label = each.get("label")
        shapes = {shape: each[shape] for shape in geometry.SHAPES if shape in each}
        if isinstance(label, str) and shapes:
            yield _with(each, label, shapes, {})


def _shapes(each: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    shapes: dict[str, Any] = {}
    if len(each.get("bbox") or ()) == 4:
        shapes["box"] = [_finite(number) for number in each["bbox"]]
    if points := each.get("keypoints"):
        shapes["keypoints"] = [list(points[place : place + 3]) for place in range(0, len(points), 3)]
        if len(points) == 3 and points[2]:
            shapes["point"] = list(points[:2])
    outline = each.get("segmentation")
    if isinstance(outline, list) and outline:
        if all(size):
            shapes["mask"] = _filled(outline, size)
        rings = [[list(pair) for pair in zip(ring[::2], ring[1::2], strict=True)] for ring in outline]
        if len(rings) == 1 or (all(size) and _lie_apart(rings)):
            shapes["polygon"] = rings
    elif isinstance(outline, dict):
        counts, sides = outline["counts"], list(outline["size"])
        shapes["mask"] = {"size": sides, "counts": _packed(counts) if isinstance(counts, list) else counts}
    return shapes


def _finite(number: Any) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("a box has finite numbers")
    return value


def _size(image: Mapping[str, Any]) -> tuple[int, int]:
    """Return height and width; (0, 0) where the file does not say them, or says what no image has."""
    height, width = image.get("height"), image.get("width")
    if type(height) is not int or type(width) is not int or height < 1 or width < 1 or height * width > MOST_PIXELS:
        return (0, 0)
    return (height, width)


def _filled(outline: Sequence[Any], size: tuple[int, int]) -> dict[str, Any]:
    """Return the pixels inside rings; ValueError for rings over which pycocotools' C code would lose its way.

    It counts in 32 bits and believes every coordinate: far ones make it write outside its memory.
    """
    length = 0.0
    for ring in outline:
        if not isinstance(ring, list) or len(ring) < 6 or len(ring) % 2:
            raise ValueError("an outline has pairs of numbers, three or more")
        points = np.asarray([float(number) for number in ring]).reshape(-1, 2)
        if not np.isfinite(points).all() or np.abs(points).max() > (1 + FURTHEST) * max(size):
            raise ValueError("an outline leads far out of the image")
        length += float(np.abs(np.roll(points, -1, axis=0) - points).max(axis=1).sum())
    if length > LONGEST:
        raise ValueError("an outline is longer than any that was drawn")
    rings = [[float(number) for number in ring] for ring in outline]
    packed = coco_mask.merge(coco_mask.frPyObjects(rings, *size))
    return {"size": list(size), "counts": packed["counts"].decode()}


def _packed(counts: list[Any]) -> str:
    """Return run lengths as COCO's string."""
    if not counts or not all(type(run) is int and 0 <= run <= MOST_PIXELS for run in counts):
        raise ValueError("run lengths are whole numbers")
    return encode_counts(np.asarray(counts, dtype=np.int64))


def _lie_apart(rings: list[list[list[float]]]) -> bool:
    """Tell whether each ring is a part of its own: COCO joins its outlines, ours cut holes where they overlap."""
    if len(rings) > MOST_PARTS or not polygons.are_apart(rings):
        return False
    return all(parent is None for parent in polygons.nesting(rings))


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    return (each for each in values if isinstance(each, dict)) if isinstance(values, list) else iter(())


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else None
