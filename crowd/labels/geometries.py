"""Reading one object's geometry from outside: its form, its place in the image, its soundness.

A region needs more than `LEAST_AREA` square pixels. `min_side` asks the shorter side of a box or rotated box, the
shorter axis of an ellipse, the shorter side of the bounds of a polygon, mask or cuboid. How a polygon's rings make
holes and parts is said in `crowd.geometry.polygons`; a ring may touch another but neither cross it nor itself.
Keypoints with v = 0 may stand anywhere.
"""

from collections.abc import Callable, Sequence
from typing import Any

from crowd.geometry import Mask, masks, polygons, rings, shapes
from crowd.labels.coordinates import OVERHANG, Frame, Point, Spot, bounds_inside, entries, inside, numbers, points
from crowd.labels.faults import Faults, kind, members
from crowd.labels.types import ObjectClass

LEAST_AREA = 1e-6  # square pixels
MAX_RINGS = 1_000  # in one polygon
MAX_TOUCHING_RINGS = 100  # in one polygon, where some touch: comparing them is quadratic
MAX_RINGS_OF_ALL = 3_000  # in the polygons of several rings of one annotation


def read_geometry(
    faults: Faults, path: str, shape: str, data: object, object_class: ObjectClass | None, frame: Frame
) -> Any:
    """The geometry at `path`, as nested tuples or a `Mask`; None, and at least one fault, where it is not sound.

    Without an `object_class` (the label is unknown) all is read that can be.
    """
    before = faults.count
    spot = Spot(faults, path, frame, object_class)
    geometry = _READERS[shape](spot, data)
    if faults.count > before:
        return None
    if object_class is not None and object_class.min_side > 0 and not frame.lenient:
        side = shorter_side(shape, geometry)
        if side < object_class.min_side:
            spot.add(f"measures {side:g} pixels across; the least is {object_class.min_side:g}")
    return geometry


def shorter_side(shape: str, geometry: Any) -> float:
    """The pixels that `min_side` is compared with."""
    if shape == "ellipse":
        return 2.0 * float(min(geometry[2:4]))
    if shape in ("box", "rotated_box"):
        return float(min(geometry[2:4]))
    left, top, right, bottom = shapes.bounds(shape, geometry)
    return min(right - left, bottom - top)


def _are_sides(spot: Spot, names: tuple[str, str], sides: Sequence[float]) -> bool:
    first, second = sides
    if first > 0 and second > 0:
        if first * second > LEAST_AREA:
            return True
        spot.add("has no area")
        return False
    for name, side in zip(names, sides, strict=True):
        if side <= 0:
            spot.add(f"{name} must be greater than 0, not {side:g}")
    return False


def _box(spot: Spot, data: object) -> Point | None:
    box = numbers(spot, data, ("x", "y", "width", "height"))
    if box is not None and _are_sides(spot, ("width", "height"), box[2:]):
        bounds_inside(spot, shapes.bounds("box", box), overhang=0.0)
    return box


def _turned(shape: str, sides: tuple[str, str]) -> Callable[[Spot, object], Point | None]:
    def read(spot: Spot, data: object) -> Point | None:
        values = numbers(spot, data, ("cx", "cy", *sides, "degrees"))
        if values is None:
            return None
        if not -360 <= values[4] <= 360:
            spot.add(f"degrees must lie between -360 and 360, not {values[4]:g}")
        if _are_sides(spot, sides, values[2:4]):
            bounds_inside(spot, shapes.bounds(shape, values), overhang=OVERHANG)
        return values

    return read


def _point(spot: Spot, data: object) -> Point | None:
    point = numbers(spot, data, ("x", "y"))
    if point is not None:
        inside(spot, [point])
    return point


def _polyline(spot: Spot, data: object) -> tuple[Point, ...] | None:
    line = points(spot, data, least=2)
    if line is not None and len(set(line)) < 2:
        spot.add("has no length: all its points are the same")
    return line


def _polygon(spot: Spot, data: object) -> tuple[tuple[Point, ...], ...] | None:
    listed = entries(spot, data, wanted="a list of rings [[[x, y], ...], ...]")
    if listed is None:
        return None
    spot.frame.rings += len(listed) if len(listed) > 1 else 0
    if not 1 <= len(listed) <= MAX_RINGS:
        spot.add(f"must have from 1 to {MAX_RINGS} rings; it has {len(listed)}")
    elif spot.frame.rings > MAX_RINGS_OF_ALL:
        spot.add(f"brings the polygons of several rings above {MAX_RINGS_OF_ALL} rings together")
    else:
        read = [_ring(spot, ring, f"[{place}]") for place, ring in enumerate(listed)]
        sound = tuple(ring for ring in read if ring is not None)
        if len(sound) == len(read):
            _rings_together(spot, sound)
            return sound
    return None


def _ring(spot: Spot, data: object, at: str) -> tuple[Point, ...] | None:
    ring = points(spot, data, least=3, at=at)
    if ring is None:
        return None
    crossing = None if spot.frame.lenient else rings.crossing(ring)
    if rings.is_flat(ring) or (crossing is None and polygons.area([ring]) <= LEAST_AREA):
        spot.add("encloses no area", at)
        return None
    if crossing is not None:
        spot.add(f"crosses or touches itself near ({crossing[0]:g}, {crossing[1]:g})", at)
        return None
    return ring


def _rings_together(spot: Spot, sound: tuple[tuple[Point, ...], ...]) -> None:
    if len(sound) == 1 or polygons.are_apart(sound):
        return
    if len(sound) > MAX_TOUCHING_RINGS:
        spot.add(f"has rings that touch or cross; that is possible with at most {MAX_TOUCHING_RINGS} rings")
        return
    crossings = () if spot.frame.lenient else polygons.crossings(sound)
    for first, second in crossings:
        spot.add(f"crosses or repeats ring [{first}]; rings lie beside or inside each other", f"[{second}]")
    if not crossings and polygons.area(sound) <= LEAST_AREA:  # holes that fill all of the part around them
        spot.add("has no area")


def _keypoints(spot: Spot, data: object) -> tuple[Point, ...] | None:
    listed = entries(spot, data, wanted="a list of keypoints [x, y, v]")
    if listed is None:
        return None
    spot.frame.points += len(listed)
    if spot.object_class is not None and len(listed) != len(spot.object_class.keypoints):
        spot.add(f"must have {len(spot.object_class.keypoints)} keypoints; it has {len(listed)}")
        return None
    read = [numbers(spot, point, ("x", "y", "v"), f"[{place}]") for place, point in enumerate(listed)]
    sound = tuple(point for point in read if point is not None)
    for place, point in enumerate(read):
        if point is not None and point[2] not in (0, 1, 2):
            spot.add("v must be 0 (not labelled), 1 (occluded) or 2 (visible)", f"[{place}]")
        elif point is not None and point[2] > 0:
            inside(spot, [point], f"[{place}]")
    if len(sound) == len(read) and all(point[2] == 0 for point in sound):
        spot.add("has no labelled keypoint: every v is 0")
    return sound


def _mask(spot: Spot, data: object) -> Mask | None:
    document = members(spot.faults, spot.path, data, known=("size", "counts"))
    if document is None:
        return None
    frame, size, counts = spot.frame, document.get("size"), document.get("counts")
    if not isinstance(size, list | tuple) or len(size) != 2 or any(type(side) is not int for side in size):
        spot.add("must be [height, width], two whole numbers", ".size")
    elif tuple(size) != (frame.height, frame.width):
        spot.add(f"must be the image's [height, width], [{frame.height}, {frame.width}]", ".size")
    if not isinstance(counts, str):
        spot.add(f"must be a string of compressed run lengths, not {kind(counts)}", ".counts")
        return None
    mask = Mask(height=frame.height, width=frame.width, counts=counts)
    try:
        if masks.area(mask) == 0:
            spot.add("has no area: no pixel is set")
    except ValueError as fault:
        spot.add(str(fault), ".counts")
    return mask


def _cuboid(spot: Spot, data: object) -> tuple[Point, ...] | None:
    listed = entries(spot, data, wanted="a list of eight corners [x, y]")
    if listed is None:
        return None
    if len(listed) != 8:
        spot.add(f"must have eight corners; it has {len(listed)}")
        return None
    read = [numbers(spot, corner, ("x", "y"), f"[{place}]") for place, corner in enumerate(listed)]
    corners = tuple(corner for corner in read if corner is not None)
    if len(corners) < 8:
        return None
    if shapes.area("cuboid", corners) <= LEAST_AREA:
        spot.add("has no area")
    for name, face in (("front", corners[:4]), ("back", corners[4:])):
        if rings.crossing(face) is not None and not rings.is_flat(face):
            spot.add(f"the {name} face crosses itself; its corners go clockwise from the left top")
    bounds_inside(spot, shapes.bounds("cuboid", corners), overhang=OVERHANG)
    return corners


_READERS: dict[str, Callable[[Spot, object], Any]] = {
    "box": _box,
    "rotated_box": _turned("rotated_box", ("width", "height")),
    "polygon": _polygon,
    "polyline": _polyline,
    "ellipse": _turned("ellipse", ("rx", "ry")),
    "point": _point,
    "keypoints": _keypoints,
    "mask": _mask,
    "cuboid": _cuboid,
}
