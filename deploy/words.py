"""The words of the pages, the scripts and the server's sentences: what is said, and the catalogues made of it.

Pages (`django.po`) and scripts (`djangojs.po`) mark their texts. What rules say to people (`sentences.po`) is not
marked, as rules know no languages: every sentence of the modules in `SAID` is taken, and what those in `RAISED` raise;
a formatted sentence is a template with `{places}`.

`python deploy/words.py` brings every `crowd/locale/*/LC_MESSAGES/*.po` up to date; what is new has no translation yet.
Building the package (or `python deploy/vendor/hook.py`) makes the `.mo` files of
them that Django reads. Needs Babel and Django, but not the gettext programs.
"""

import ast
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
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

# every module and package of `crowd` that says something to workers; what is raised in another stays English
SAID = (
    *(
        f"api/{name}.py"
        for name in ("authentication", "base", "errors", "idempotency", "limits", "pagination", "parsers")
    ),
    *(f"queries/{name}.py" for name in ("image_bytes", "qualification", "scope", "sentences")),
    *(f"workflow/assignments/{name}.py" for name in ("claiming", "leasing", "submission", "terms")),
    *(f"workflow/workers/{name}.py" for name in ("appeals", "disputing", "reporting", "standing", "voiding")),
    *(
        f"workflow/{name}.py"
        for name in ("gold/__init__", "guidelines/redefining", "predictions/suggesting", "projects/inviting")
    ),
    *(f"labels/{name}.py" for name in ("annotation", "coordinates", "faults", "geometries", "text")),
    *("geometry/rle.py", "smart/views.py", "trust", "web/errors.py"),
)
RAISED = ("queries/guidelines.py", "smart/remote.py", "workflow/guidelines/publishing.py")
UNSAID = frozenset({"Join {project}", "user name"})  # a mail's subject, a table's heading
KINDS = frozenset(
    (
        "Contradiction",
        "Gone",
        "Invalid",
        "Missing",
        "Refused",
        "TooLarge",
        "TooMany",
        "Unavailable",
        "Unprocessable",
        "Unsupported",
    )
)
PLACE = re.compile(r"\{(\w+)\}")
SQL = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|EXISTS|AND)\b")


def marked(domain: str) -> dict[Message, list[str]]:
    """Return each text of a domain, `django`, `djangojs` or `sentences`, with the files that have it."""
    found: dict[Message, list[str]] = {}
    read = {"django": of_pages, "djangojs": of_scripts, "sentences": of_rules}[domain]
    for file, message in read():
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


def of_rules() -> Iterator[tuple[Path, Message]]:
    """Yield each sentence, and each template of one, of the modules that say something to workers."""
    for name in SAID:
        path = ROOT / "crowd" / name
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            for text in sentences(ast.parse(file.read_text())):
                if text not in UNSAID:
                    yield file, text
    for name in RAISED:
        path = ROOT / "crowd" / name
        for text in raised(ast.parse(path.read_text())):
            yield path, text


def raised(tree: ast.AST) -> Iterator[str]:
    """Yield the sentences of the broken rules that a module raises."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) in KINDS:
            yield from sentences(node.exc)


def sentences(node: ast.AST) -> Iterator[str]:
    """Yield the sentences of a piece of Python: neither docstrings, SQL, what is logged, nor what explains the API."""
    match node:
        case ast.Expr(ast.Constant()) | ast.Call(func=ast.Attribute(value=ast.Name("logger"))):
            return
        case ast.keyword(arg="help_text"):
            return
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join")):
            return
        case ast.AnnAssign(target=ast.Name("WORDS"), value=ast.Tuple(elts=words)):
            yield from (word.value for word in words if isinstance(word, ast.Constant))
        case _ if forms := written(node):
            yield from (text for text in map(numbered, forms) if is_said(text))
        case _:
            for below in ast.iter_child_nodes(node):
                yield from sentences(below)


def written(node: ast.AST) -> list[str]:
    """Return every form that a piece of text can take, with its places in braces; none where it is no text."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(forms) for forms in product(*(written(part) for part in parts))]
        case ast.FormattedValue(value=ast.IfExp(body=body, orelse=other)):
            return [form for branch in (body, other) for form in written(branch) or [f"{{{named(branch)}}}"]]
        case ast.FormattedValue(value=value, format_spec=spec):
            return [f"{{{named(value)}}}" + ("%" if spec is not None and "%" in ast.unparse(spec) else "")]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(forms) for forms in product(written(left), written(right))]
    return []


def named(node: ast.AST) -> str:
    """Return a name for the place of a value in a sentence."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(str(name))):
            return name.strip("_")
        case ast.Call(args=[inner, *_]) | ast.Subscript(value=inner) | ast.BinOp(left=inner):
            return named(inner)
        case ast.GeneratorExp(generators=[ast.comprehension(iter=inner), *_]):
            return named(inner)
    return "value"


def numbered(text: str) -> str:
    """Return a template in which no two places have one name."""
    met: Counter[str] = Counter()

    def place(found: re.Match[str]) -> str:
        met[found[1]] += 1
        return f"{{{found[1]}{met[found[1]] if met[found[1]] > 1 else ''}}}"

    return PLACE.sub(place, text)


def is_said(text: str) -> bool:
    """Whether a text is a sentence, or the part of one that stands beside what it is about."""
    alone = PLACE.sub("", text)
    reads = " " in text.strip() or (text[:1].isupper() and text.endswith("."))
    return reads and bool(re.search("[a-z]{2}", alone)) and "\n" not in text and not SQL.search(alone)


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
