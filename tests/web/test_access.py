"""Every page is its own people's, and 404 to everybody else."""

import pytest
from django.test import Client

from crowd.models import Project, User
from tests.factories import make

OWNER, REVIEWER, WORKER = "owner", "reviewer", "worker"
ALL = {OWNER, REVIEWER, WORKER}
PAGES = {
    "": ALL,
    "progress/": {OWNER, REVIEWER},
    "quality/": {OWNER},
    "quality/classes/": {OWNER},
    "quality/review/charts/": {OWNER},
    "quality/labels/charts/": {OWNER},
    "simulator/": {OWNER},
    "label/": {WORKER},
    "history/": {WORKER},
    "guidelines/": ALL,
    "guidelines/1/": ALL,
    "guidelines/1/text/": ALL,
    "guidelines/2/": {OWNER},
    "guidelines/2/edit/": {OWNER},
    "guidelines/2/publish/": {OWNER},
    "guidelines/2/impact/": {OWNER},
    "guidelines/2/gold/": {OWNER},
    "guidelines/2/examples/": {OWNER},
    "guidelines/2/examples/new/": {OWNER},
    "guidelines/1/diff/2/": {OWNER},
    "guidelines/new/": {OWNER},
    "guidelines/agreement/": {OWNER},
    "guidelines/course/": {OWNER},
    "images/": {OWNER, REVIEWER},
    "images/tiles/": {OWNER, REVIEWER},
    "images/{task}/": {OWNER, REVIEWER},
    "gold/": {OWNER},
    "gold/new/": {OWNER},
    "gold/{gold}/": {OWNER},
    "gold/proposals/": {OWNER},
    "workers/": {OWNER},
    "workers/a-worker/": {OWNER},
    "review/": {OWNER, REVIEWER},
    "review/sheet/": {OWNER, REVIEWER},
    "review/{task}/": {OWNER, REVIEWER},
    "review/{task}/data/": {OWNER, REVIEWER},
    "review/{task}/groups/": {OWNER, REVIEWER},
    "reports/": {OWNER, REVIEWER},
    "label/changes/1/1/": {WORKER},
    "pilots/": {OWNER},
    "releases/": {OWNER, REVIEWER},
    "releases/rows/": {OWNER, REVIEWER},
    "members/": {OWNER},
    "members/payout/": {OWNER},
    "events/": {OWNER},
    "settings/": {OWNER},
    "settings/duplicate/": {OWNER},
    "settings/transfer/": {OWNER},
    "webhooks/": {OWNER},
}
ACTIONS = {
    "pilots/open-rest/": {OWNER},
    "pilots/1/finish/": {OWNER},
    "pilots/1/cancel/": {OWNER},
    "guidelines/preview/": {OWNER},
    "guidelines/1/acknowledge/": {WORKER},
    "guidelines/1/begin/": {OWNER},
    "guidelines/2/review/": {OWNER},
    "guidelines/2/examples/1/remove/": {OWNER},
    "images/filters/": {OWNER, REVIEWER},
    "images/{task}/change/": {OWNER, REVIEWER},
    "images/{task}/erase/": {OWNER},
    "gold/{gold}/withdraw/": {OWNER},
    "gold/{gold}/confirm/": {OWNER},
    "releases/cut/": {OWNER},
    "releases/1/cancel/": {OWNER},
    "members/a-worker/remove/": {OWNER},
    "members/a-worker/tags/": {OWNER},
    "members/a-worker/expert/": {OWNER},
    "review/next/": {OWNER, REVIEWER},
    "review/accept/": {OWNER, REVIEWER},
    "members/invite/": {OWNER},
    "members/list/": {OWNER},
    "settings/archive/": {OWNER},
    "settings/unarchive/": {OWNER},
    "appeal/": {WORKER},
}


@pytest.fixture
def people(project: Project, owner: User) -> dict[str, User]:
    from django.utils import timezone

    from crowd.workflow.guidelines import publishing

    publishing.draft(project=project, by=owner, body="", schema=make.SCHEMA, now=timezone.now())
    return {
        OWNER: owner,
        REVIEWER: make.member(project, "reviewer"),
        WORKER: make.member(project, username="a-worker"),
        "stranger": make.project(make.user("another-owner")).memberships.get().user,
    }


def address(project: Project, page: str) -> str:
    gold = getattr(project, "_gold", None) or make.golden(project)
    project._gold = gold  # type: ignore[attr-defined]
    return f"/projects/{project.slug}/{page.format(gold=gold.pk, task=gold.task_id)}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_there_for_its_people_and_404_for_all_others(
    client: Client, project: Project, people: dict[str, User], page: str
) -> None:
    found = {}
    for role, user in people.items():
        client.force_login(user)
        found[role] = client.get(address(project, page)).status_code
    assert found == {role: 200 if role in PAGES[page] else 404 for role in people}


@pytest.mark.parametrize("page", ACTIONS)
def test_an_action_is_404_for_whom_it_is_not(
    client: Client, project: Project, people: dict[str, User], page: str
) -> None:
    for role, user in people.items():
        if role not in ACTIONS[page]:
            client.force_login(user)
            assert client.post(address(project, page)).status_code == 404, role


@pytest.mark.parametrize("page", [*PAGES, *ACTIONS])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, project: Project, page: str) -> None:
    path = address(project, page)
    answer = client.post(path) if page in ACTIONS else client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_a_project_that_is_not_there_looks_like_one_that_is_not_yours(
    client: Client, project: Project, people: dict[str, User]
) -> None:
    client.force_login(people["stranger"])
    theirs, nobodys = client.get(f"/projects/{project.slug}/"), client.get("/projects/no-such/")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.content == nobodys.content


def test_ids_of_another_project_are_404_under_ones_own(
    client: Client, project: Project, owner: User, people: dict[str, User]
) -> None:
    foreign = make.golden(make.project(make.user("third")))
    client.force_login(owner)
    base = f"/projects/{project.slug}"
    for path in (
        f"{base}/gold/{foreign.pk}/",
        f"{base}/review/{foreign.task_id}/",
        f"{base}/gold/new/?task={foreign.task_id}",
    ):
        assert client.get(path).status_code == 404, path
    assert client.post(f"{base}/gold/{foreign.pk}/withdraw/").status_code == 404
    assert client.post(f"{base}/review/{foreign.task_id}/reopen/", {"reason": "mine now"}).status_code == 404


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=99999999999999999999999", "?state=nonsense", "?q=%00", "?q=%25_'"]
)
def test_nonsense_in_the_query_is_no_error(client: Client, project: Project, owner: User, query: str) -> None:
    client.force_login(owner)
    for page in ("images/", "gold/new/", "review/"):
        assert client.get(f"/projects/{project.slug}/{page}{query}").status_code == 200


def test_every_page_carries_the_policy_and_nothing_inline(
    client: Client, project: Project, people: dict[str, User]
) -> None:
    for page in PAGES:
        role = OWNER if OWNER in PAGES[page] else WORKER
        client.force_login(people[role])
        answer = client.get(address(project, page))
        policy = answer["Content-Security-Policy"]
        if not answer["Content-Type"].startswith("text/html"):
            assert policy == "default-src 'none'; frame-ancestors 'none'"
            continue
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        html = answer.content.decode()
        assert " style=" not in html
        assert "<script>" not in html
        assert " onclick=" not in html
