"""Reading one object's geometry from outside: its form, its place in the image, its soundness.

**Out of the image.** Every coordinate may lie up to `TOLERANCE` pixels beyond the image's edge (hands slip, and zoomed canvases
round). A rotated box, an ellipse or a cuboid cannot bend along the edge as the thing it marks is cut off there: its centre obeys the
tolerance, its outline may hang over by `OVERHANG` of its own width or height as well. Nothing is clipped: what was sent is kept.

**Zero area.** A region needs more than `LEAST_AREA` square pixels; `min_side` asks the shorter side of a box or rotated box, the
shorter axis of an ellipse, the shorter side of the bounds of anything else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crowd.geometry import Mask, masks, polygons, rings, shapes
from crowd.labels.faults import Faults, kind
from crowd.labels.schema import ObjectClass

TOLERANCE = 1.0  # pixels
OVERHANG = 0.25
LEAST_AREA = 1e-6  # square pixels
MAX_POINTS = 250_000  # in one annotation
MAX_RINGS = 1_000  # in one polygon
MAX_RING_POINTS = 20_000
MAX_NUMBER = 1e7


@dataclass
class Frame:
    """The image's size in pixels, and how many points its annotation has shown so far."""

    width: int
    height: int
    points: int = 0


@dataclass(frozen=True)
class _Spot:
    """Where a geometry stands in the document, and against what it is read."""

    faults: Faults
    path: str
    frame: Frame
    object_class: ObjectClass | None

    def add(self, sentence: str, at: str = "") -> None:
        self.faults.add(self.path + at, sentence)


def read_geometry(
    faults: Faults, path: str, shape: str, data: object, object_class: ObjectClass | None, frame: Frame
) -> Any:
    """The geometry at `path`, as nested tuples or a `Mask`; None, and at least one fault, where it is not sound."""
    spot = _Spot(faults, path, frame, object_class)
    before = faults.count
    geometry = _READERS[shape](spot, data)
    if faults.count > before:
        return None
    if object_class is not None and object_class.min_side > 0:
        side = _shorter_side(shape, geometry)
        if side < object_class.min_side:
            spot.add(f"is {side:g} pixels on its shorter side; the least is {object_class.min_side:g}")
    return geometry


def _shorter_side(shape: str, geometry: Any) -> float:
    if shape in ("box", "rotated_box"):
        return float(min(geometry[2], geometry[3])) if shape == "rotated_box" else float(min(geometry[2:4]))
    if shape == "ellipse":
        return 2.0 * float(min(geometry[2:4]))
    left, top, right, bottom = shapes.bounds(shape, geometry)
    return min(right - left, bottom - top)


def _numbers(spot: _Spot, data: object, names: Sequence[str], at: str = "") -> tuple[float, ...] | None:
    """The list of numbers at `at`, one for each of `names`, all finite; None and a fault else."""
    wanted = f"[{', '.join(names)}]"
    if not isinstance(data, list | tuple):
        spot.add(f"must be {wanted}, not {kind(data)}", at)
        return None
    if len(data) != len(names):
        spot.add(f"must be {wanted}; it has {len(data)} entries", at)
        return None
    faults = [(name, fault) for name, value in zip(names, data, strict=True) if (fault := _number_fault(value))]
    for name, fault in faults:
        spot.add(f"{name} {fault}", at)
    return None if faults else tuple(data)


def _number_fault(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number, not {kind(value)}"
    if -MAX_NUMBER <= value <= MAX_NUMBER:
        return None
    return "is far out of any image" if value in (value,) and abs(value) < float("inf") else "must be a finite number"


def _points(spot: _Spot, data: object, *, least: int, at: str = "") -> tuple[tuple[float, ...], ...] | None:
    """The list of `[x, y]` at `at`, all finite and inside the image; None and faults else."""
    if not isinstance(data, list | tuple):
        spot.add(f"must be a list of points [x, y], not {kind(data)}", at)
        return None
    if not least <= len(data) <= MAX_RING_POINTS:
        bound = f"at least {least}" if len(data) < least else f"at most {MAX_RING_POINTS}"
        spot.add(f"has {len(data)} points; {bound} are needed" if len(data) < least else f"has {len(data)} points; {bound} are allowed", at)
        return None
    spot.frame.points += len(data)
    before = spot.faults.count
    points = [_numbers(spot, point, ("x", "y"), f"{at}[{place}]") for place, point in enumerate(data)]
    sound = tuple(point for point in points if point is not None)
    if spot.faults.count > before:
        return None
    _inside(spot, sound, at)
    return sound


def _inside(spot: _Spot, points: Sequence[Sequence[float]], at: str = "") -> None:
    """Record the points outside the image and its tolerance."""
    array = np.asarray([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    high = np.array([spot.frame.width, spot.frame.height]) + TOLERANCE
    outside = np.flatnonzero(((array < -TOLERANCE) | (array > high)).any(axis=1))
    if outside.size:
        x, y = array[outside[0]].tolist()
        what = "lies" if len(points) == 1 else f"has {outside.size} of {len(points)} points, the first of them [{outside[0]}],"
        spot.add(f"{what} out of the image at ({x:g}, {y:g}); the image is {spot.frame.width} x {spot.frame.height} pixels", at)


def _bounds_inside(spot: _Spot, bounds: Sequence[float], overhang: float) -> None:
    left, top, right, bottom = bounds
    slack_x, slack_y = TOLERANCE + overhang * (right - left), TOLERANCE + overhang * (bottom - top)
    width, height = spot.frame.width, spot.frame.height
    centre_x, centre_y = (left + right) / 2, (top + bottom) / 2
    outline_out = left < -slack_x or top < -slack_y or right > width + slack_x or bottom > height + slack_y
    centre_out = not (-TOLERANCE <= centre_x <= width + TOLERANCE and -TOLERANCE <= centre_y <= height + TOLERANCE)
    if outline_out or centre_out:
        spot.add(
            f"reaches from ({left:g}, {top:g}) to ({right:g}, {bottom:g}), out of the image of {width} x {height} pixels"
        )


def _sides(spot: _Spot, names: Sequence[str], values: Sequence[float]) -> bool:
    for name, value in zip(names, values, strict=True):
        if value <= 0:
            spot.add(f"{name} must be greater than 0, not {value:g}")
    if all(value > 0 for value in values):
        if float(values[0]) * float(values[1]) > LEAST_AREA:
            return True
        spot.add("has no area")
    return False


def _box(spot: _Spot, data: object) -> Any:
    box = _numbers(spot, data, ("x", "y", "width", "height"))
    if box is not None and _sides(spot, ("width", "height"), box[2:]):
        _bounds_inside(spot, shapes.bounds("box", box), 0.0)
    return box


def _turned(shape: str, sides: tuple[str, str]) -> Callable[[_Spot, object], Any]:
    def read(spot: _Spot, data: object) -> Any:
        values = _numbers(spot, data, ("cx", "cy", *sides, "degrees"))
        if values is None:
            return None
        if not -360 <= values[4] <= 360:
            spot.add(f"degrees must lie between -360 and 360, not {values[4]:g}")
        if _sides(spot, sides, values[2:4]):
            _bounds_inside(spot, shapes.bounds(shape, values), OVERHANG)
        return values

    return read


def _point(spot: _Spot, data: object) -> Any:
    point = _numbers(spot, data, ("x", "y"))
    if point is not None:
        _inside(spot, [point])
    return point


def _polyline(spot: _Spot, data: object) -> Any:
    points = _points(spot, data, least=2)
    if points is not None and len(set(points)) < 2:
        spot.add("has no length: all its points are the same")
    return points


def _polygon(spot: _Spot, data: object) -> Any:
    if not isinstance(data, list | tuple):
        spot.add(f"must be a list of rings [[[x, y], ...], ...], not {kind(data)}")
        return None
    if not 1 <= len(data) <= MAX_RINGS:
        spot.add(f"has {len(data)} rings; from 1 to {MAX_RINGS} are allowed")
        return None
    before = spot.faults.count
    result = tuple(_ring(spot, ring, f"[{place}]") for place, ring in enumerate(data))
    if spot.faults.count > before:
        return None
    for first, second in polygons.crossings(result):
        spot.add(f"crosses ring [{first}]; rings may lie beside or inside each other", f"[{second}]")
    if spot.faults.count == before and polygons.area(result) <= LEAST_AREA:
        spot.add("has no area")
    return result


def _ring(spot: _Spot, data: object, at: str) -> Any:
    points = _points(spot, data, least=3, at=at)
    if points is None:
        return None
    if rings.area(points) <= LEAST_AREA and len(rings.closed(points)) <= 4:
        spot.add("encloses no area", at)
        return points
    crossing = rings.crossing(points)
    if crossing is not None:
        spot.add(f"crosses or touches itself near ({crossing[0]:g}, {crossing[1]:g})", at)
    elif rings.area(points) <= LEAST_AREA:
        spot.add("encloses no area", at)
    return points


def _keypoints(spot: _Spot, data: object) -> Any:
    if not isinstance(data, list | tuple):
        spot.add(f"must be a list of [x, y, v], not {kind(data)}")
        return None
    wanted = len(spot.object_class.keypoints) if spot.object_class is not None else len(data)
    if len(data) != wanted or len(data) > MAX_RING_POINTS:
        spot.add(f"has {len(data)} keypoints; there are {wanted}")
        return None
    spot.frame.points += len(data)
    before = spot.faults.count
    points = [_numbers(spot, point, ("x", "y", "v"), f"[{place}]") for place, point in enumerate(data)]
    for place, point in enumerate(points):
        if point is None:
            continue
        if point[2] not in (0, 1, 2):
            spot.add("v must be 0 (not labelled), 1 (occluded) or 2 (visible)", f"[{place}]")
        elif point[2] > 0:
            _inside(spot, [point], f"[{place}]")
    if spot.faults.count == before and not any(point and point[2] > 0 for point in points):
        spot.add("has no labelled keypoint: every v is 0")
    return tuple(points)


def _mask(spot: _Spot, data: object) -> Any:
    if not isinstance(data, dict):
        spot.add(f'must be {{"size": [height, width], "counts": "…"}}, not {kind(data)}')
        return None
    for key in data:
        if key not in ("size", "counts"):
            spot.faults.add(f"{spot.path}.{str(key)[:60]}", "is unknown here; known are size, counts")
    size, counts = data.get("size"), data.get("counts")
    frame = spot.frame
    if not isinstance(size, list | tuple) or len(size) != 2 or any(type(side) is not int for side in size):
        spot.add("must be [height, width], two whole numbers", ".size")
    elif tuple(size) != (frame.height, frame.width):
        spot.add(f"must be the image's [height, width], [{frame.height}, {frame.width}]", ".size")
    if not isinstance(counts, str):
        spot.add(f"must be a string of compressed run lengths, not {kind(counts)}", ".counts")
        return None
    mask = Mask(height=frame.height, width=frame.width, counts=counts)
    try:
        masks.check(mask)
    except ValueError as fault:
        spot.add(str(fault), ".counts")
        return None
    if masks.area(mask) == 0:
        spot.add("has no area: no pixel is set")
    return mask


def _cuboid(spot: _Spot, data: object) -> Any:
    if not isinstance(data, list | tuple):
        spot.add(f"must be a list of eight corners [x, y], not {kind(data)}")
        return None
    if len(data) != 8:
        spot.add(f"has {len(data)} corners; a cuboid has eight")
        return None
    corners = [_numbers(spot, corner, ("x", "y"), f"[{place}]") for place, corner in enumerate(data)]
    sound = tuple(corner for corner in corners if corner is not None)
    if len(sound) < 8:
        return None
    if shapes.area("cuboid", sound) <= LEAST_AREA:
        spot.add("has no area")
    for name, face in (("front", sound[:4]), ("back", sound[4:])):
        if rings.area(face) > LEAST_AREA and not rings.is_simple(face):
            spot.add(f"the {name} face crosses itself; its corners go clockwise from the left top")
    _bounds_inside(spot, shapes.bounds("cuboid", sound), OVERHANG)
    return sound


_READERS: dict[str, Callable[[_Spot, object], Any]] = {
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
