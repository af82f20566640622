"""JSON that the database can hold, or a 400 that says what is wrong with it."""

import json
import math
import re
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError

_NUL = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u0000"
)  # escaped by an odd number of backslashes: the character, not its spelling


class JSONParser(parsers.JSONParser):
    """Strict JSON: no NaN, no infinity, no NUL or half surrogate in a string, no bottomless nesting."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return the document."""
        raw = stream.read()
        try:
            document = json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}") from None
        if b"\\u" in raw or b"\x00" in raw:
            _check_text(document)
        return document


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _check_text(document: Any) -> None:
    try:
        plain = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ParseError("A string has half of a surrogate pair in it.") from None
    if _NUL.search(plain):
        raise ParseError("A string has a NUL character (\\u0000) in it.")
