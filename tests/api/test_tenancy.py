"""Who may call what, for every address and verb that the URL map has: a new one fails here until it is listed."""

import pytest
from django.db import transaction

from crowd.models import Assignment
from tests.api.routes import CALLS, ROUTES, VERBS, Route
from tests.api.world import PEOPLE, V1, World, client
from tests.factories import make

ANYBODY = {"stranger", "worker", "colleague", "reviewer", "owner"}
MEMBERS = ANYBODY - {"stranger"}
WORKERS = {"worker", "colleague"}
OVERSEERS = {"reviewer", "owner"}
OWNER = {"owner"}
HOLDER = {"worker"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "projects/": {"GET": ANYBODY, "POST": ANYBODY},
    "account/": {"DELETE": ANYBODY},
    "": {"GET": OWNER, "PATCH": OWNER, "DELETE": OWNER},
    "members/": {"GET": OWNER, "POST": OWNER},
    "members/<username:username>/": {"PATCH": OWNER, "DELETE": OWNER},
    "invitations/": {"GET": OWNER, "POST": OWNER},
    "invitations/<int:pk>/": {"DELETE": OWNER},
    "duplicate/": {"POST": OWNER},
    "archive/": {"POST": OWNER},
    "unarchive/": {"POST": OWNER},
    "restore/": {"POST": OWNER},
    "transfer/": {"POST": OWNER},
    "tokens/": {"GET": OWNER, "POST": OWNER},
    "tokens/<int:pk>/": {"DELETE": OWNER},
    "guidelines/": {"GET": MEMBERS, "POST": OWNER},
    "guidelines/<int:number>/": {"GET": MEMBERS, "PATCH": OWNER},
    "guidelines/<int:number>/publish/": {"POST": OWNER},
    "guidelines/<int:number>/acknowledge/": {"POST": WORKERS},
    "guidelines/<int:number>/impact/": {"GET": OWNER},
    "guidelines/import/": {"POST": OWNER},
    "guidelines/<int:number>/begin/": {"POST": OWNER},
    "guidelines/<int:number>/review/": {"POST": OWNER},
    "guidelines/<int:number>/approve/": {"POST": OWNER},
    "guidelines/<int:number>/examples/": {"GET": MEMBERS, "POST": OWNER},
    "guidelines/<int:number>/examples/<int:pk>/": {"GET": OWNER, "PATCH": OWNER, "DELETE": OWNER},
    "guidelines/<int:number>/diff/<int:other>/": {"GET": MEMBERS},
    "images/": {"GET": OVERSEERS, "POST": OWNER},
    "images/<int:pk>/": {"GET": OVERSEERS, "DELETE": OWNER},
    "images/quality/": {"GET": OVERSEERS},
    "images/quality/images/": {"GET": OVERSEERS},
    "uploads/": {"POST": OWNER},
    "uploads/<str:pk>/complete/": {"POST": OWNER},
    "imports/": {"GET": OWNER, "POST": OWNER},
    "imports/<str:pk>/": {"GET": OWNER},
    "imports/<str:pk>/cancel/": {"POST": OWNER},
    "imports/<str:pk>/errors/": {"GET": OWNER},
    "tasks/": {"GET": OVERSEERS},
    "tasks/bulk/": {"GET": OVERSEERS, "POST": OVERSEERS},
    "tasks/bulk/<int:pk>/": {"GET": OVERSEERS},
    "tasks/bulk/<int:pk>/cancel/": {"POST": OVERSEERS},
    "tasks/<str:pk>/": {"GET": OVERSEERS, "PATCH": OVERSEERS},
    "tasks/<str:pk>/adjudicate/": {"POST": OVERSEERS},
    "tasks/<str:pk>/reopen/": {"POST": OVERSEERS},
    "tasks/<str:pk>/ask/": {"POST": OVERSEERS},
    "conflicts/": {"GET": OVERSEERS},
    "conflicts/next/": {"POST": OVERSEERS},
    "conflicts/accept/": {"POST": OVERSEERS},
    "conflicts/<str:pk>/": {"GET": OVERSEERS},
    "conflicts/<str:pk>/take/": {"POST": OVERSEERS},
    "conflicts/<str:pk>/release/": {"POST": OVERSEERS},
    "conflicts/<str:pk>/escalate/": {"POST": OVERSEERS},
    "conflicts/<str:pk>/comments/": {"GET": OVERSEERS, "POST": OVERSEERS},
    "gold/": {"GET": OWNER, "POST": OWNER},
    "gold/<str:pk>/": {"GET": OWNER, "PATCH": OWNER, "DELETE": OWNER},
    "gold/<str:pk>/confirm/": {"POST": OWNER},
    "gold/proposals/": {"GET": OWNER},
    "gold/proposals/<int:pk>/approve/": {"POST": OWNER},
    "gold/proposals/<int:pk>/reject/": {"POST": OWNER},
    "disputes/": {"GET": OWNER},
    "disputes/<int:pk>/reject/": {"POST": OWNER},
    "pilots/": {"GET": OWNER, "POST": OWNER},
    "pilots/open-rest/": {"POST": OWNER},
    "pilots/<int:number>/": {"GET": OWNER},
    "pilots/<int:number>/finish/": {"POST": OWNER},
    "pilots/<int:number>/cancel/": {"POST": OWNER},
    "prelabels/": {"POST": OWNER},
    "scores/": {"POST": OWNER},
    "models/": {"GET": OWNER},
    "models/<int:pk>/": {"GET": OWNER},
    "models/<int:pk>/mistakes/": {"GET": OWNER},
    "model-server/": {"GET": OWNER, "POST": OWNER, "DELETE": OWNER},
    "model-server/try/": {"POST": OWNER},
    "model-server/runs/": {"GET": OWNER, "POST": OWNER},
    "model-server/runs/<int:pk>/": {"GET": OWNER},
    "model-server/runs/<int:pk>/cancel/": {"POST": OWNER},
    "assignments/": {"POST": WORKERS},
    "assignments/<str:pk>/": {"GET": HOLDER, "PATCH": HOLDER},
    "assignments/<str:pk>/submit/": {"POST": HOLDER},
    "assignments/<str:pk>/skip/": {"POST": HOLDER},
    "assignments/<str:pk>/propose/": {"POST": HOLDER},
    "assignments/<str:pk>/dispute/": {"POST": HOLDER},
    "assignments/<str:pk>/report/": {"POST": HOLDER},
    "reports/": {"GET": OVERSEERS},
    "reports/<str:pk>/": {"PATCH": OVERSEERS},
    "me/reports/": {"GET": WORKERS},
    "me/": {"GET": WORKERS},
    "me/appeal/": {"POST": WORKERS},
    "appeals/": {"GET": OWNER},
    "appeals/<str:pk>/decide/": {"POST": OWNER},
    "stats/": {"GET": OWNER},
    "simulate/": {"POST": OWNER},
    "workers/": {"GET": OWNER},
    "workers/<username:username>/": {"PATCH": OWNER},
    "releases/": {"GET": OVERSEERS, "POST": OWNER},
    "releases/<int:number>/": {"GET": OVERSEERS},
    "releases/<int:number>/cancel/": {"POST": OWNER},
    "releases/<int:number>/diff/<int:other>/": {"GET": OVERSEERS},
    "releases/<int:number>/images/": {"GET": OVERSEERS},
    "releases/<int:number>/files/<slug:format_name>/": {"GET": OVERSEERS},
    "releases/<int:number>/derive/": {"GET": OWNER, "POST": OWNER},
    "origin/": {"GET": OWNER},
    "labels/": {"GET": OVERSEERS},
    "events/": {"GET": OWNER},
    "webhooks/": {"GET": OWNER, "POST": OWNER},
    "webhooks/<str:pk>/": {"GET": OWNER, "PATCH": OWNER, "DELETE": OWNER},
    "webhooks/<str:pk>/rotate/": {"POST": OWNER},
    "webhooks/<str:pk>/deliveries/": {"GET": OWNER},
    "deliveries/<str:pk>/redeliver/": {"POST": OWNER},
}


def attempt(world: World, who: str, verb: str, path: str, body: object = None) -> tuple[int, dict]:
    """Call, and take back whatever it did."""
    caller = world.as_(who)
    with transaction.atomic():
        answer = getattr(caller, verb.lower())(path, body)
        transaction.set_rollback(True)
    return answer.status_code, answer.json() if answer.status_code >= 400 and answer.content else {}


def test_every_address_says_who_may_call_it() -> None:
    served = {(route.noun, verb) for route, verb in CALLS}
    assert served == {(noun, verb) for noun, verbs in ALLOWED.items() for verb in verbs}


def test_each_call_is_answered_to_those_it_is_for_and_refused_to_all_others(world: World) -> None:
    wrong = []
    for route in ROUTES:
        for verb in VERBS:
            allowed = ALLOWED[route.noun].get(verb)
            for who in PEOPLE:
                status, body = attempt(world, who, verb, route.fill(world))
                if who == "anonymous":
                    fine = status == 401
                elif allowed is None:
                    fine = status == 405
                elif who in allowed:
                    fine = status in {200, 201, 202, 204, 302, 400, 409, 415}
                elif who == "stranger":
                    fine = status == 404
                else:
                    fine = status in {403, 404}
                if not fine or (status >= 400 and set(body) != {"code", "detail", "errors"}):
                    wrong.append((verb, route.path, who, status, body))
    assert wrong == []


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS"])
def test_the_quiet_verbs_tell_a_stranger_nothing(world: World, verb: str) -> None:
    for route in (route for route in ROUTES if route.path not in {"projects/", "account/"}):
        here = getattr(world.as_("stranger"), verb.lower())(route.fill(world))
        nowhere = getattr(world.as_("stranger"), verb.lower())(
            route.fill(world, **{"<slug:slug>": "no-such", "<str:pk>": 999_999_999})
        )
        assert (here.status_code, here.content) == (nowhere.status_code, nowhere.content), route.path


def by_id() -> list[Route]:
    return [route for route in ROUTES if "<slug:slug>" in route.path and "<str:pk>" in route.path]


def test_the_longer_address_answers_the_same_as_the_short_one(world: World) -> None:
    checked = 0
    for route in by_id():
        for verb in route.verbs:
            who = sorted(ALLOWED[route.noun][verb])[0]
            longer = attempt(world, who, verb, route.fill(world))
            assert longer == attempt(world, who, verb, V1 + route.fill(world).removeprefix(world.base))
            checked += longer[0] < 500
    assert checked == sum(len(route.verbs) for route in by_id())


def test_an_id_is_missing_below_another_project_than_its_own(world: World) -> None:
    """Also for somebody who may see both."""
    for who, user in world.users.items():
        if who != "stranger":
            role = "worker" if who in WORKERS else "owner"
            world.foreign.memberships.create(user=user, role=role, created_at=world.gold.created_at)
    for route in by_id():
        path = route.fill(world, **{"<slug:slug>": world.foreign.slug})
        for verb in route.verbs:
            for who in world.users:
                assert attempt(world, who, verb, path)[0] == 404, (verb, path, who)


def test_another_projects_image_cannot_be_made_gold(world: World) -> None:
    image = world.foreign_task.image
    for reference in (image.pk, image.name, image.sha256):
        status, body = attempt(
            world, "owner", "POST", world.base + "gold/", {"image": reference, "annotation": make.CAT}
        )
        assert (status, body["code"]) == (400, "unknown_image")


def test_another_tasks_answer_cannot_be_accepted(world: World) -> None:
    other = Assignment.objects.valid().filter(task=world.agreed)[0]
    attempt_at = f"{V1}tasks/{world.ruled.pk}/"
    assert attempt(world, "reviewer", "POST", attempt_at + "reopen/", {"reason": "Look again."})[0] == 200
    world.as_("reviewer").post(attempt_at + "reopen/", {"reason": "Look again."})
    status, body = attempt(world, "reviewer", "POST", attempt_at + "adjudicate/", {"accept": str(other.pk)})
    assert (status, list(body["errors"])) == (400, ["accept"])


def test_a_worker_sees_no_draft_of_a_guideline(world: World) -> None:
    numbers = {
        who: [one["number"] for one in world.as_(who).get(world.base + "guidelines/").json()["results"]]
        for who in ("worker", "reviewer", "owner")
    }
    assert numbers == {"worker": [1], "reviewer": [1], "owner": [1, 2]}
    for path in ("guidelines/2/", "guidelines/1/diff/2/", "guidelines/2/diff/1/"):
        assert world.as_("worker").get(world.base + path).status_code == 404
    assert attempt(world, "worker", "POST", world.base + "guidelines/2/acknowledge/")[0] == 404


def test_how_workers_are_checked_is_told_to_owners_only(world: World) -> None:
    [mine] = world.as_("worker").get(V1 + "projects/").json()["results"]
    assert mine.keys() == {"slug", "name", "role", "guideline", "created_at", "archived_at"}
    [owned] = world.as_("owner").get(V1 + "projects/").json()["results"]
    assert (owned["gold_rate"], owned["role"], owned["guideline"]) == (0.1, "owner", 1)


def test_who_is_no_worker_any_more_has_lost_their_assignments_too(world: World) -> None:
    path = f"{V1}assignments/{world.held.pk}/"
    assert world.as_("worker").get(path).status_code == 200
    world.as_("owner").delete(world.base + "members/worker/")
    for verb, part in (("GET", ""), ("PATCH", ""), ("POST", "submit/"), ("POST", "skip/")):
        assert attempt(world, "worker", verb, path + part)[0] == 404


def test_a_scoped_token_reads_releases_and_labels_of_its_project_and_nothing_else(world: World) -> None:
    holder = client(HTTP_AUTHORIZATION=f"Bearer {world.secret}")
    mine = make.project(world.users["owner"])  # the token's own user may, the token may not
    reached = set()
    for route in ROUTES:
        for verb in route.verbs:
            with transaction.atomic():
                answer = getattr(holder, verb.lower())(route.fill(world))
                transaction.set_rollback(True)
            if answer.status_code < 400:
                reached.add((route.noun, verb))
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "scope"), route.path
            if "<slug:slug>" in route.path:
                elsewhere = getattr(holder, verb.lower())(route.fill(world, **{"<slug:slug>": mine.slug}))
                assert elsewhere.status_code in {403, 404}, route.path
    assert reached == {
        ("releases/", "GET"),
        ("releases/<int:number>/", "GET"),
        ("releases/<int:number>/diff/<int:other>/", "GET"),
        ("releases/<int:number>/images/", "GET"),
        ("releases/<int:number>/files/<slug:format_name>/", "GET"),
        ("labels/", "GET"),
    }


def test_a_scoped_token_may_no_more_than_who_made_it(world: World) -> None:
    holder = client(HTTP_AUTHORIZATION=f"Bearer {world.secret}")
    assert holder.get(world.base + "releases/").status_code == 200
    world.project.memberships.filter(user=world.users["owner"]).update(role="worker")
    assert holder.get(world.base + "releases/").status_code == 403
    world.project.memberships.filter(user=world.users["owner"]).delete()
    assert holder.get(world.base + "releases/").status_code == 404
