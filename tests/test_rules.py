"""Rules about the source that a linter does not know: what is dangerous has one door each, and its door is watched."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [path for path in sorted((ROOT / "crowd").rglob("*.py")) if "migrations" not in path.parts]
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in SOURCES}

# a module, and the files or folders that may import it
DOORS = {
    "requests": [],
    "urllib3": [],
    "urllib.request": ["crowd/embedded/application.py"],  # asks itself whether it is up
    "http.client": ["crowd/probe.py"],  # asks its own container whether it is up
    "aiohttp": [],
    "ftplib": [],
    **{name: [] for name in ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "telnetlib", "pty")},
    "subprocess": ["crowd/embedded/", "crowd/keeping/postgres.py", "crowd/management/commands/demo.py"],
    "ctypes": ["crowd/embedded/launch.py"],
    "socket": ["crowd/egress/", "crowd/embedded/", "crowd/telemetry/keeping.py"],  # the last for its machine's name
    "httpcore": ["crowd/egress/"],
    "httpx": ["crowd/client/", "crowd/demo/"],
    "boto3": ["crowd/storage/"],
    "botocore": ["crowd/storage/"],
    "zipfile": ["crowd/formats/readers/sets.py", "crowd/client/release.py"],  # which reads what it checked
    "tarfile": ["crowd/formats/tarballs.py", "crowd/client/shards.py"],  # which writes them
    "xml.etree": [],
    "xml.dom": [],
    "lxml": [],
    "xml.parsers": ["crowd/formats/readers/voc.py", "crowd/labels/importing/xml.py"],
    "yaml": ["crowd/formats/readers/yolo.py"],
    # C code that believes what it is given
    "pycocotools": ["crowd/geometry/masks.py", "crowd/formats/readers/coco.py", "crowd/demo/"],
}
# a call, by the end of its name, and where it may stand
CALLS = {
    "mark_safe": ["crowd/web/prose.py"],
    **{name: [] for name in ("format_html", "format_html_join", "SafeString", "html_safe")},
    **{name: [] for name in ("csrf_exempt", "xframe_options_exempt", "csp_exempt", "csp_update", "csp_replace")},
    "eval": [],
    "exec": [],
    "system": [],
    "popen": [],
    "mktemp": [],
    "_create_unverified_context": [],
    # every picture from outside is told by its bytes and judged before it is decoded
    "Image.open": ["crowd/formats/pictures.py", "crowd/demo/"],
    **{f"yaml.{name}": [] for name in ("load", "load_all", "unsafe_load", "full_load")},
    "__import__": [],
    "import_module": ["crowd/client/release.py"],  # pandas and the like, by names that stand there
    # the ORM's doors to SQL; what they are sent is judged below
    "raw": ["crowd/workflow/consensus/resolving.py", "crowd/queries/readings.py"],
    "extra": ["crowd/queries/webhooks.py"],
    "RawSQL": ["crowd/queries/workers.py"],
}
BY_HAND = ["crowd/keeping/", "crowd/workflow/upkeep/epochs.py"]  # names of tables, which no driver takes as values
STATEMENTS = {"raw", "extra", "execute", "executemany", "RawSQL"}


def allowed(path: str, places: list[str]) -> bool:
    return any(path.startswith(place) for place in places)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def decorators(tree: ast.AST) -> Iterator[str]:
    """A decorator without brackets is called all the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from (ast.unparse(one) for one in node.decorator_list)


@pytest.mark.parametrize("module", DOORS)
def test_a_dangerous_module_is_imported_behind_its_door_only(module: str) -> None:
    found = {
        path
        for path, tree in TREES.items()
        for name in imported(tree)
        if name == module or name.startswith(f"{module}.")
    }
    assert [path for path in found if not allowed(path, DOORS[module])] == []


@pytest.mark.parametrize("name", CALLS)
def test_a_dangerous_call_is_made_behind_its_door_only(name: str) -> None:
    found = {
        path
        for path, tree in TREES.items()
        for told in (*(told for told, _ in calls(tree)), *decorators(tree))
        if f".{told}".endswith(f".{name}")
    }
    assert [path for path in found if not allowed(path, CALLS[name])] == []


def test_no_program_is_started_by_a_shell() -> None:
    found = [
        (path, node.lineno)
        for path, tree in TREES.items()
        for _, node in calls(tree)
        for word in node.keywords
        if word.arg == "shell" or (word.arg == "verify" and ast.unparse(word.value) == "False")
    ]
    assert found == []


def written_by_hand(node: ast.expr) -> bool:
    """Whether a statement's text is put together where it is sent, so that somebody's words could be part of it."""
    return any(
        isinstance(part, ast.JoinedStr | ast.BinOp)
        or (isinstance(part, ast.Call) and ast.unparse(part.func).endswith(".format"))
        for part in ast.walk(node)
    )


def test_no_statement_is_put_together_where_it_is_sent() -> None:
    found = [
        (path, node.lineno)
        for path, tree in TREES.items()
        for name, node in calls(tree)
        if name.rpartition(".")[2] in STATEMENTS
        and node.args
        and written_by_hand(node.args[0])
        and not allowed(path, BY_HAND)
    ]
    assert found == []


def test_no_template_takes_the_escaping_off() -> None:
    found = [
        str(path)
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(
            r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off|<script>|<style|\son(click|load|error|submit|change|input|focus|blur|toggle|key[a-z]+|mouse[a-z]+|pointer[a-z]+)=|javascript:",
            path.read_text(),
        )
    ]
    assert found == []


def test_scripts_make_html_of_our_own_pages_parts_only() -> None:
    sinks = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc)\b"
        r"|\beval\(|new Function"
    )
    found = {
        path.name for path in (ROOT / "crowd" / "static" / "crowd").rglob("*.js") if sinks.search(path.read_text())
    }
    # a guideline's text, already made safe by the server, is put in as it came from there
    assert found <= {"guidelines.js", "reading.js"}


def test_the_rules_see_what_they_forbid() -> None:
    tree = ast.parse("import pickle\nmark_safe(x)\ncursor.execute(f'SELECT {x}')\nImage.open(f)")
    assert "pickle" in imported(tree)
    assert list(decorators(ast.parse("@csrf_exempt\ndef view(): ..."))) == ["csrf_exempt"]
    assert [name for name, _ in calls(tree)] == ["mark_safe", "cursor.execute", "Image.open"]
    assert written_by_hand(next(node for name, node in calls(tree) if name == "cursor.execute").args[0])
