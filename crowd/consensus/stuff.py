"""Classes without instances (sky, road): whatever a worker marked of one is one region."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from crowd.consensus.fusion.regions import to_rings
from crowd.geometry import masks, polygons
from crowd.labels.types import LabelledObject, Schema

_SHAPES = ("mask", "polygon")  # those that can be joined; of other shapes each stays a thing of its own


def is_stuff(each: LabelledObject, schema: Schema) -> bool:
    """Whether the object is a piece of a class without instances, and can be joined to its other pieces."""
    object_class = schema.object_class(each.label)
    return object_class is not None and object_class.stuff and each.shape in _SHAPES


def joined(pieces: Sequence[LabelledObject]) -> LabelledObject:
    """One object that covers what the pieces of one label cover; the rest is the first one's."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    if first.shape == "mask":
        whole = np.any([masks.decode(each.geometry) for each in pieces], axis=0)
        return replace(first, geometry=masks.encode(whole))
    return replace(first, geometry=to_rings(shapely.union_all([polygons.region(each.geometry) for each in pieces])))
