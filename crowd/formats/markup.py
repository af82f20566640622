"""Texts in XML documents: whatever they hold, the document stays sound."""

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr  # it writes, and reads nothing  # nosec B406

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def text(value: str) -> str:
    """Return what stands between tags; what XML cannot hold at all as U+FFFD."""
    return escape(_NOT_IN_XML.sub("\ufffd", value))


def start(tag: str, attributes: Mapping[str, str | float]) -> str:
    """Return a start tag."""
    said = [f" {name}={_quoted(value)}" for name, value in attributes.items()]
    return f"<{tag}{''.join(said)}>"


def _quoted(value: str | float) -> str:
    """Return what stands behind an attribute's name; numbers and plain words have nothing to be escaped."""
    if not isinstance(value, str) or (value.isascii() and value.isalnum()):
        return f'"{value}"'
    return quoteattr(_NOT_IN_XML.sub("\ufffd", value))


def element(tag: str, value: str | int = "") -> str:
    """Return an element that holds a text alone."""
    return f"<{tag}>{text(str(value))}</{tag}>"
