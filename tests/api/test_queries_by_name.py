"""No address orders or narrows a list by a column that its call does not name, nor reads one that nobody may see."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.api.routes import ROUTES, Route
from tests.api.test_hostile import caller_of
from tests.api.world import World

LISTS = [route for route in ROUTES if "GET" in route.verbs]
# columns, paths to others' columns, directions, and pieces of statements
VALUES = (
    "password", "worker__email", "project__owner__password", "gold__isnull", "-password", "-id", "?", "pk",
    "1; DROP TABLE crowd_task", "' OR '1'='1", "id) DESC --", "%", "\\",
)  # fmt: skip
# parameters that no call has, and that some frameworks would take
NAMES = {
    **dict.fromkeys(("ordering", "order_by", "sort", "sort_by", "fields", "expand", "include", "search"), "password"),
    "user__password__startswith": "a", "worker__email__contains": "@", "project__slug": "x", "project": "0",
    "owner": "0", "gold__isnull": "true", "id__in": "1", "id__gt": "0", "pk": "1", "worker__password__regex": ".",
    "standing__status": "banned", "is_gold": "true", "limit": "1", "offset": "1", "format": "api",
}  # fmt: skip


def rows(answer: Any) -> list[str] | None:
    """The rows of a list by what names each; None where it is none."""
    told = answer.json() if answer.get("Content-Type", "").startswith("application/json") else None
    found = told.get("results") if isinstance(told, dict) else None
    return None if found is None else [str(one.get("id", one.get("number", one.get("cursor", one)))) for one in found]


@pytest.fixture(scope="module")
def parameters() -> dict[str, list[str]]:
    """What the OpenAPI document lets the address of each list say."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        re.sub(r"\{[^}]+\}", "*", path): [
            one["name"] for one in calls["get"].get("parameters", ()) if one["in"] == "query"
        ]
        for path, calls in paths.items()
        if "get" in calls
    }


def of(parameters: dict[str, list[str]], route: Route) -> list[str]:
    return parameters.get("/api/v1/" + re.sub(r"<[^>]+>", "*", route.path), [])


def is_part_of(some: list[str], whole: list[str]) -> bool:
    """Whether these are some of those, in their order."""
    left = iter(whole)
    return all(one in left for one in some)


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.noun or "project/")
def test_what_an_address_says_beyond_its_parameters_changes_nothing(
    world: World, parameters: dict[str, list[str]], route: Route
) -> None:
    caller, path = caller_of(world, route, "GET"), route.fill(world)
    plain = caller.get(path)
    assert plain.status_code < 500
    unknown = {name: one for name, one in NAMES.items() if name not in of(parameters, route)}
    together = "&".join(f"{name}={quote(one)}" for name, one in unknown.items())
    answer = caller.get(f"{path}?{together}")
    assert (answer.status_code in {plain.status_code, 400}, answer.status_code < 500) == (True, True)
    if answer.status_code == plain.status_code:
        assert rows(answer) == rows(plain)


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.noun or "project/")
def test_no_parameter_names_a_column(world: World, parameters: dict[str, list[str]], route: Route) -> None:
    caller, path = caller_of(world, route, "GET"), route.fill(world)
    whole = rows(caller.get(f"{path}?page_size=500") if "page_size" in of(parameters, route) else caller.get(path))
    for name in of(parameters, route):
        for value in VALUES:
            answer = caller.get(f"{path}?{name}={quote(value)}")
            assert answer.status_code < 500, (name, value)
            if name.startswith(("order", "sort")):
                assert answer.status_code == 400, (name, value)
            found = rows(answer)
            if found is not None and whole is not None:
                assert is_part_of(found, whole), (name, value)
            assert answer.streaming or b"argon2" not in answer.content, (name, value)


def test_the_lists_that_are_ordered_by_request_are_known(parameters: dict[str, list[str]]) -> None:
    ordered = {path for path, names in parameters.items() if any(name.startswith(("order", "sort")) for name in names)}
    assert ordered == {"/api/v1/projects/*/conflicts/"}
    assert is_part_of(["b"], ["a", "b"])
    assert not is_part_of(["b", "a"], ["a", "b"])
