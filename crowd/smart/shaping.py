"""Pixels of a cut-out made into the geometry that a class asks for, in pixels of the image."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from crowd.geometry import masks, rasters, rings
from crowd.smart.views import View

SHAPES: Final = ("mask", "polygon", "box")
SLACK: Final = 1.0  # pixels of the cut-out that an outline may be simplified by
SMALL: Final = 12.0  # square pixels of the cut-out: smaller parts and holes are left out of polygons


def shaped(pixels: NDArray[np.bool_], view: View, *, shape: str) -> Any:
    """Return the geometry of what is set, as JSON has it; None where nothing of the shape is left.

    A mask has the size of the image, its edge drawn smoothly where one pixel of the cut-out is several of the image. A
    polygon follows it with few points. A box is as tight as the pixels are.
    """
    if not pixels.any():
        return None
    if shape == "polygon":
        return _polygon(pixels, view)
    if shape == "mask":
        return _mask(pixels, view)
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    left, top = _placed((columns[0], rows[0]), view)
    right, bottom = _placed((columns[-1] + 1, rows[-1] + 1), view)
    return [left, top, round(right - left, 2), round(bottom - top, 2)]


def _placed(point: Any, view: View) -> tuple[float, float]:
    """Return a point of the cut-out where it is in the image, to the hundredth."""
    x, y = view.left + float(point[0]) * view.step[0], view.top + float(point[1]) * view.step[1]
    return round(min(max(x, 0.0), view.width), 2), round(min(max(y, 0.0), view.height), 2)


def _mask(pixels: NDArray[np.bool_], view: View) -> dict[str, Any] | None:
    left, top = round(view.left), round(view.top)
    high, wide = pixels.shape
    width = min(view.width - left, max(1, round(wide * view.step[0])))
    height = min(view.height - top, max(1, round(high * view.step[1])))
    if (height, width) == pixels.shape:
        smooth = pixels
    else:
        smooth = cv2.resize(pixels.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) >= 0.5
    if not smooth.any():
        return None
    mask = masks.placed(smooth, left=left, top=top, height=view.height, width=view.width)
    return {"size": [mask.height, mask.width], "counts": mask.counts}


def _polygon(pixels: NDArray[np.bool_], view: View) -> list[list[list[float]]] | None:
    traced = [ring for ring in rasters.to_polygon(pixels) if rings.area(ring) >= SMALL]
    simple = [_simplified(ring) for ring in traced or rasters.to_polygon(pixels)[:1]]
    return [[list(_placed(point, view)) for point in ring] for ring in simple]


def _simplified(ring: Any) -> NDArray[np.float64]:
    """Return the ring with fewer points; as it was where it would cross itself otherwise."""
    points = np.asarray(ring, dtype=np.float32)
    fewer = cv2.approxPolyDP(points.reshape(-1, 1, 2), SLACK, True).reshape(-1, 2).astype(np.float64)
    if len(fewer) < 3 or not rings.is_simple(fewer):
        return points.astype(np.float64)
    return fewer
