"""Members let in by link and by list, paid; projects begun, duplicated, archived, handed on, brought back; the log."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crowd.labels.schema import parse_schema
from crowd.labels.starters import STARTERS
from crowd.models import Assignment, Event, Invitation, Membership, Project, User
from crowd.queries import audit
from crowd.workflow import events
from crowd.workflow.projects import inviting, life, members
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def at(project: Project, page: str = "") -> str:
    return f"/projects/{project.slug}/{page}"


def text(client: Client, path: str, data: dict[str, Any] | None = None) -> str:
    answer = client.get(path) if data is None else client.post(path, data, follow=True)
    return answer.content.decode()


def invited(client: Client, project: Project, **fields: Any) -> str:
    """Make an invitation on the page, and return its link's path."""
    text(client, at(project, "members/invite/"), {"role": "worker", "uses": 1, "days": 7, **fields})
    return inviting.path_of(Invitation.objects.latest("pk"))


def test_a_link_lets_in_as_many_as_it_says_and_nobody_twice(signed_in: Client, project: Project) -> None:
    path = invited(signed_in, project, uses=2, role="reviewer")
    assert path in text(signed_in, at(project, "members/"))
    for name in ("ann", "ben"):
        newcomer = Client()
        newcomer.force_login(make.user(name))
        assert f"Join as {name}" in text(newcomer, path)
        for _ in range(2):
            newcomer.post(path)
    assert set(project.memberships.filter(role="reviewer").values_list("user__username", flat=True)) == {"ann", "ben"}
    late = Client()
    late.force_login(make.user("cleo"))
    assert late.get(path).status_code == late.post(path).status_code == 404
    signed_in.post(path)  # an owner who tries the link stays one
    assert project.memberships.get(user__username="owner").role == "owner"


def test_an_invitation_opens_the_sign_up_and_leads_back(client: Client, signed_in: Client, project: Project) -> None:
    path, stranger = invited(signed_in, project), Client()
    assert "By invitation" in text(stranger, "/accounts/signup/")
    assert "Make an account" in text(stranger, path)
    account = {"username": "newcomer", "password1": "a-long-pass-9", "password2": "a-long-pass-9", "next": path}
    answer = stranger.post("/accounts/signup/", account)
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert "Welcome to" in text(stranger, path, {})
    assert project.memberships.get(user__username="newcomer").role == "worker"


def test_a_link_that_is_forged_expired_or_withdrawn_opens_nothing(signed_in: Client, project: Project) -> None:
    path = invited(signed_in, project)
    row = Invitation.objects.get()
    assert signed_in.get(path[:-2] + "x/").status_code == 404
    assert signed_in.get(f"/invitations/{row.pk}/").status_code == 404
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert signed_in.get(path).status_code == 404
    other = invited(signed_in, project)
    text(signed_in, at(project, f"members/invitations/{Invitation.objects.latest('pk').pk}/withdraw/"), {})
    assert signed_in.get(other).status_code == 404
    assert "lets one person in" in text(
        signed_in, at(project, "members/invite/"), {"role": "owner", "uses": 2, "days": 7}
    )


def test_a_list_lets_in_names_and_invites_addresses(signed_in: Client, project: Project, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for name in ("ann", "ben"):
        make.user(name)
    lines = "username,role\nann\nben,reviewer,night shift;birds\nnobody\ncleo@example.org,worker\nx@y\nben,king"
    shown = text(signed_in, at(project, "members/list/"), {"people": lines, "role": "worker"})
    assert "2 added, 1 invited, 3 not let in" in shown
    assert "There is no user nobody." in shown
    ben = project.memberships.get(user__username="ben")
    assert (ben.role, ben.tags) == ("reviewer", ["birds", "night shift"])
    assert [one.to for one in mail.outbox] == [["cleo@example.org"]]
    assert inviting.path_of(Invitation.objects.get()) in mail.outbox[0].body
    assert "ann" not in text(signed_in, at(project, "members/?tag=birds")).split('id="all"')[1].split('id="list"')[0]


def test_payout_counts_what_counts_in_the_period(signed_in: Client, project: Project, owner: User) -> None:
    Project.objects.update(pay_per_answer="0.25")
    make.images(project, 3)
    good, bad = make.member(project, username="good"), make.member(project, username="@bad")
    for _ in range(3):
        make.answer(project, good)
    done = make.answer(project, bad)
    Assignment.objects.filter(pk=done.pk).update(state="void", reason="Spam.")
    page = text(signed_in, at(project, "members/payout/"))
    assert "0.75" in page
    table = text(signed_in, at(project, "members/payout/?format=csv"))
    rows = {
        row["username"]: (row["answers"], row["void"], float(row["amount"]))
        for row in csv.DictReader(io.StringIO(table))
    }
    assert rows == {"good": ("3", "0", 0.75), "'@bad": ("0", "1", 0.0)}
    assert "No answers" in text(signed_in, at(project, "members/payout/?since=2001-01-01&until=2001-12-31"))


@pytest.mark.parametrize("name", STARTERS)
def test_a_project_begins_with_a_guideline_that_can_be_published(signed_in: Client, name: str) -> None:
    answer = signed_in.post("/new-project/", {"name": f"My {name}", "starter": name})
    project = Project.objects.get(name=f"My {name}")
    assert answer["Location"] == at(project, "guidelines/1/edit/")
    parse_schema(project.guidelines.get().schema)


def test_a_project_is_duplicated_with_its_settings_and_people_without_images(signed_in: Client, owner: User) -> None:
    project = make.project(owner, overlap=5, gold_rate=0.2)
    make.images(project, 1)
    worker = make.member(project, username="ann")
    members.set_tags(project=project, username="ann", tags=["birds"], by=owner, now=timezone.now())
    text(signed_in, at(project, "settings/duplicate/"), {"name": "Another", "people": "on"})
    made = Project.objects.get(name="Another")
    assert (made.overlap, made.gold_rate, made.tasks.count(), made.guidelines.get().state) == (5, 0.2, 0, "draft")
    assert (made.memberships.get(user=worker).tags, made.memberships.get(user=owner).role) == (["birds"], "owner")


def test_an_archived_project_is_read_and_not_changed(signed_in: Client, project: Project) -> None:
    task = make.task(project)
    worker = make.member(project)
    held = make.claim(project, worker)[0]
    text(signed_in, at(project, "settings/archive/"), {})
    assert "it can be read, not changed" in text(signed_in, at(project, "settings/"))
    assert "Archived (1)" in text(signed_in, "/")
    assert signed_in.post(at(project, "members/"), {"username": "x", "role": "worker"}).status_code == 409
    assert (
        signed_in.patch(f"/api/v1/tasks/{task.pk}/", {"priority": 1}, "application/json").json()["code"] == "archived"
    )
    for path in ("gold/", "releases/", "guidelines/"):
        assert signed_in.post(f"/api/v1{at(project, path)}", {}, "application/json").json()["code"] == "archived"
    hand = Client()
    hand.force_login(worker)
    assert hand.post(f"/api/v1{at(project, 'assignments/')}", {}, "application/json").json()["code"] == "paused"
    sent = hand.post(f"/api/v1/assignments/{held.pk}/submit/", {"annotation": make.CAT}, "application/json")
    assert sent.status_code == 200  # what was under way is not lost
    text(signed_in, at(project, "settings/unarchive/"), {})
    project.refresh_from_db()
    assert (project.archived_at, project.paused) == (None, True)


def test_a_project_is_handed_on(signed_in: Client, project: Project) -> None:
    make.user("ann")
    path = at(project, "settings/transfer/")
    assert "There is no user zoe." in text(signed_in, path, {"username": "zoe", "stays": "reviewer"})
    text(signed_in, path, {"username": "ann", "stays": "reviewer"})
    assert dict(project.memberships.values_list("user__username", "role")) == {"ann": "owner", "owner": "reviewer"}
    assert signed_in.post(path, {"username": "owner", "stays": ""}).status_code == 404


def test_a_deleted_project_is_brought_back_within_its_days(signed_in: Client, project: Project) -> None:
    make.images(project, 2)
    assert "2 images" in text(signed_in, at(project, "settings/"))
    text(signed_in, at(project, "settings/delete/"), {"slug": project.slug})
    assert signed_in.get(at(project)).status_code == 404
    assert project.name in text(signed_in, "/deleted-projects/")
    stranger = Client()
    stranger.force_login(make.user("stranger"))
    assert stranger.post("/deleted-projects/", {"slug": project.slug}).status_code == 404
    text(signed_in, "/deleted-projects/", {"slug": project.slug})
    assert signed_in.get(at(project)).status_code == 200
    long_ago = timezone.now() - life.GRACE - timedelta(minutes=1)
    Project.objects.update(deleted_at=long_ago)
    assert project.name not in text(signed_in, "/deleted-projects/")
    assert signed_in.post("/deleted-projects/", {"slug": project.slug}).status_code == 409


def test_the_log_is_searched_and_read_page_by_page(signed_in: Client, project: Project, owner: User) -> None:
    early = timezone.now() - timedelta(days=3)
    for number in range(120):
        events.record(project=project, kind="thing.done", now=timezone.now(), by=owner, data={"number": number})
    events.record(project=project, kind="thing.rare", now=early, data={"note": "Needle <b>"})
    page = text(signed_in, at(project, "events/?type=thing.done"))
    assert page.count("badge--plain") == 50
    seen: list[Event] = []
    cursor = None
    for _ in range(9):
        found = audit.search(project=project, wanted=audit.Search(type="thing.done"), before=cursor, size=50)
        seen += found.events
        cursor = found.cursor
        if cursor is None:
            break
    assert [one.data["number"] for one in seen] == list(range(119, -1, -1))
    assert "Needle &lt;b&gt;" in text(signed_in, at(project, "events/?text=needle&actor=system"))
    assert "Nothing found" in text(signed_in, at(project, f"events/?text=needle&actor={owner.username}"))
    assert set(audit.types(project)) >= {"thing.done", "thing.rare", "project.created"}
    table = b"".join(signed_in.get(at(project, "events/?type=thing.done&format=csv"))).decode()  # type: ignore[arg-type]
    assert len(list(csv.DictReader(io.StringIO(table)))) == 120
    for nonsense in ("?before=x", "?since=x&until=9999-99-99", "?type=%00"):
        assert signed_in.get(at(project, f"events/{nonsense}")).status_code == 200


def test_memberships_keep_their_tags_clean(project: Project, owner: User) -> None:
    make.member(project, username="ann")
    kept = members.set_tags(
        project=project, username="ann", tags=[" b  c ", "a", "a", ""], by=owner, now=timezone.now()
    )
    assert (kept.tags, Membership.objects.get(pk=kept.pk).tags) == (["a", "b c"], ["a", "b c"])
