"""Who is calling: tokens known by their digest only, sessions with CSRF."""

import hashlib
from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import ApiToken, Project, User
from crowd.workflow import accounts
from tests.api.world import V1
from tests.factories import make

PROJECTS = V1 + "projects/"


def call(secret: str, scheme: str = "Bearer") -> int:
    return APIClient().get(PROJECTS, headers={"Authorization": f"{scheme} {secret}"}).status_code


def test_a_token_is_its_user(owner: User) -> None:
    assert call(make.token(owner)) == 200
    assert call(make.token(owner), scheme="bearer") == 200


def test_only_the_digest_of_a_token_is_kept_anywhere(owner: User, project: Project) -> None:
    caller = APIClient(headers={"Authorization": f"Bearer {make.token(owner)}"})
    answer = caller.post(f"{PROJECTS}{project.slug}/tokens/", {"name": "ci", "scopes": ["read:releases"]})
    secret = answer.json()["token"]
    kept = ApiToken.objects.get(name="ci")
    assert kept.digest == hashlib.sha256(secret.encode()).hexdigest()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{secret[8:]}%"])
            assert cursor.fetchone() == (0,), table
    [listed] = caller.get(f"{PROJECTS}{project.slug}/tokens/").json()["results"]
    assert listed.keys() == {"id", "name", "scopes", "created_at", "expires_at", "last_used_at"}


def test_a_token_that_is_wrong_over_or_revoked_is_nobody(owner: User) -> None:
    now = timezone.now()
    over = accounts.issue_token(user=owner, now=now - timedelta(days=2), lifetime=timedelta(days=1))
    valid = accounts.issue_token(user=owner, now=now, lifetime=timedelta(days=1))
    digest = ApiToken.objects.latest("pk").digest
    assert [call(one) for one in (over, valid, digest, "", "crowd_x", "é", valid + "x", valid[:-1])] == [
        401, 200, 401, 401, 401, 401, 401, 401,
    ]  # fmt: skip
    assert call(valid, scheme="Token") == 401
    ApiToken.objects.all().delete()
    assert call(valid) == 401


def test_an_inactive_user_has_no_token_and_no_session(owner: User, client: Client) -> None:
    secret = make.token(owner)
    client.force_login(owner)
    assert client.get(PROJECTS).status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert (call(secret), client.get(PROJECTS).status_code) == (401, 401)


def test_a_revoked_token_of_a_project_is_refused_at_once(owner: User, project: Project) -> None:
    caller = APIClient(headers={"Authorization": f"Bearer {make.token(owner)}"})
    tokens = f"{PROJECTS}{project.slug}/tokens/"
    secret = caller.post(tokens, {"scopes": ["read:releases"], "days": 1}).json()["token"]
    releases = {"path": f"{PROJECTS}{project.slug}/releases/", "headers": {"Authorization": f"Bearer {secret}"}}
    assert APIClient().get(**releases).status_code == 200
    [listed] = caller.get(tokens).json()["results"]
    assert listed["last_used_at"] is not None
    assert caller.delete(f"{tokens}{listed['id']}/").status_code == 204
    assert APIClient().get(**releases).status_code == 401


def test_the_last_use_is_written_once_a_minute(owner: User) -> None:
    secret = make.token(owner)
    call(secret)
    token = ApiToken.objects.get()
    first = token.last_used_at
    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    call(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    call(secret)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at > first


def test_nobody_is_told_how_to_be_somebody(db: None) -> None:
    answer = APIClient().get(PROJECTS)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "not_authenticated"


def test_a_session_changes_nothing_without_csrf(owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    assert SESSION_KEY in browser.session
    assert browser.get(PROJECTS).status_code == 200
    refused = browser.post(PROJECTS, {"name": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json().keys()) == (403, {"code", "detail", "errors"})
    browser.get("/")  # any page sets the cookie
    token = browser.cookies["csrftoken"].value
    made = browser.post(PROJECTS, {"name": "x"}, content_type="application/json", headers={"X-CSRFToken": token})
    assert made.status_code == 201


def test_a_token_needs_no_csrf(owner: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {make.token(owner)}"})
    assert client.post(PROJECTS, {"name": "x"}, content_type="application/json").status_code == 201
