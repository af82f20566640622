"""A token confined to a project does there what its scopes say, and nothing else anywhere."""

from itertools import product

from django.utils import timezone
from rest_framework.test import APIClient

from crowd.api.urls import urlpatterns
from crowd.models import ApiToken
from crowd.workflow import accounts
from tests.api.routes import CALLS, Route
from tests.api.world import V1, World
from tests.factories import make

Scope = ApiToken.Scope
VIEWS = {str(one.pattern): one.callback.cls for one in urlpatterns}
SAFE = {"GET", "HEAD", "OPTIONS"}
# Every call that a scope opens, by the address without its project; a scope that writes reads the same nouns.
OPENED = {
    Scope.READ_RELEASES: {"releases/": "GET", "releases/<int:number>/": "GET", "labels/": "GET"},
    Scope.READ_LABELS: {"labels/": "GET", "tasks/": "GET", "tasks/<str:pk>/": "GET"},
    Scope.READ_IMAGES: {"images/": "GET"},
    Scope.READ_STATS: {"stats/": "GET", "workers/": "GET"},
    Scope.READ_EVENTS: {"events/": "GET"},
    Scope.WRITE_IMAGES: {"images/": "GET POST", "uploads/": "POST", "imports/": "GET POST"},
    Scope.WRITE_GOLD: {"gold/": "GET POST", "gold/<str:pk>/": "GET PATCH DELETE"},
    Scope.WRITE_PRELABELS: {"prelabels/": "POST", "models/": "GET", "scores/": "POST"},
    Scope.WRITE_RELEASES: {"releases/": "GET POST", "releases/<int:number>/cancel/": "POST"},
}
CASES = [
    (scope, noun, verb) for scope, calls in OPENED.items() for noun, verbs in calls.items() for verb in verbs.split()
]


def holder(world: World, *scopes: Scope) -> APIClient:
    secret = accounts.issue_token(user=world.users["owner"], now=timezone.now(), scopes=scopes, project=world.project)
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


def refused(client: APIClient, route: Route, verb: str, world: World) -> bool:
    answer = client.generic(verb, route.fill(world), b"{}", content_type="application/json")
    return answer.status_code in {403, 404} and answer.json()["code"] in {"scope", "not_found"}


def opens(route: Route, verb: str) -> frozenset[Scope]:
    found: frozenset[Scope] = VIEWS[route.path].scopes(verb)
    return found


def test_a_scope_opens_what_it_names(world: World) -> None:
    closed = []
    for scope, noun, verb in CASES:
        route = next(route for route, _ in CALLS if route.path == f"projects/<slug:slug>/{noun}")
        answer = holder(world, scope).generic(verb, route.fill(world), b"{}", content_type="application/json")
        if answer.status_code >= 500 or b'"code":"scope"' in answer.content:
            closed.append((scope, noun, verb))
    assert closed == []


def test_no_scope_opens_anything_else(world: World) -> None:
    """Of all calls and scopes; what is opened is named above or reads a part of it."""
    everything = holder(world, *Scope)
    closed = [(route, verb) for route, verb in CALLS if not opens(route, verb)]
    assert len(closed) > 100
    wrong = [(route.path, verb) for route, verb in closed if not refused(everything, route, verb, world)]
    assert wrong == []


def test_no_reading_scope_changes_anything(world: World) -> None:
    reading = {scope for scope in Scope if scope.startswith("read:")}
    wrong = [(route.path, verb) for route, verb in CALLS if verb not in SAFE and opens(route, verb) & reading]
    assert wrong == []


def test_a_confined_token_reaches_no_other_project_and_no_address_without_its_own(world: World) -> None:
    other = make.project(owner=world.users["owner"])
    token = holder(world, *Scope)
    for noun, verb in product(("releases/", "images/", "gold/", "stats/"), ("GET", "POST")):
        answer = token.generic(verb, f"{V1}projects/{other.slug}/{noun}", b"{}", content_type="application/json")
        assert answer.status_code in {403, 404, 405}, (noun, verb)
    assert token.get(f"{V1}gold/{world.gold.pk}/").status_code == 404
    assert token.get(f"{V1}projects/").status_code == 403


def test_a_scope_gives_nothing_that_its_user_may_not(world: World) -> None:
    secret = accounts.issue_token(
        user=world.users["worker"], now=timezone.now(), scopes=tuple(Scope), project=world.project
    )
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    for noun in ("releases/", "labels/", "gold/", "stats/", "images/"):
        assert client.get(world.base + noun).json()["code"] in {"role_required", "not_found"}, noun


def test_an_unknown_scope_is_refused(world: World) -> None:
    answer = world.as_("owner").post(world.base + "tokens/", {"name": "x", "scopes": ["write:everything"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
