"""JSON from outside: what can be kept is read as it is, everything else refused in words."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.errors import Invalid
from crowd.formats import strict_json

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


@given(DOCUMENTS, st.booleans())
def test_every_document_that_can_be_kept_is_read_as_it_is(document: object, ascii_only: bool) -> None:
    assert strict_json.loads(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@given(st.binary(max_size=60))
def test_no_bytes_whatever_break_it(raw: bytes) -> None:
    with contextlib.suppress(Invalid):  # and nothing else
        json.dumps(strict_json.loads(raw), allow_nan=False).encode()


@pytest.mark.parametrize("depth", [1, strict_json.MAX_DEPTH])
def test_nesting_is_allowed_to_the_stated_depth(depth: int) -> None:
    strict_json.loads(b"[" * depth + b"]" * depth)


@pytest.mark.parametrize("depth", [strict_json.MAX_DEPTH + 1, 5_000, 200_000])
def test_nesting_beyond_it_is_refused(depth: int) -> None:
    with pytest.raises(Invalid, match="100 deep"):
        strict_json.loads(b"[" * depth + b"]" * depth)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(strict_json.loads(b"[" + b"[]," * 10_000 + b"[]]")) == 10_001


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"NaN", "NaN is not"),
        (b"[-Infinity]", "-Infinity is not"),
        (b"1e400", "too large"),
        (b"-1e400", "too large"),
        (b"9" * 41, "41 digits"),
        (b'"\\u0000"', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'"\\udfff"', "surrogate"),
        (b"\xff", "decode"),
        (b"", "Expecting value"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(raw: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        strict_json.loads(raw)


def test_the_spelling_of_an_escape_is_no_escape() -> None:
    assert strict_json.loads(rb'"\\u0000 \u00e9 \ud83d\ude00"') == "\\u0000 é 😀"
