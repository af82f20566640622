"""How many SQL statements a call makes: few, and not more for more rows."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.celery import app
from crowd.models import ApiToken, Conflict, Project, User
from crowd.workflow import accounts, conflicts, releasing
from crowd.workflow.conflicts import adjudication
from crowd.workflow.guidelines import publishing
from tests.api.world import V1, client
from tests.factories import make

CLAIM_AT_MOST = 7  # two of them are the transaction
SUBMIT_AT_MOST = 5
LIST_AT_MOST = 12
LISTS = (
    *("images", "tasks", "gold", "workers", "members", "labels", "events", "releases", "conflicts", "guidelines"),
    "tokens",
)


def statements(call: Callable[[], object]) -> int:
    """Count what the call asks of the database, its authentication included."""
    with CaptureQueriesContext(connection) as caught:
        call()
    return len(caught)


def used(user: User) -> APIClient:
    """A client whose token has been used in this minute."""
    made = client(user)
    made.get(V1 + "projects/")
    return made


def test_a_claim_and_a_submit_make_few_statements_however_many_images_there_are(project: Project) -> None:
    api = used(make.member(project))
    path = f"{V1}projects/{project.slug}/assignments/"
    counts = []
    for images in (1, 2, 20):
        make.images(project, images)
        given: list[str] = []
        claimed = statements(lambda ids=given: ids.append(api.post(path).json()["results"][0]["id"]))
        address = f"{V1}assignments/{given[0]}/submit/"
        counts.append((claimed, statements(lambda to=address: api.post(to, {"annotation": make.CAT}))))
    warm = counts[1:]  # the first one reads the schema, once in the life of a process
    assert warm[0] == warm[1]
    assert warm[0][0] <= CLAIM_AT_MOST
    assert warm[0][1] <= SUBMIT_AT_MOST


def test_a_batch_of_claims_makes_no_more_statements_than_one(project: Project) -> None:
    api = used(make.member(project))
    make.images(project, 30)
    path = f"{V1}projects/{project.slug}/assignments/"
    one = statements(lambda: api.post(path, {"count": 1}))
    assert statements(lambda: api.post(path, {"count": 20})) == one


def grow(project: Project, owner: User, count: int, now: object) -> None:
    """Add `count` of everything that is listed."""
    for _ in range(count):
        make.member(project)
        make.golden(project)
        ruled, disputed = make.task(project), make.task(project)
        worker = make.member(project)
        for _ in range(2):
            make.answer(project, worker)
        adjudication.adjudicate(task=ruled, by=owner, annotation=make.CAT, now=now)
        conflicts.open_(task=disputed, kind=Conflict.Kind.SKIPPED, consensus=None, now=now)
        publishing.draft(project=project, by=owner, body="", schema=make.SCHEMA, now=now)
        accounts.issue_token(user=owner, now=now, project=project, scopes=(ApiToken.Scope.READ_RELEASES,))
        releasing.cut(project=project, by=owner, now=now)


@pytest.fixture
def counted(settled: None) -> dict[str, list[tuple[int, int]]]:
    """Rows and statements of each list, small and then large."""
    app.conf.task_always_eager = False  # nothing is resolved meanwhile
    owner = make.user()
    project = make.project(owner, overlap=50, max_overlap=50)
    api = used(owner)
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in (*LISTS, "projects")}
    for size in (2, 6):
        grow(project, owner, size, timezone.now())
        for _ in range(size):
            make.project(owner)
        for name in found:
            path = V1 + ("projects/" if name == "projects" else f"projects/{project.slug}/{name}/")
            rows: list[int] = []
            count = statements(lambda p=path, r=rows: r.append(len(api.get(p).json()["results"])))
            found[name].append((rows[0], count))
    return found


def test_no_list_asks_more_for_more_rows(counted: dict[str, list[tuple[int, int]]]) -> None:
    for name, (few, many) in counted.items():
        assert 2 <= few[0] < many[0], (name, few, many)
        assert few[1] == many[1] <= LIST_AT_MOST, (name, few, many)
