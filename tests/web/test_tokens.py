"""The page of access tokens: made, shown once, ended; and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import ApiToken, Project, User
from crowd.workflow import accounts
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def secret_in(page: str) -> str:
    return page.partition('aria-label="Token" value="')[2].partition('"')[0]


def status(secret: str, path: str) -> int:
    return APIClient().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_works_and_is_ended(browser: Client, owner: User, project: Project) -> None:
    answer = browser.post("/tokens/", {"name": "cluster", "days": "30", "project": "*"})
    secret, made = secret_in(answer.content.decode()), ApiToken.objects.get(user=owner)
    assert "no-store" in answer["Cache-Control"]
    assert made.expires_at == made.created_at + timedelta(days=30)
    assert status(secret, f"projects/{project.slug}/stats/") == 200
    page = browser.get("/tokens/").content.decode()
    assert secret not in page
    assert "cluster" in page
    assert "last used" in page
    browser.post(f"/tokens/{made.pk}/revoke/")
    assert status(secret, "projects/") == 401


def test_a_token_can_be_confined_to_what_it_needs_in_one_project(browser: Client, project: Project) -> None:
    asked = browser.post("/tokens/", {"name": "ci", "days": "0", "project": project.slug})
    assert "Choose what it may do there." in asked.content.decode()
    wanted = {"name": "ci", "days": "0", "project": project.slug, "scopes": ["read:releases", "write:gold"]}
    answer = browser.post("/tokens/", wanted)
    assert f"in {project.name} only: read releases and labels; plant and change gold" in answer.content.decode()
    secret = secret_in(answer.content.decode())
    assert status(secret, f"projects/{project.slug}/releases/") == 200
    assert status(secret, f"projects/{project.slug}/stats/") == 403
    assert ApiToken.objects.get().expires_at is None


def test_nobody_confines_a_token_to_a_project_that_is_not_theirs(client: Client, project: Project) -> None:
    worker = make.member(project)
    client.force_login(worker)
    assert project.name not in client.get("/tokens/").content.decode()
    client.post("/tokens/", {"name": "ci", "days": "30", "project": project.slug})
    assert not ApiToken.objects.exists()


def test_nobody_sees_or_ends_the_tokens_of_another(browser: Client, project: Project) -> None:
    other = make.user()
    accounts.issue_token(user=other, now=timezone.now(), name="a stranger's")
    assert "stranger" not in browser.get("/tokens/").content.decode()
    assert browser.post(f"/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert ApiToken.objects.count() == 1


def test_an_expired_token_is_named_as_one(browser: Client, owner: User) -> None:
    past = timezone.now() - timedelta(days=2)
    accounts.issue_token(user=owner, now=past, name="old", lifetime=timedelta(days=1))
    assert '<span class="badge badge--failed">expired</span>' in browser.get("/tokens/").content.decode()
