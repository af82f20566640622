"""The words of the pages and of the scripts: what is marked for translation, and the catalogues made of it.

`python deploy/words.py` brings every `crowd/locale/*/LC_MESSAGES/*.po` up to date with what the sources mark; what is
new there has no translation yet. Building the package (or `python deploy/vendor/hook.py`) makes the `.mo` files of
them that Django reads. Needs Babel and Django, but not the gettext programs.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "crowd" / "locale"
PYTHON = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")) | {"ngettext": (1, 2)}

# headers that say nothing here and change with every run
NOISE = tuple(
    f'"{name}' for name in ("Project-", "Report-", "POT-", "PO-", "Last-", "Language-Team", "Generated-", "Content-Tr")
)
TEXT = r'\s*("(?:[^"\\]|\\.)*")'
# a text in a script is one plain literal: Babel's own reader loses its way among nested template literals
CALL = re.compile(rf"\b(?:gettext|gettext_noop)\({TEXT}|\bngettext\({TEXT},{TEXT}")

Message = str | tuple[str, str]


def marked(domain: str) -> dict[Message, list[str]]:
    """Return each marked text of a domain, `django` or `djangojs`, with the files that have it."""
    found: dict[Message, list[str]] = {}
    for file, message in of_scripts() if domain == "djangojs" else of_pages():
        places = found.setdefault(message, [])
        if (place := file.relative_to(ROOT).as_posix()) not in places:
            places.append(place)
    return found


def of_scripts() -> Iterator[tuple[Path, Message]]:
    """Yield each marked text of the browser's modules."""
    for file in sorted((ROOT / "crowd" / "static" / "crowd").rglob("*.js")):
        for text, one, many in CALL.findall(file.read_text()):
            yield file, json.loads(text) if text else (json.loads(one), json.loads(many))


def of_pages() -> Iterator[tuple[Path, Message]]:
    """Yield each marked text of the templates and of what is written in Python."""
    for file in [*sorted((ROOT / "crowd").rglob("*.py")), *sorted((ROOT / "templates").rglob("*.html"))]:
        code = file.read_text()
        if file.suffix == ".html":
            code = "\n".join(line.lstrip() for line in templatize(code).splitlines())
        elif "gettext" not in code:
            continue
        for _, words, _, _ in extract("python", io.BytesIO(code.encode()), keywords=PYTHON):
            yield file, words if isinstance(words, str) else (words[0], words[1])


def catalogue(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def update(path: Path) -> None:
    """Bring one catalogue up to date: new texts come in, those no longer marked go out."""
    old, new = catalogue(path), Catalog(locale=path.parts[-3], fuzzy=False, header_comment="# The words of crowd.")
    for message, places in marked(path.stem).items():
        key = message if isinstance(message, str) else message[0]
        known = old.get(key)
        new.add(message, known.string if known else None, locations=[(place, None) for place in places])
    target = io.BytesIO()
    write_po(target, new, width=120, sort_output=True, include_lineno=False)
    lines = target.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(NOISE)))


if __name__ == "__main__":
    for file in [Path(name).resolve() for name in sys.argv[1:]] or sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        update(file)
