"""Geometries of every shape inside an image of 200 x 100 pixels."""

import numpy as np
from hypothesis import strategies as st

from crowd.geometry import masks, rings

WIDTH, HEIGHT = 200, 100
SIZE = (WIDTH, HEIGHT)

# quarter pixels: exact in binary, so that moving a shape changes no distance within it
xs = st.integers(0, 4 * WIDTH).map(lambda each: each / 4)
ys = st.integers(0, 4 * HEIGHT).map(lambda each: each / 4)
sides = st.integers(4, 200).map(lambda each: each / 4)
degrees = st.integers(-360, 360)
points = st.tuples(xs, ys)

boxes = st.tuples(xs, ys, sides, sides)
turned = st.tuples(xs, ys, sides, sides, degrees)
simple_rings = st.lists(points, min_size=3, max_size=8, unique=True).filter(rings.is_simple).map(tuple)
polylines = st.lists(points, min_size=2, max_size=6, unique=True).map(tuple)


@st.composite
def polygons(draw):
    """One part, perhaps with a hole, or two parts."""
    ring = draw(simple_rings)
    kind = draw(st.sampled_from(["part", "hole", "parts"]))
    if kind == "hole":
        centre = np.mean(ring[:3], axis=0)
        if rings.contains(ring, [centre])[0]:
            small = tuple(tuple(centre + (np.array(point) - centre) * 1e-3) for point in ring[:3])
            return (ring, small)
    if kind == "parts":
        return (ring, tuple((x + 1000, y) for x, y in ring))
    return (ring,)


keypoints = (
    st.lists(st.tuples(xs, ys, st.sampled_from([0, 1, 2])), min_size=5, max_size=5)
    .filter(lambda listed: any(v for _, _, v in listed))
    .map(tuple)
)


@st.composite
def pictures(draw, height=12, width=17):
    """Boolean arrays from empty to full, in patches."""
    bits = draw(st.integers(0, 2 ** (height * width) - 1)) & draw(st.integers(0, 2 ** (height * width) - 1))
    return np.array([bits >> each & 1 for each in range(height * width)], dtype=bool).reshape(height, width)


@st.composite
def cuboids(draw):
    """A front face, and the same moved and shrunk as back face."""
    x, y, width, height = draw(boxes)
    dx, dy, scale = draw(st.integers(-40, 40)), draw(st.integers(-40, 40)), draw(st.sampled_from([0.5, 0.75, 1]))
    front = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return (*front, *((x + dx + (a - x) * scale, y + dy + (b - y) * scale) for a, b in front))


BY_SHAPE = {
    "box": boxes,
    "rotated_box": turned,
    "polygon": polygons(),
    "polyline": polylines,
    "ellipse": turned,
    "point": points,
    "keypoints": keypoints,
    "mask": pictures().map(masks.encode),
    "cuboid": cuboids(),
}


def moved(shape, geometry, dx, dy):
    """The geometry moved by (dx, dy); masks are not movable."""
    if shape in ("box", "rotated_box", "ellipse", "point"):
        return (geometry[0] + dx, geometry[1] + dy, *geometry[2:])
    if shape == "polygon":
        return tuple(tuple((x + dx, y + dy) for x, y in ring) for ring in geometry)
    return tuple((point[0] + dx, point[1] + dy, *point[2:]) for point in geometry)
