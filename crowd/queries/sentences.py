"""What rules say to people, in the reader's language: an English sentence is known again by its template.

Rules speak English, which is what is kept and what the API says to whoever asks for no language. The templates are
read from the sources (`deploy/words.py`): a `{place}` stands for what differs from one sentence to the next.
"""

import gettext
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, to_locale

SOURCE: Final = "en"
LONGEST: Final = 2_000  # characters; nothing that long is a sentence of ours
DEPTH: Final = 3  # a sentence within a sentence within a sentence
PLACE: Final = re.compile(r"\{(\w+)\}")
_ABOUT: Final = re.compile(r"([\w$.\[\]/-]+:?) (.+)")  # the path or the field that a sentence speaks of

# what stands in a place of a sentence and is none
WORDS: Final = (
    "active", "banned", "expired", "leased", "none", "paused",
    "rejected", "skipped", "submitted", "upheld", "void",
)  # fmt: skip


class Phrasebook:
    """The sentences of one language, by their English; a template is looked for among those that begin alike."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._exact = {english: told for english, told in sentences.items() if not PLACE.search(english)}
        self._templates: dict[str, list[tuple[re.Pattern[str], str, frozenset[str]]]] = {}
        # most words of its own first: it says most exactly what is meant
        for english in sorted(sentences.keys() - self._exact.keys(), key=lambda one: -len(PLACE.sub("", one))):
            first = english.split(" ", 1)[0]
            quoted = frozenset(re.findall(r"“\{(\w+)\}”", english))
            entry = (_pattern(english), sentences[english], quoted)
            self._templates.setdefault("" if "{" in first else first, []).append(entry)

    def said(self, text: str) -> str:
        """Return a sentence in this language; as it is where it is none of ours."""
        if not text or len(text) > LONGEST:
            return text
        return self._told(text, DEPTH) or self._about(text) or text

    def _told(self, text: str, depth: int) -> str | None:
        if told := self._exact.get(text):
            return told
        for pattern, told, quoted in [*self._templates.get(text.split(" ", 1)[0], ()), *self._templates.get("", ())]:
            if found := pattern.fullmatch(text):
                values = {
                    # what is quoted is somebody's own word
                    name: (name not in quoted and depth and self._told(value, depth - 1)) or value
                    for name, value in found.groupdict().items()
                }
                return PLACE.sub(lambda place: values[place[1]], told)  # noqa: B023 -- used at once
        return None

    def _about(self, text: str) -> str | None:
        """Return a sentence that begins with the path it speaks of, such as `points may be 20 at most.`"""
        if not (found := _ABOUT.fullmatch(text)):
            return None
        about, rest = found.groups()
        if told := self._told(rest, DEPTH):
            return f"{about} {told}"
        told = self._told(rest.removesuffix("."), DEPTH)
        return told and f"{about} {told}."


def said(text: str) -> str:
    """Return a sentence in the language in force; as it is where that has none for it."""
    language = get_language() or SOURCE
    return text if language == SOURCE else phrasebook(language).said(text)


def all_said(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the faults of each path in the language in force."""
    return {path: [said(fault) for fault in faults] for path, faults in errors.items()}


@lru_cache(maxsize=16)
def phrasebook(language: str) -> Phrasebook:
    """Return a language's sentences; none where nobody has written any."""
    locale = to_locale(language)
    found = gettext.translation("sentences", str(settings.LOCALE_PATHS[0]), languages=[locale], fallback=True)
    return Phrasebook({english: told for english, told in getattr(found, "_catalog", {}).items() if english})


def _pattern(english: str) -> re.Pattern[str]:
    """Return what matches a filled template: each place up to the first of what follows, and never tried again."""
    start, *parts = PLACE.split(english)
    pairs = [(name, re.escape(text)) for name, text in zip(parts[::2], parts[1::2], strict=True)]
    last, end = pairs.pop()
    middle = "".join(f"(?>(?P<{name}>.+?){text})" for name, text in pairs)
    return re.compile(f"{re.escape(start)}{middle}(?P<{last}>.+){end}")
