"""Links of the OpenAPI document: from the answer that names a thing to the calls that take its name."""

import re
from collections.abc import Iterator
from typing import Any

MADE = ("200", "201", "202")


def link(paths: dict[str, Any]) -> None:
    """Give each list, and each call that makes one of its rows, links to the calls of a row."""
    for path, verbs in paths.items():
        targets = list(_of_a_row(paths, path))
        for verb in ("get", "post"):
            if verb in verbs and targets:
                for status in MADE:
                    if status in verbs[verb]["responses"]:
                        verbs[verb]["responses"][status]["links"] = _links(path, verb, targets)


def _of_a_row(paths: dict[str, Any], collection: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, name of the key and operation of each call of one row of a collection, whichever way it is named."""
    prefix, _, noun = collection.rstrip("/").rpartition("/")
    top = re.match(r"/api/v\d+", prefix)
    homes = {collection, f"{top.group() if top else ''}/{noun}/"}
    for path, verbs in paths.items():
        for home in homes:
            found = re.match(re.escape(home) + r"\{(\w+)\}/", path)
            if found and "{" not in path[found.end() :]:
                yield from ((path, found[1], operation["operationId"]) for operation in verbs.values())
                break


def _links(path: str, verb: str, targets: list[tuple[str, str, str]]) -> dict[str, Any]:
    given = set(re.findall(r"\{(\w+)\}", path))
    rows = verb == "get" or path.endswith(("/assignments/", "/uploads/"))  # these make several rows
    return {
        operation: {
            "operationId": operation,
            "parameters": {
                key: f"$response.body#/{'results/0/' if rows else ''}{key}",
                **{name: f"$request.path.{name}" for name in re.findall(r"\{(\w+)\}", target) if name in given},
            },
        }
        for target, key, operation in targets
    }
