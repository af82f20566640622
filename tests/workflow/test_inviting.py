"""Invitations hold only as long as whoever made them may invite."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from crowd.errors import Missing
from crowd.models import Membership, Project, User
from crowd.workflow.importing.uploads import clean_name
from crowd.workflow.projects import inviting
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_whoever_was_an_owner_cannot_come_back_by_an_invitation_of_their_own(project: Project, owner: User) -> None:
    now, former = timezone.now(), make.user("former")
    membership = Membership.objects.create(project=project, user=former, role="owner", created_at=now)
    made = inviting.invite(project=project, role="owner", by=former, now=now, days=90)
    token = inviting.path_of(made).split("/")[2]
    assert inviting.find(token=token, now=now) == made
    membership.delete()
    with pytest.raises(Missing):
        inviting.accept(token=token, user=former, now=now + timedelta(seconds=1))
    assert not project.memberships.filter(user=former).exists()


def test_a_projects_name_cannot_write_a_mails_headers(project: Project, owner: User, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    project.name = "Cats\r\nBcc: all@a.example"
    project.save(update_fields=["name"])
    made = inviting.invite(project=project, role="worker", by=owner, now=timezone.now(), email="ann@a.example")
    made.project = project
    assert inviting.mail(invitation=made, url="https://crowd.example/x/")
    assert (mail.outbox[0].subject, mail.outbox[0].recipients()) == ("Join Cats Bcc: all@a.example", ["ann@a.example"])


@pytest.mark.parametrize(
    "given", ["a\u202egpj.exe", "a\u2066gpj.exe", "a\x85gpj.exe", "\ufeffagpj.exe", "x\\\\agpj.exe"]
)
def test_a_files_name_is_read_as_it_is_written(given: str) -> None:
    assert clean_name(given) == "agpj.exe"
