"""Broken rules, and nothing, as pages."""

import json

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from crowd.models import Project, User
from crowd.web.middleware import CrowdErrorMiddleware
from crowd.workflow.guidelines import publishing
from tests.factories import make


def test_a_broken_rule_is_a_page_with_its_status_and_its_sentence(
    client: Client, project: Project, owner: User
) -> None:
    task = make.task(project)
    client.force_login(owner)
    answer = client.post(f"/projects/{project.slug}/review/{task.pk}/reopen/", {"reason": "why not"})
    assert answer.status_code == 409
    assert "only a settled one can be reopened" in answer.content.decode()


def test_htmx_is_told_in_a_message_and_swaps_nothing(client: Client, project: Project, owner: User) -> None:
    task = make.task(project)
    client.force_login(owner)
    path = f"/projects/{project.slug}/review/{task.pk}/reopen/"
    answer = client.post(path, {"reason": "why not"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"], answer.content) == (409, "none", b"")
    assert "settled" in json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_other_exceptions_are_not_swallowed() -> None:
    middleware = CrowdErrorMiddleware(lambda request: None)  # type: ignore[arg-type, return-value]
    assert middleware.process_exception(RequestFactory().get("/"), ValueError("ours")) is None


def test_nothing_is_json_under_the_api_and_a_page_elsewhere(client: Client, db: None) -> None:
    answer = client.get("/api/v1/no-such-thing/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    page = client.get("/no-such-page/")
    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()


def test_our_own_fault_is_a_page_that_asks_nothing_of_the_database(client: Client) -> None:
    from crowd.web import errors

    answer = errors.server_error(RequestFactory().get("/projects/"))
    assert answer.status_code == 500
    assert "The fault is ours" in answer.content.decode()
    assert errors.server_error(RequestFactory().get("/api/v1/x/"))["Content-Type"] == "application/json"


def test_a_schema_with_faults_keeps_what_was_typed(client: Client, project: Project, owner: User) -> None:
    client.force_login(owner)
    typed = {"body": "kept", "schema": '{"objects": [{"name": "a", "shape": "bx"}]}', "note": "kept too"}
    answer = client.post(f"/projects/{project.slug}/guidelines/new/", typed)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "objects[0].shape" in html
    assert all(part in html for part in ("kept", "kept too", "&quot;bx&quot;"))
    assert project.guidelines.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"), [("{", "Line 1, column 2"), ("[" * 100_000, "nested too deeply"), ("", "required")]
)
def test_what_is_no_json_is_told_with_its_place(
    client: Client, project: Project, owner: User, typed: str, told: str
) -> None:
    client.force_login(owner)
    answer = client.post(f"/projects/{project.slug}/guidelines/preview/", {"body": "", "schema": typed})
    assert answer.status_code == 200
    assert told in answer.content.decode()


def test_a_published_version_cannot_be_edited_or_published_again(client: Client, project: Project, owner: User) -> None:
    client.force_login(owner)
    base = f"/projects/{project.slug}/guidelines/1"
    assert client.get(f"{base}/edit/").status_code == 404
    assert client.post(f"{base}/publish/", {"impact": "clarification"}).status_code == 404


def test_a_renamed_label_keeps_its_answers(client: Client, project: Project, owner: User) -> None:
    worker = make.member(project)
    task = make.task(project)
    make.answer(project, worker, make.CAT)
    schema = json.loads(json.dumps(make.SCHEMA).replace('"cat"', '"kitten"'))
    publishing.draft(project=project, by=owner, body="", schema=schema, now=timezone.now())
    client.force_login(owner)
    answer = client.post(
        f"/projects/{project.slug}/guidelines/2/publish/", {"impact": "clarification", "gone_0": "scene/kitten"}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert project.guidelines.get(number=2).rename == {"scene/cat": "scene/kitten"}
    assert task.assignments.valid().count() == 1


def test_the_last_owner_cannot_leave(client: Client, project: Project, owner: User) -> None:
    client.force_login(owner)
    answer = client.post(f"/projects/{project.slug}/members/{owner.username}/remove/")
    assert answer.status_code == 409
    assert project.memberships.filter(user=owner).exists()


def test_a_project_is_deleted_only_by_its_typed_address(client: Client, project: Project, owner: User) -> None:
    client.force_login(owner)
    path = f"/projects/{project.slug}/settings/delete/"
    assert client.post(path, {"slug": "another"}).status_code == 200
    assert client.get(f"/projects/{project.slug}/").status_code == 200
    assert client.post(path, {"slug": project.slug}).status_code == 302
    assert client.get(f"/projects/{project.slug}/").status_code == 404
