"""The owner's pages of webhooks: secrets once, deliveries with their answers, and nothing of another project."""

from typing import Any

import pytest
from django.test import Client

from crowd.models import Delivery, Project, User, Webhook
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User) -> Client:
    made = Client()
    made.force_login(owner)
    return made


@pytest.fixture
def added(browser: Client, project: Project) -> Webhook:
    answer = browser.post(
        f"/projects/{project.slug}/webhooks/", {"url": "https://8.8.8.8/in", "types": "task.resolved"}
    )
    made = Webhook.objects.get(project=project)
    assert made.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    return made


def page(browser: Client, project: Project, rest: str = "") -> str:
    return browser.get(f"/projects/{project.slug}/webhooks/{rest}").content.decode()


def test_a_secret_is_shown_when_it_is_made_and_never_again(browser: Client, project: Project, added: Webhook) -> None:
    for rest in ("", f"{added.pk}/"):
        assert added.secret not in page(browser, project, rest)
    answer = browser.post(f"/projects/{project.slug}/webhooks/{added.pk}/rotate/")
    old, new = added.secret, Webhook.objects.get().secret
    assert new != old
    assert new in answer.content.decode()
    assert old not in answer.content.decode()


def test_a_wrong_address_is_told_beside_its_field(browser: Client, project: Project) -> None:
    answer = browser.post(f"/projects/{project.slug}/webhooks/", {"url": "http://10.0.0.1/", "types": "x"})
    assert "CROWD_EGRESS_ALLOW" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_an_endpoint_is_paused_resumed_sent_again_and_removed(
    browser: Client, project: Project, added: Webhook
) -> None:
    made = Delivery.objects.create(
        webhook=added,
        event=project.events.first(),
        state="dead",
        status=500,
        excerpt="<b>no",
        created_at=added.created_at,
    )
    shown = page(browser, project, f"{added.pk}/")
    assert "&lt;b&gt;no" in shown
    assert made.message in shown
    base = f"/projects/{project.slug}/webhooks/"
    browser.post(f"{base}deliveries/{made.pk}/redeliver/")
    made.refresh_from_db()
    assert made.asked_at is not None
    for state in ("paused", "active"):
        browser.post(f"{base}{added.pk}/switch/")
        added.refresh_from_db()
        assert added.state == state
    browser.post(f"{base}{added.pk}/remove/")
    assert not Webhook.objects.exists()


def test_another_projects_webhook_is_not_there(browser: Client, project: Project, added: Webhook) -> None:
    elsewhere: Any = make.project(User.objects.get(username="owner"))
    made = Delivery.objects.create(
        webhook=added, event=project.events.first(), state="dead", created_at=added.created_at
    )
    base = f"/projects/{elsewhere.slug}/webhooks/"
    assert browser.get(f"{base}{added.pk}/").status_code == 404
    for rest in (
        f"{added.pk}/rotate/",
        f"{added.pk}/switch/",
        f"{added.pk}/remove/",
        f"deliveries/{made.pk}/redeliver/",
    ):
        assert browser.post(base + rest).status_code == 404
