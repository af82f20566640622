"""Masks and polygons: a plane cut into atoms, each inside or outside by the vote of workers weighed by their precision.

A worker's precision in this image is learnt with the consensus, as in STAPLE (S. Warfield, K. Zou and W. Wells, IEEE
Transactions on Medical Imaging 23 (2004) 903–921), but from how far their region is from the weighted mean of all,
not from rates of true background and foreground: the background is almost everything, and rates of it tell nobody
from anybody.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import polygonize

from crowd.geometry import Mask, masks, polygons

Floats = NDArray[np.float64]
Rings = tuple[tuple[tuple[float, float], ...], ...]

_ROUNDS = 5
_GRID = 0.01  # pixels, to which fused polygons are rounded
_STRAIGHT = 0.25  # pixels by which leaving out a vertex may change the outline
_SLIVER = 0.002  # of the whole: smaller parts and holes come from outlines that run side by side


def inside(covers: Floats, areas: Floats, weights: Floats) -> NDArray[np.bool_]:
    """Which atoms are inside.

    Parameters
    ----------
    covers : ndarray, shape (workers, atoms)
        1 where the worker's region covers the atom, else 0.
    areas : ndarray, shape (atoms,)
    weights : ndarray, shape (workers,)
        Precisions known beforehand, relative.

    Returns
    -------
    ndarray of bool, shape (atoms,)
        Where more than half of the weight covers the atom. A worker's weight is the one known beforehand over (e +
        median e), e being their mean square distance from the weighted mean of all regions.
    """
    votes = weights / weights.sum()
    for _ in range(_ROUNDS if len(covers) > 2 else 0):
        mean = votes @ covers
        errors = ((covers - mean) ** 2) @ areas
        middle = float(np.median(errors))
        if middle <= 0:
            break
        votes = weights / (errors + middle)
        votes /= votes.sum()
    return np.asarray(votes @ covers > 0.5)


def fuse_masks(regions: Sequence[Mask], weights: Floats, reference: int) -> Mask:
    """The fused mask; that of `regions[reference]` where no pixel has more than half of the weight."""
    pixels = np.stack([masks.decode(each) for each in regions])
    rows, columns = (np.flatnonzero(pixels.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    if not len(rows):
        return regions[reference]
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    part = pixels[:, window[0], window[1]]
    first, atoms = _atoms(part)
    covers = part.reshape(len(part), -1)[:, first].astype(np.float64)
    kept = inside(covers, np.bincount(atoms).astype(np.float64), weights)
    fused = np.zeros(pixels.shape[1:], dtype=bool)
    fused[window] = kept[atoms].reshape(part.shape[1:])
    return masks.encode(fused) if fused.any() else regions[reference]


def _atoms(part: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels that the same workers cover, as one atom: the first pixel of each atom, and the atom of each pixel."""
    flat = part.reshape(len(part), -1)
    first, atoms = np.zeros(1, dtype=np.intp), np.zeros(flat.shape[1], dtype=np.intp)
    for block in range(0, len(flat), 32):
        bits = flat[block : block + 32]
        codes = (1 << np.arange(len(bits))) @ bits.astype(np.int64)
        _, first, atoms = np.unique((atoms << 32) + codes, return_index=True, return_inverse=True)
    return first, atoms


def fuse_polygons(regions: Sequence[Rings], weights: Floats, reference: int) -> Rings:
    """The fused polygon, exactly: the outlines cut the plane into faces; holes and parts come out as they may."""
    shapes = [polygons.region(each) for each in regions]
    lines = shapely.unary_union([shapely.boundary(each) for each in shapes])
    faces = np.array(list(polygonize(lines)), dtype=object)
    if not len(faces):
        return regions[reference]
    spots = shapely.point_on_surface(faces)
    for each in shapes:
        shapely.prepare(each)
    covers = np.stack([shapely.contains(each, spots) for each in shapes]).astype(np.float64)
    kept = faces[inside(covers, np.asarray(shapely.area(faces)), weights)]
    return to_rings(shapely.unary_union(kept)) if len(kept) else regions[reference]


def to_rings(shape: shapely.Geometry) -> Rings:
    """The rings of a region, outer before holes, a little simplified and without slivers."""
    simple = shapely.set_precision(shapely.simplify(shape, _STRAIGHT), _GRID)
    least = _SLIVER * float(shapely.area(simple))
    rings: list[tuple[tuple[float, float], ...]] = []
    for part in shapely.get_parts(simple):
        if shapely.area(part) < least or part.geom_type != "Polygon":
            continue
        holes = [hole for hole in part.interiors if shapely.Polygon(hole).area >= least]
        rings += [tuple((x, y) for x, y in ring.coords[:-1]) for ring in (part.exterior, *holes)]
    return tuple(rings)
