"""Reading numbers and points from outside: finite, within the image, and few enough.

**Out of the image.** Every coordinate may lie up to `TOLERANCE` pixels beyond the image's edge (hands slip, and
zoomed canvases round). A rotated box, an ellipse or a cuboid cannot bend along the edge where the thing it marks is
cut off: its centre obeys the tolerance, and its outline may hang over by `OVERHANG` of its own width or height
besides. Nothing is clipped: what was sent is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from crowd.labels.faults import Faults, kind
from crowd.labels.types import ObjectClass

TOLERANCE = 1.0  # pixels
OVERHANG = 0.25
MAX_POINTS = 250_000  # in one annotation
MAX_POINTS_OF_LINE = 20_000  # in one ring or line
MAX_NUMBER = 1e7

Point = tuple[float, ...]


@dataclass
class Frame:
    """The image's size in pixels, whether what does not fit it is let pass, and the points and rings counted so far."""

    width: int
    height: int
    lenient: bool = False
    points: int = 0
    rings: int = 0


@dataclass(slots=True)
class Spot:
    """Where a geometry stands in the document, and against what it is read."""

    faults: Faults
    path: str
    frame: Frame
    object_class: ObjectClass | None

    def add(self, sentence: str, at: str = "") -> None:
        """Record a fault at this spot, or at `at` (`[3]`, `.size`) below it."""
        self.faults.add(self.path + at, sentence)


def entries(spot: Spot, data: object, *, wanted: str, at: str = "") -> Sequence[object] | None:
    """The list at `at`; None, and a fault that says what is wanted, where it is none."""
    if isinstance(data, list | tuple):
        return data
    spot.add(f"must be {wanted}, not {kind(data)}", at)
    return None


def numbers(spot: Spot, data: object, names: Sequence[str], at: str = "") -> Point | None:
    """The list of finite numbers at `at`, one for each of `names`; None and a fault for each wrong one else."""
    wanted = f"[{', '.join(names)}]"
    values = entries(spot, data, wanted=wanted, at=at)
    if values is None:
        return None
    if len(values) != len(names):
        spot.add(f"must be {wanted}; it has {len(values)} entries", at)
        return None
    if all(type(value) is float and -MAX_NUMBER <= value <= MAX_NUMBER for value in values):
        return cast(Point, tuple(values))
    result: list[float] = []
    for name, value in zip(names, values, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            spot.add(f"{name} must be a number, not {kind(value)}", at)
        elif -MAX_NUMBER <= value <= MAX_NUMBER:
            result.append(value)
        else:
            spot.add(f"{name} {'is far out of any image' if abs(value) < np.inf else 'must be a finite number'}", at)
    return tuple(result) if len(result) == len(names) else None


def points(spot: Spot, data: object, *, least: int, at: str = "") -> tuple[Point, ...] | None:
    """The list of at least `least` points `[x, y]` at `at`, all finite and inside the image; None and faults else."""
    listed = entries(spot, data, wanted="a list of points [x, y]", at=at)
    if listed is None:
        return None
    spot.frame.points += len(listed)
    if len(listed) < least:
        spot.add(f"needs at least {least} points; it has {len(listed)}", at)
        return None
    if len(listed) > MAX_POINTS_OF_LINE:
        spot.add(f"may have at most {MAX_POINTS_OF_LINE} points; it has {len(listed)}", at)
        return None
    read = [numbers(spot, point, ("x", "y"), f"{at}[{place}]") for place, point in enumerate(listed)]
    sound = tuple(point for point in read if point is not None)
    return sound if len(sound) == len(read) and inside(spot, sound, at) else None


def inside(spot: Spot, listed: Sequence[Point], at: str = "") -> bool:
    """Whether all points are in the image or within the tolerance; a fault names the first that is not."""
    array = np.asarray([point[:2] for point in listed], dtype=np.float64).reshape(-1, 2)
    high = np.array([spot.frame.width, spot.frame.height]) + TOLERANCE
    outside = np.flatnonzero(((array < -TOLERANCE) | (array > high)).any(axis=1))
    if not outside.size or spot.frame.lenient:
        return True
    x, y = array[outside[0]].tolist()
    many = f"has {outside.size} of {len(listed)} points, first [{outside[0]}],"
    spot.add(f"{'lies' if len(listed) == 1 else many} out of the image: ({x:g}, {y:g}) in {_size(spot)}", at)
    return False


def bounds_inside(spot: Spot, bounds: tuple[float, float, float, float], *, overhang: float) -> None:
    """Record a fault unless the bounds are in the image, beyond it by no more than the tolerance and `overhang`."""
    if spot.frame.lenient:
        return
    left, top, right, bottom = bounds
    for low, high, side in ((left, right, spot.frame.width), (top, bottom, spot.frame.height)):
        slack = TOLERANCE + overhang * (high - low)
        is_centre_in = -TOLERANCE <= (low + high) / 2 <= side + TOLERANCE
        if low < -slack or high > side + slack or not is_centre_in:
            reach = f"({left:g}, {top:g}) to ({right:g}, {bottom:g})"
            spot.add(f"lies out of the image: it reaches from {reach} in {_size(spot)}")
            return


def _size(spot: Spot) -> str:
    return f"{spot.frame.width} x {spot.frame.height} pixels"
