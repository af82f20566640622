"""Links of the OpenAPI document: from the answer that names a thing to the calls that take its name."""

import re
from collections.abc import Iterator
from typing import Any, Final

VERBS: Final = frozenset({"get", "post", "patch", "delete"})
MADE: Final = ("200", "201", "202")
HOLE: Final = re.compile(r"\{(\w+)\}")
# What a member of a row names, where it names something: the calls of that are under its noun.
NOUNS: Final = {"task": "tasks", "image": "images", "assignment": "assignments", "webhook": "webhooks"}


def link(document: dict[str, Any]) -> None:
    """Give each answer links to the calls of what it names.

    A list and a call that makes a row lead to the calls of a row, a row to what is done to it, and both to what their
    members name.
    """
    paths = document["paths"]
    for path, verbs in paths.items():
        for verb in {"get", "post"} & verbs.keys():
            for status in MADE & verbs[verb]["responses"].keys():
                answer = verbs[verb]["responses"][status]
                shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
                if links := dict(_links(document, path, *_row(document, shape))):
                    answer["links"] = links


def _row(document: dict[str, Any], shape: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return where in an answer its first row is, and the row's members."""
    members: dict[str, Any] = _resolved(document, shape).get("properties", {})
    rows = members.get("results", {}).get("items")
    return ("results/0/", _resolved(document, rows).get("properties", {})) if rows else ("", members)


def _resolved(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"].get(shape.get("$ref", "").rpartition("/")[2], shape)
    return found


def _links(
    document: dict[str, Any], path: str, where: str, members: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a name and a link for each call that takes what an answer names; later ones of a name are better."""
    project = re.match(r"/api/v\d+/(projects/\{slug\}/)?", path)
    assert project is not None, path
    for member, noun in NOUNS.items():
        if member in members:
            inner = _resolved(document, members[member])
            key = f"{member}/id" if "id" in inner.get("properties", {}) else member
            if key != member or inner.get("type") == "integer" or inner.get("format") == "uuid":
                yield from _to_rows(document, path, f"{project.group()}{noun}/", f"$response.body#/{where}{key}")
    for key in ("id", "number", "username", "slug"):
        if key in members:
            yield from _to_rows(document, path, path, f"$response.body#/{where}{key}", key)
            top = path.replace("projects/{slug}/", "", 1)
            yield from _to_rows(document, path, top, f"$response.body#/{where}{key}", key)
    own = path.rstrip("/").rpartition("/")
    if HOLE.fullmatch(own[2]):
        yield from _to_rows(document, path, own[0] + "/", f"$request.path.{own[2][1:-1]}")


def _to_rows(
    document: dict[str, Any], path: str, home: str, value: str, key: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a link to each call below a row of `home` that takes the row's name and nothing else that is unknown."""
    given = set(HOLE.findall(path))
    for target, verbs in document["paths"].items():
        hole = HOLE.match(target, len(home)) if target.startswith(home) else None
        if hole is None or (key and hole[1] != key) or HOLE.search(target, hole.end()):
            continue
        if not set(HOLE.findall(home)) <= given:
            continue
        names = {name: f"$request.path.{name}" for name in HOLE.findall(home)} | {hole[1]: value}
        for verb, operation in verbs.items():
            if verb in VERBS and (verb != "delete" or "#" not in value or key):
                yield operation["operationId"], {"operationId": operation["operationId"], "parameters": names}
