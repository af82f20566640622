"""The words of the pages and of the scripts: what is marked for translation, and the catalogues made of it.

`python deploy/words.py` brings every `crowd/locale/*/LC_MESSAGES/*.po` up to date with what the sources mark; what is
new there has no translation yet. Building the package (or `python deploy/vendor/hook.py`) makes the `.mo` files of
them that Django reads. Needs Babel and Django, but not the gettext programs.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "crowd" / "locale"
PYTHON = {name: None for name in ("_", "gettext", "gettext_lazy", "gettext_noop")} | {"ngettext": (1, 2)}
SCRIPT = {"gettext": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


def marked(domain: str) -> dict[Message, list[str]]:
    """Return each marked text of a domain, `django` or `djangojs`, with the files that have it."""
    found: dict[Message, list[str]] = {}
    for file, method, text, keywords in _sources(domain):
        for _, words, _, _ in extract(method, io.BytesIO(text.encode()), keywords=keywords):
            message: Message = words if isinstance(words, str) else (words[0], words[1])
            places = found.setdefault(message, [])
            if (place := file.relative_to(ROOT).as_posix()) not in places:
                places.append(place)
    return found


def _sources(domain: str) -> Iterator[tuple[Path, str, str, dict]]:  # type: ignore[type-arg]
    if domain == "djangojs":
        for file in sorted((ROOT / "crowd" / "static" / "crowd").rglob("*.js")):
            yield file, "javascript", file.read_text(), SCRIPT
        return
    for file in sorted((ROOT / "crowd").rglob("*.py")):
        if (text := file.read_text()).find("gettext") >= 0:
            yield file, "python", text, PYTHON
    for file in sorted((ROOT / "templates").rglob("*.html")):
        code = templatize(file.read_text())
        yield file, "python", "\n".join(line.lstrip() for line in code.splitlines()), PYTHON


def catalogue(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def update(path: Path) -> None:
    """Bring one catalogue up to date: new texts come in, those no longer marked go out."""
    old, new = catalogue(path), Catalog(locale=path.parts[-3], project="crowd", fuzzy=False)
    new.mime_headers = old.mime_headers
    for message, places in marked(path.stem).items():
        key = message if isinstance(message, str) else message[0]
        known = old.get(key)
        new.add(message, known.string if known else None, locations=[(place, None) for place in places])
    with path.open("wb") as file:
        write_po(file, new, width=120, sort_output=True, omit_header=False, include_lineno=False)


if __name__ == "__main__":
    for file in [Path(name).resolve() for name in sys.argv[1:]] or sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        update(file)
