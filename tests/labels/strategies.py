"""Any JSON at all, documents that are nearly right, and documents that are right."""

from typing import Any

from hypothesis import strategies as st

from tests.labels.example import ANNOTATION, HEIGHT, SCHEMA, WIDTH

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, 10**400, float("nan"), float("inf"), 1e308, 5e-324])
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "/", "a/b", "\x00", "\ud800", "box", "scene", "outdoor/street", "#fff"])
)
keys = st.text(max_size=6) | st.sampled_from(
    [
        "classifications",
        "objects",
        "name",
        "kind",
        "options",
        "shape",
        "label",
        "box",
        "mask",
        "size",
        "counts",
        "polygon",
    ]
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=25
)


def paths_of(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document, the document's own first."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(below for key, value in inner for below in paths_of(value, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the document with another value at one path."""
    if not path:
        return value
    key, *rest = path
    if isinstance(document, dict):
        return document | {key: replaced(document[key], tuple(rest), value)}
    return [replaced(each, tuple(rest), value) if place == key else each for place, each in enumerate(document)]


@st.composite
def nearly(draw: Any, document: Any) -> Any:
    """The document with one to three of its values replaced by anything, or doubled, or moved to another place."""
    for _ in range(draw(st.integers(1, 3))):
        paths = paths_of(document)
        path = draw(st.sampled_from(paths))
        other = draw(st.sampled_from(paths))
        value = document
        for key in other:
            value = value[key]
        document = replaced(document, path, draw(anything | st.just(value) | st.just([value, value])))
    return document


nearly_schemas = nearly(SCHEMA)
nearly_annotations = nearly(ANNOTATION)

coordinates_x = st.floats(0, WIDTH, width=32)
coordinates_y = st.floats(0, HEIGHT, width=32)
points = st.tuples(coordinates_x, coordinates_y).map(list)
ascii_runs = st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=12)
