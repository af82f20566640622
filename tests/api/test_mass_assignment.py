"""No call takes a field that its schema does not name: sent all columns of all tables, it does the same.

Each writing call of the URL map is made twice, and undone each time: once with a body that its schema allows, once with
every other column's name beside it, in the body and in the address, each with a value that would show.
"""

import json
import random
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from drf_spectacular.generators import SchemaGenerator

from crowd.models import Task
from tests.api.routes import Route
from tests.api.test_hostile import FIELDS, SHORT, caller_of, path_of
from tests.api.world import World
from tests.factories import make

LONG_AGO = "2001-02-03T04:05:06Z"
PLANTED = "planted"
# names that others have been harmed by, whether or not a column of ours has them
ALWAYS = {"pk", "owner", "is_gold", "is_staff", "is_superuser", "is_active", "password", "groups", "permissions"}
# bodies that are taken, where those of the fuzzing are refused
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("guidelines/<int:number>/publish/", "POST"): {"impact": "clarification"},
    ("transfer/", "POST"): {"username": "colleague", "stays": "reviewer"},
    ("tasks/<str:pk>/adjudicate/", "POST"): {"accept": "consensus", "comment": "c"},
    ("releases/", "POST"): {"note": "n"},
    ("assignments/<str:pk>/submit/", "POST"): {"annotation": make.CAT, "seconds": 0.001},  # less than it can have taken
    ("webhooks/<str:pk>/", "PATCH"): {"description": "d", "state": "paused"},
    ("tasks/bulk/", "POST"): {"action": "priority", "value": 1, "filter": {"state": "open"}},
    ("pilots/", "POST"): {"size": 1, "overlap": 2},
    ("releases/<int:number>/derive/", "POST"): {"name": "N", "slug": "n", "carry": "prelabels"},
    ("guidelines/import/", "POST"): {
        "text": '<View><Image name="i" value="$i"/><RectangleLabels name="l" toName="i"><Label value="cat"/>'
        "</RectangleLabels></View>",
        "format": "label_studio",
    },
}
# what is never twice the same, in texts and by its column
ANEW = re.compile(
    r"[0-9a-f]{64}|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|s1:\S+|\d{4}-\d\d-\d\dT[\d:.+Z]+|[A-Za-z0-9_-]{43,}"
)
DRAWN = {
    "shuffle",
    "draw",
    "transaction",
    "entered",
    "frontier",
    "started_transaction",
    "cursor_transaction",
    "pseudonym",
    "review_seed",
}

Row = dict[str, Any]
State = dict[tuple[str, str], Row]


def tables() -> dict[str, str]:
    """Every table that a call could write into, and its key."""
    found = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    return {one._meta.db_table: one._meta.pk.column for one in found}


def state() -> State:
    """Every row that there is, in one look."""
    parts = [f"SELECT '{table}', {key}::text, to_jsonb({table}) FROM {table}" for table, key in tables().items()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {(table, key): json.loads(row) if isinstance(row, str) else row for table, key, row in cursor.fetchall()}


def sequences() -> dict[str, int | None]:
    """Where the numbers of new rows stand; a call that is undone takes none of them back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'")
        return dict(cursor.fetchall())


def put_back(places: dict[str, int | None]) -> None:
    """Have the next rows be numbered as if nothing had been."""
    with connection.cursor() as cursor:
        for name, last in places.items():
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])


def known(value: Any) -> Any:
    """A value as two runs of the same call have it: what is drawn or timed anew is left out; long ago is not now."""
    if isinstance(value, dict):
        return {name: known(one) for name, one in value.items() if name not in DRAWN}
    if isinstance(value, list):
        return [known(one) for one in value]
    if isinstance(value, str):
        return ANEW.sub(lambda found: "long ago" if found[0].startswith("2001") else "…", value)
    return value


def effect(before: State, after: State) -> list[Any]:
    """What a call has made of the rows."""
    told: list[Any] = [("gone", *place) for place in before.keys() - after.keys()]
    for (table, key), row in after.items():
        was = before.get((table, key), {})
        if changed := {name: known(each) for name, each in row.items() if was.get(name, row) != each}:
            told.append(("written", table, known(key), known(changed)))
    return sorted(told, key=lambda one: json.dumps(one, sort_keys=True))


@pytest.fixture(scope="module")
def named() -> dict[tuple[str, str], set[str]]:
    """What the OpenAPI document lets each call take."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[tuple[str, str], set[str]] = {}

    def properties(schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        parts = [one for name in ("oneOf", "anyOf", "allOf") for one in schema.get(name, ())]
        return set(schema.get("properties", ())) | {name for one in parts for name in properties(one)}

    for path, verbs in document["paths"].items():
        for verb, call in verbs.items():
            kinds = call.get("requestBody", {}).get("content", {}).values()
            told = {name for kind in kinds for name in properties(kind["schema"])}
            found[nameless(path), verb.upper()] = told | {one["name"] for one in call.get("parameters", ())}
    return found


def nameless(path: str) -> str:
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path.removeprefix("/api/v1/"))


def planted(world: World) -> dict[str, Any]:
    """Every column of every table of ours, with a value that is another one than any call would write."""
    stranger, foreign = world.users["stranger"], world.foreign
    by_target = {
        "User": stranger.pk,
        "Project": foreign.pk,
        "Task": world.foreign_task.pk,
        "Gold": world.foreign_gold.pk,
    }
    found: dict[str, Any] = dict.fromkeys(ALWAYS, True)
    for model in apps.get_app_config("crowd").get_models():
        for field in model._meta.get_fields():
            found.setdefault(field.name, value_of(field, by_target))
            found.setdefault(getattr(field, "attname", field.name), value_of(field, by_target))
    return found | {"role": "owner", "id": 987_654, "pk": 987_654, "owner": stranger.username, "status": "banned"}


def value_of(field: Any, by_target: dict[str, int]) -> Any:
    if field.is_relation:
        return by_target.get(getattr(field.related_model, "__name__", ""), 1)
    if isinstance(field, models.DateTimeField):
        return LONG_AGO
    if isinstance(field, models.BooleanField):
        return True
    if getattr(field, "choices", None):
        return list(field.choices)[-1][0]
    if isinstance(field, models.IntegerField | models.FloatField | models.DecimalField):
        return 7
    return {PLANTED: 1} if isinstance(field, models.JSONField) else PLANTED


def call(world: World, route: Route, verb: str, body: dict[str, Any], extra: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The answer and what it changed; both are undone."""
    caller, path = caller_of(world, route, verb), path_of(world, route)
    query = "&".join(f"{name}={one}" for name, one in extra.items() if isinstance(one, str | int))
    with transaction.atomic():
        before = state()
        raw = json.dumps({**extra, **body})
        answer = getattr(caller, verb.lower())(f"{path}?{query}", raw, content_type="application/json")
        found = effect(before, state())
        transaction.set_rollback(True)
    return answer, found


def meant(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """The body with the world's own rows in place of the first there ever was."""
    unsettled = Task.objects.filter(project=world.project, gold=None, state="open").order_by("-pk")
    rows = {"image": str(unsettled[0].image_id), "ids": [world.conflict.pk]}
    return {name: rows.get(name, each) if each in ("1", [1]) else each for name, each in body.items()}


# calls that this world refuses whatever they are sent: what they would be for is not there
REFUSED = {
    "assignments/<str:pk>/dispute/",
    "uploads/<str:pk>/complete/",
    "guidelines/<int:number>/approve/",
    "images/",
    "imports/",
    "uploads/",
    "pilots/open-rest/",
    "pilots/<int:number>/finish/",
    "pilots/<int:number>/cancel/",
    "model-server/try/",
    "me/appeal/",
    "releases/<int:number>/cancel/",
}


@pytest.mark.parametrize(("route", "verb"), SHORT, ids=[f"{verb} {route.noun or 'project/'}" for route, verb in SHORT])
def test_a_call_does_the_same_whatever_else_it_is_sent(
    world: World, named: dict[tuple[str, str], set[str]], route: Route, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "SystemRandom", lambda: random.Random(0))  # which task is drawn is no effect of fields
    body = meant(world, GOOD.get((route.noun, verb), FIELDS[route.noun, verb]))
    allowed = named[nameless(route.path), verb] | FIELDS[route.noun, verb].keys()
    extra = {name: one for name, one in planted(world).items() if name not in allowed}
    assert len(extra) > 200
    call(world, route, verb, body, {})  # what a first call writes once for all, such as when a token was last used
    places = sequences()
    plain, wanted = call(world, route, verb, body, {})
    assert (plain.status_code < 300) == (route.noun not in REFUSED), plain.content
    put_back(places)
    answer, found = call(world, route, verb, body, extra)
    assert (answer.status_code, found) == (plain.status_code, wanted)
