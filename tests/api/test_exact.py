"""What the document says a value is, the server holds to: a text is no number, in any call."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from crowd.api import serializers
from tests.api.routes import Route
from tests.api.test_hostile import FIELDS, SHORT, send
from tests.api.world import V1, World

# By JSON type: what is of another, though one could take it for it.
OTHERS: dict[str, list[Any]] = {
    "string": [5, True],
    "integer": ["5", 5.5, True],
    "number": ["0.5", True],
    "boolean": ["yes", 1],
    "array": ["x", {}],
    "object": ["x"],
}
DOCUMENTS = {"annotation", "schema"}  # judged by rules, which name the place in them


@pytest.fixture(scope="module")
def shapes() -> dict[str, dict[str, Any]]:
    """What each call takes, by the fields of its body."""
    document = Client(headers={"Accept": "application/json"}).get("/api/schema/").json()
    found = {}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            shape = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in shape:
                shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
            found[f"{verb.upper()} {path}"] = shape.get("properties", {})
    return found


def documented(shapes: dict[str, dict[str, Any]], route: Route, verb: str) -> dict[str, Any]:
    path = V1 + route.path.replace("<str:pk>", "{id}").replace("<int:pk>", "{id}")
    for hole in ("slug:slug", "int:number", "username:username"):
        path = path.replace(f"<{hole}>", f"{{{hole.partition(':')[2]}}}")
    return shapes[f"{verb} {path}"]


def test_no_value_is_taken_for_another(world: World, shapes: dict[str, dict[str, Any]]) -> None:
    taken, tried = [], 0
    for route, verb in SHORT:
        for field, shape in documented(shapes, route, verb).items():
            for value in OTHERS.get(shape.get("type"), []) if isinstance(shape.get("type"), str) else ():
                answer = send(world, route, verb, json.dumps({**FIELDS[route.noun, verb], field: value}).encode())
                named = field in DOCUMENTS or any(path.startswith(field) for path in answer.json()["errors"])
                if answer.status_code != 400 or not named:
                    taken.append((verb, route.noun, field, value, answer.status_code, answer.content[:100]))
                tried += 1
    assert not taken, "\n".join(map(str, taken))
    assert tried > 200


def test_a_whole_number_may_have_a_point_as_json_schema_says(world: World) -> None:
    answer = world.as_("owner").patch(
        world.base, b'{"overlap": 3.0, "max_overlap": 7.0}', content_type="application/json"
    )
    assert (answer.status_code, answer.json()["overlap"]) == (200, 3)


def test_an_image_is_named_by_its_id_as_a_number_or_a_text(world: World) -> None:
    for image in (world.agreed.image_id, str(world.agreed.image_id)):
        answer = world.as_("owner").post(f"{world.base}gold/", {"image": image, "annotation": {"classifications": {}}})
        assert answer.json()["code"] == "invalid_annotation"  # found: the answer is what does not fit
    assert world.as_("owner").post(f"{world.base}gold/", {"image": True, "annotation": {}}).json()["errors"].keys() == {
        "image"
    }


def test_a_form_has_texts_only_and_may_say_numbers_so(world: World) -> None:
    class Form(serializers.Serializer):
        name = serializers.CharField()
        count = serializers.IntegerField()
        share = serializers.FloatField()
        wanted = serializers.BooleanField()

    by_form = Form(data=QueryDict("name=5&count=5&share=0.5&wanted=yes"))
    assert by_form.is_valid()
    assert by_form.validated_data == {"name": "5", "count": 5, "share": 0.5, "wanted": True}
    by_json = Form(data={"name": 5, "count": "5", "share": "0.5", "wanted": "yes"})
    assert not by_json.is_valid()
    assert by_json.errors.keys() == {"name", "count", "share", "wanted"}
    assert not Form(data=QueryDict("name=5&count=5&share=nan&wanted=yes")).is_valid()


def test_a_number_of_money_is_rounded_and_a_text_is_exact(world: World) -> None:
    told = {5e-324: "0.0000", 402461.7188393074: "402461.7188", 3: "3.0000", "0.0125": "0.0125"}
    for sent, kept in told.items():
        answer = world.as_("owner").patch(world.base, {"pay_per_answer": sent})
        assert (answer.status_code, answer.json()["pay_per_answer"]) == (200, kept)
    for sent in ("0.00125", 1e7, 1e30, 10**32, True, "much"):
        assert world.as_("owner").patch(world.base, {"pay_per_answer": sent}).status_code == 400
