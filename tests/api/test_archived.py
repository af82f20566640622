"""What is archived is read and not changed, by no address that there is; and a project's life over HTTP."""

from django.db import transaction
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from crowd.models import Project
from crowd.web.urls import urlpatterns
from crowd.workflow import projects
from crowd.workflow.projects import life
from tests.api.routes import CALLS
from tests.api.test_tenancy import ALLOWED
from tests.api.world import V1, World
from tests.factories import make

# What may be done all the same: its own end, the way back, what changes nothing here, and what is in hand handed in.
THOUGH_ARCHIVED = {
    ("", "DELETE"),
    ("images/<int:pk>/", "DELETE"),
    ("archive/", "POST"),
    ("unarchive/", "POST"),
    ("restore/", "POST"),
    ("duplicate/", "POST"),
    ("assignments/", "POST"),  # answered with why there is no work
    ("assignments/<str:pk>/", "PATCH"),
    ("assignments/<str:pk>/submit/", "POST"),
    ("assignments/<str:pk>/skip/", "POST"),
    ("assignments/<str:pk>/propose/", "POST"),
}
PAGES_THOUGH_ARCHIVED = {"project_duplicate", "project_unarchive", "project_delete", "image_erase"}


def archived(world: World) -> None:
    life.archive(project=world.project, by=world.users["owner"], now=timezone.now())


def test_every_call_that_would_change_an_archived_project_is_refused_with_the_same_error(world: World) -> None:
    archived(world)
    wrong, refused = [], 0
    for route, verb in CALLS:
        if verb == "GET" or route.path in {"projects/", "account/"} or (route.noun, verb) in THOUGH_ARCHIVED:
            continue
        who = sorted(ALLOWED[route.noun][verb])[0]
        if "owner" in ALLOWED[route.noun][verb]:
            who = "owner"
        caller = world.as_(who)
        with transaction.atomic():
            answer = getattr(caller, verb.lower())(route.fill(world))
            transaction.set_rollback(True)
        refused += 1
        if answer.status_code != 409 or answer.json()["code"] != "archived":
            wrong.append((verb, route.path, who, answer.status_code, answer.content[:200]))
    assert wrong == []
    assert refused > 60


def test_what_may_be_done_all_the_same_is(world: World) -> None:
    archived(world)
    known = {(route.noun, verb) for route, verb in CALLS}
    assert known >= THOUGH_ARCHIVED
    worker = world.as_("worker")
    assert worker.post(f"{world.base}assignments/").json()["code"] == "paused"
    sent = worker.post(f"{V1}assignments/{world.held.pk}/submit/", {"annotation": make.CAT})
    assert (sent.status_code, sent.json()["state"]) == (200, "submitted")
    assert world.as_("owner").post(f"{world.base}unarchive/").json()["archived_at"] is None


def pages() -> list[URLPattern]:
    return [one for one in urlpatterns if "<slug:slug>" in str(one.pattern)]


def test_every_page_that_would_change_an_archived_project_refuses_it(world: World, client: Client) -> None:
    archived(world)
    wrong, refused = [], 0
    for page in pages():
        path = "/" + str(page.pattern).replace("<slug:slug>", world.project.slug)
        for hole in ("<int:pk>", "<int:number>", "<int:other>", "<int:before>", "<int:after>"):
            path = path.replace(hole, "1")
        path = path.replace("<uuid:pk>", str(world.held.pk)).replace("<str:username>", "worker")
        path = path.replace("<slug:part>", "progress")
        for who in ("owner", "worker"):
            client.force_login(world.users[who])
            with transaction.atomic():
                answer = client.post(path, HTTP_ACCEPT="application/json")
                transaction.set_rollback(True)
            if answer.status_code in {404, 405}:
                continue
            refused += 1
            if page.name not in PAGES_THOUGH_ARCHIVED and answer.status_code != 409:
                wrong.append((page.name, who, answer.status_code))
    assert wrong == []
    assert refused > 25


def test_a_project_is_handed_on_deleted_and_brought_back(world: World) -> None:
    owner, heir = world.as_("owner"), world.as_("colleague")
    path = f"{world.base}transfer/"
    assert "username" in owner.post(path, {"username": "nobody-at-all"}).json()["errors"]
    assert owner.post(path, {"username": "colleague", "stays": "reviewer"}).status_code == 204
    assert owner.get(world.base).json()["code"] == "role_required"
    assert heir.get(world.base).json()["role"] == "owner"
    assert heir.delete(world.base).status_code == 204
    assert owner.post(f"{world.base}restore/").status_code == 404
    assert heir.post(f"{world.base}restore/").json()["slug"] == world.project.slug
    assert Project.objects.get(pk=world.project.pk).deleted_at is None
    gone = timezone.now() - life.GRACE - life.GRACE
    projects.delete(project=world.project, by=world.users["owner"], now=gone)
    assert heir.post(f"{world.base}restore/").json()["code"] == "grace_over"
