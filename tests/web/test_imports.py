"""The import page: forms keep what was typed, lists tell how far each is, and only owners see it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crowd.models import Import, Project, User
from tests.factories import make

pytestmark = pytest.mark.django_db
ROWS = b'{"url": "https://images.example.org/a.png", "width": 4, "height": 3, "sha256": "%s"}\n' % (b"a" * 64)


@pytest.fixture
def page(client: Client, owner: User, project: Project, settings: Any) -> str:
    settings.CROWD_IMPORT_SOURCES = [
        "s3://listed/in?endpoint_url=http://127.0.0.1:1&access_key_id=k&secret_access_key=hush",
        "https://images.example.org",
    ]
    client.force_login(owner)
    return f"/projects/{project.slug}/imports/"


def test_a_refused_form_keeps_what_was_typed_and_says_why_beside_the_field(client: Client, page: str) -> None:
    told = client.post(page + "bucket/", {"bucket": "another", "prefix": "photos/"}).content.decode()
    assert 'value="another"' in told
    assert 'value="photos/"' in told
    assert told.index('name="bucket"') < told.index("CROWD_IMPORT_SOURCES") < told.index('name="prefix"')
    assert "hush" not in told
    empty = client.post(page + "manifest/", {"manifest": SimpleUploadedFile("x.csv", b"a,b\n")}).content.decode()
    assert "one of them is “url”" in empty
    assert Import.objects.count() == 0


def test_an_import_is_begun_watched_and_cancelled(client: Client, page: str) -> None:
    begun = client.post(page + "manifest/", {"manifest": SimpleUploadedFile("list.jsonl", ROWS)})
    assert (begun.status_code, begun["Location"]) == (302, page)
    told = client.get(page).content.decode()
    assert "list.jsonl" in told
    assert 'hx-trigger="every 2s"' in told
    [made] = Import.objects.all()
    client.post(f"{page}{made.pk}/cancel/")
    rows = client.get(page + "rows/").content.decode()
    assert "Cancelled" in rows
    assert "hx-trigger" not in rows


def test_only_owners_find_the_page(client: Client, page: str, project: Project) -> None:
    for user in (make.user(), make.member(project), make.member(project, "reviewer")):
        client.force_login(user)
        assert client.get(page).status_code == 404
        assert client.post(page + "bucket/", {"bucket": "listed"}).status_code == 404


def test_without_sources_the_page_says_who_can_change_that(client: Client, page: str, settings: Any) -> None:
    settings.CROWD_IMPORT_SOURCES = []
    assert "The operator of this server" in client.get(page).content.decode()
