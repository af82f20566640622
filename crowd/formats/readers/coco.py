"""COCO instances and keypoints: one JSON file, read as a whole, its annotations grouped by image."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pycocotools import mask as coco_mask

from crowd.errors import Invalid
from crowd.formats import strict_json
from crowd.formats.readers.sets import Drawn, Fault, Folder, Item, left_over


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
            yield Item(item.name, member, objects=item.objects, faults=item.faults)
    yield from left_over(pictures, used)


def _read_one(document: Mapping[str, Any]) -> Iterator[Item]:
    names = {each.get("id"): each.get("name") for each in _dicts(document.get("categories"))}
    sizes: dict[Any, tuple[int, int]] = {}
    by_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in _dicts(document.get("annotations")):
        by_image[_key(each.get("image_id"))].append(each)
    for image in _dicts(document["images"]):
        key, name = _key(image.get("id")), image.get("file_name")
        sizes[key] = (image.get("height") or 0, image.get("width") or 0)
        if not isinstance(name, str) or not name:
            yield Item(f"image {key}", faults=(Fault("no_name", "The image has no file_name."),))
            continue
        read = [_drawn(each, names, sizes[key]) for each in by_image.pop(key, [])]
        objects = tuple(drawn for drawn in read if isinstance(drawn, Drawn))
        yield Item(name, objects=objects, faults=tuple(fault for fault in read if isinstance(fault, Fault)))
    for key, lost in by_image.items():
        told = f"{len(lost)} annotations are of image {key}, which the file does not list."
        yield Item(f"image {key}", faults=(Fault("no_image", told),))


def _drawn(each: Mapping[str, Any], names: Mapping[Any, Any], size: tuple[int, int]) -> Drawn | Fault:
    label = names.get(_key(each.get("category_id")))
    what = f"annotation {each.get('id')}"
    if not isinstance(label, str):
        return Fault("no_category", f"{what}: the file has no category {each.get('category_id')}.")
    if each.get("iscrowd") == 1:
        return Fault("crowd_region", f"{what}: a region of many {label}, not one object.")
    try:
        shapes = _shapes(each, size)
    except (TypeError, ValueError, KeyError, IndexError) as fault:
        return Fault("bad_shape", f"{what}: {fault}.")
    return Drawn(label, shapes) if shapes else Fault("bad_shape", f"{what}: it has no box, outline or keypoints.")


def _shapes(each: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    shapes: dict[str, Any] = {}
    if len(each.get("bbox") or ()) == 4:
        shapes["box"] = [float(number) for number in each["bbox"]]
    if points := each.get("keypoints"):
        shapes["keypoints"] = [list(points[place : place + 3]) for place in range(0, len(points), 3)]
    outline = each.get("segmentation")
    if isinstance(outline, list) and outline:
        if len(outline) == 1:
            shapes["polygon"] = [[list(pair) for pair in zip(outline[0][::2], outline[0][1::2], strict=True)]]
        if all(size):
            shapes["mask"] = _mask(coco_mask.merge(coco_mask.frPyObjects(outline, *size)))
    elif isinstance(outline, dict):
        packed = coco_mask.frPyObjects(outline, *size) if isinstance(outline["counts"], list) else outline
        shapes["mask"] = _mask(packed)
    return shapes


def _mask(packed: Mapping[str, Any]) -> dict[str, Any]:
    counts = packed["counts"]
    return {"size": list(packed["size"]), "counts": counts.decode() if isinstance(counts, bytes) else counts}


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    return (each for each in values if isinstance(each, dict)) if isinstance(values, list) else iter(())


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else None
