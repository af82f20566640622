"""Ways to spoil a document, a text and bytes; the same seed spoils them the same way."""

import re
from random import Random
from typing import Any

VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 2**31, 2**40, -(2**63), 10**39, 1e300, -1e300, 1e9, 5e-324, 0.5),
    *("", "x", "1", "²", "١", "nan", "é", "\u202e", "/", "..", "a" * 300),
    *([], {}, [[]], [1], [[1, 2]], {"a": 1}, [1e9] * 6, [[1e9, 0, 0, 1e9, 5, 5]], [[0] * 7], [None] * 4),
    *([[[1e6 * (i % 2), 1e6] for i in range(40)]], {"size": [10**6, 10**6], "counts": "0" * 50}),
]
WORDS = [
    *("!!int ''", "!!bool x", "!!timestamp x", "!!float x", "!!python/object:a.b {}", "!!set {1}", "!!binary zz"),
    *("!!omap [1]", "0x" + "f" * 5000, "9" * 5000, "[[3]]", "[2, [3]]", "{[1]: 2}", "&a [*a]", "2001-99-99", "<<: 3"),
    *("NaN", "-Infinity", "1e999", "null", "true", '"', "'", "\\ud800", "\\u0000", "[" * 200, "{" * 200, "\t", "\n"),
    *("<!DOCTYPE x>", "<!---->", "<![CDATA[x]]>", "&amp;", "&#0;", "<a>", "</a>", "<a b='c'/>", "javascript:alert(1)"),
    *("=1+1", "\u202e", "\ufeff", "\u0000", "²", "nan", "inf", "-1"),
]


def document(value: Any, rng: Random, *, share: float = 0.06) -> Any:
    """Return the JSON value with some parts of it something else, gone, twice or under another name."""
    if rng.random() < share:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        kept = {
            key if rng.random() > share / 3 else "zz": document(each, rng, share=share) for key, each in value.items()
        }
        if rng.random() < share / 2:
            kept.pop(rng.choice([*kept]), None) if kept else None
        return kept
    if isinstance(value, list):
        items = [document(each, rng, share=share) for each in value]
        if items and rng.random() < share:
            items.pop(rng.randrange(len(items)))
        return items * rng.choice([1, 2, 50]) if rng.random() < share / 3 else items
    return value


def text(given: str, rng: Random) -> str:
    """Return the text with words put in, cut out and swapped."""
    for _ in range(rng.randint(1, 4)):
        at, how = rng.randrange(len(given) + 1), rng.random()
        words = list(re.finditer(r"[\w.]+", given))
        if how < 0.4:
            given = given[:at] + rng.choice(WORDS) + given[at:]
        elif how < 0.6:
            given = given[:at] + given[at + rng.randint(1, 6) :]
        elif how < 0.7:
            given = given[:at] + chr(rng.choice([0, 9, 10, 0x85, 0x2028, 0xD7FF, 0xFFFE, 0x1F600])) + given[at:]
        elif words:
            chosen = rng.choice(words)
            given = given[: chosen.start()] + rng.choice(WORDS) + given[chosen.end() :]
    return given


def raw(given: bytes, rng: Random) -> bytes:
    """Return the bytes with a few changed, cut out, put in, or written twice."""
    data = bytearray(given)
    for _ in range(rng.randint(1, 8)):
        if not data:
            break
        at, how = rng.randrange(len(data)), rng.random()
        length = rng.choice([1, 1, 2, 4, 16])
        if how < 0.5:
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        elif how < 0.65:
            del data[at : at + length]
        elif how < 0.8:
            data[at:at] = rng.randbytes(length)
        elif how < 0.9:
            data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xd8\xff\xe1"])
        else:
            data[at:at] = data[at : at + length * 16]
    return bytes(data)
