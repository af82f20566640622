"""JSON from outside that can be kept, or a sentence that says what is wrong with it."""

import itertools
import json
import math
import re
from typing import Any, NoReturn

from crowd.errors import Invalid

MAX_DEPTH = 100
MAX_DIGITS = 40

# escaped by an odd number of backslashes: the character, not its spelling
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def loads(raw: bytes, *, thing: str = "body") -> Any:
    """Return the document; Invalid for what JSON, the database or a recursion would choke on.

    That is: no NaN, no infinity, no number of more than `MAX_DIGITS` digits, no NUL or half surrogate in a string, no
    nesting deeper than `MAX_DEPTH`. `thing` names the text in the sentence.
    """
    try:
        document = json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    except ValueError as error:
        raise Invalid(f"The {thing} is not JSON: {error}", code="not_json") from None
    except RecursionError:
        raise _too_deep(thing) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deep(document):
        raise _too_deep(thing)
    if b"\\u" in raw:
        _check_text(document, thing)
    return document


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:MAX_DIGITS]} is too large a number")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has {len(text)} digits; at most {MAX_DIGITS} are allowed")
    return int(text)


def _too_deep(thing: str) -> Invalid:
    return Invalid(f"The {thing} nests lists and objects more than {MAX_DEPTH} deep.", code="not_json")


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = list(itertools.chain.from_iterable(inner))
    return any(isinstance(each, dict | list) for each in level)


def _check_text(document: Any, thing: str) -> None:
    try:
        plain = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid(f"The {thing} has half of a surrogate pair in a string.", code="not_json") from None
    if _NUL.search(plain):
        raise Invalid(f"The {thing} has a NUL character (\\u0000) in a string.", code="not_json")
