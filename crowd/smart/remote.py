"""A model server reached by HTTP: it is sent the cut-out and the prompt, and answers with a mask or a polygon.

Sent: `{"image": base64 of a JPEG, "width", "height", "box": [x, y, w, h] | null, "points": [[x, y, 1 | 0], …],
"label": class, "shape": "mask" | "polygon" | "box"}`. Answered, in pixels of what was sent:
`{"mask": {"size": [height, width], "counts"}, "score"?}` or `{"polygon": [[[x, y], …], …], "score"?}`.
"""

import base64
import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.errors import Unavailable
from crowd.geometry import Mask, masks, rasters
from crowd.smart.base import Prompt, Proposal
from crowd.smart.views import jpeg

MAX_POINTS = 20_000
MAX_RINGS = 200


@dataclass(frozen=True)
class Remote:
    """`post` sends a body to the model server and returns the answer's; it bounds time and bytes."""

    post: Callable[[bytes], bytes]
    label: str
    shape: str

    def propose(self, picture: NDArray[np.uint8], prompt: Prompt) -> Proposal:
        """Return what the server means; Unavailable where its answer cannot be read."""
        height, width = picture.shape[:2]
        asked = {
            "image": base64.b64encode(jpeg(picture)).decode(),
            "width": width,
            "height": height,
            "box": prompt.box,
            "points": [[x, y, int(on)] for x, y, on in prompt.points],
            "label": self.label,
            "shape": self.shape,
        }
        try:
            answer = json.loads(self.post(json.dumps(asked).encode()))
            if not isinstance(answer, dict):
                raise TypeError("not an object")
            return Proposal(_pixels(answer, height=height, width=width), _score(answer))
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as fault:
            raise Unavailable("The model server’s answer cannot be read.", code="bad_proposal") from fault


def _score(answer: dict[str, object]) -> float:
    score = answer.get("score", 1.0)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise ValueError("a score from 0 to 1 is wanted")
    return float(score)


def _pixels(answer: dict[str, object], *, height: int, width: int) -> NDArray[np.bool_]:
    if "mask" in answer:
        return _mask(answer["mask"], height=height, width=width)
    rings = answer["polygon"]
    if not isinstance(rings, list) or not 1 <= len(rings) <= MAX_RINGS:
        raise ValueError("a list of rings is wanted")
    return rasters.fill([_ring(ring, height=height, width=width) for ring in rings], height=height, width=width)


def _mask(mask: object, *, height: int, width: int) -> NDArray[np.bool_]:
    if not isinstance(mask, dict) or mask.get("size") != [height, width] or not isinstance(mask.get("counts"), str):
        raise ValueError("a mask of the picture’s size is wanted")
    return masks.decode(Mask(height=height, width=width, counts=mask["counts"]))


def _ring(ring: object, *, height: int, width: int) -> NDArray[np.float64]:
    if not isinstance(ring, list) or not 3 <= len(ring) <= MAX_POINTS:
        raise ValueError("a ring of points is wanted")
    for point in ring:
        if not isinstance(point, list) or len(point) != 2 or any(type(each) not in (int, float) for each in point):
            raise ValueError("a point is two numbers")
        if not all(math.isfinite(each) for each in point):
            raise ValueError("a point is two finite numbers")
    return np.clip(np.asarray(ring, dtype=np.float64), 0, [width, height])
