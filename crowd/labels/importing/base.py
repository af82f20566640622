"""What a reader of another tool's labels returns, and what all of them need."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crowd.errors import Invalid
from crowd.labels.text import MAX_NAME

MAX_TEXT = 20_000_000
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Imported:
    """A schema as a document, and a sentence on everything that could not be carried, or only in part."""

    schema: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A kind of file: what people call it, whether a text looks like it, and how it is read."""

    title: str
    fits: Callable[[str], bool]
    read: Callable[[str], Imported]


@dataclass
class Notes:
    """Sentences, each once, in the order in which they came up."""

    said: dict[str, None] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        """Record a sentence."""
        self.said.setdefault(sentence)

    def all(self) -> tuple[str, ...]:
        """Return them."""
        return tuple(self.said)


@dataclass
class Names:
    """Names that must differ, and must be names here: a slash joins paths, so it cannot be in one."""

    notes: Notes
    taken: set[str] = field(default_factory=set)

    def take(self, value: object, *, hint: str = "") -> str:
        """Return a free name for what another tool calls `value`; `hint` tells two of one name apart."""
        wanted = " ".join(str(value).replace("/", "-").split())[:MAX_NAME].strip() or "unnamed"
        wanted = "".join(letter for letter in wanted if letter.isprintable()) or "unnamed"
        free, number = wanted, 2
        if free in self.taken and hint:
            free = f"{wanted} ({hint})"
        while free in self.taken:
            free, number = f"{wanted} {number}", number + 1
        if free != str(value):
            self.notes.add(f"“{str(value)[:60]}” is called “{free[:60]}” here.")
        self.taken.add(free)
        return free


def fault(told: str) -> Invalid:
    """Return the refusal of a file that cannot be read."""
    return Invalid(told, code="unreadable_labels", errors={"text": [told]})


def from_json(text: str) -> Any:
    """Return what JSON says; Invalid, naming the line, where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise fault(f"This is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise fault("It is nested too deeply.") from None
    except ValueError:  # a number of thousands of digits
        raise fault("It holds a number that is too long.") from None


def color(value: object) -> str:
    """Return a colour that the schema takes; empty for any other, which is chosen anew."""
    if isinstance(value, list | tuple) and len(value) == 3 and all(isinstance(part, int) for part in value):
        value = "#" + "".join(f"{max(0, min(255, part)):02x}" for part in value)
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else ""


def given(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of the schema without what says nothing."""
    return {key: value for key, value in entry.items() if value not in ("", None, [], False, 0)}


def listed(value: object) -> list[Any]:
    """Return a list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []
