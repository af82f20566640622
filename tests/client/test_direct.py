"""Images put straight into the bucket of a site that offers it, and through the site where the bucket is silent."""

import asyncio
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from crowd.client import AsyncClient, Client
from crowd.embedded.folder import any_free_port
from crowd.models import DirectUpload, Image
from crowd.workflow import accounts
from tests.factories import make
from tests.servers import S3


@pytest.fixture
def in_bucket(s3: S3, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Images are kept in a bucket, which may take its time on a busy machine."""
    monkeypatch.setattr("crowd.client.direct.PATIENCE", 60.0)
    options = {
        "endpoint_url": s3.endpoint_url,
        "region": s3.region,
        "access_key_id": s3.access_key,
        "secret_access_key": s3.secret_key,
    }
    settings.STORAGE_URL = f"s3://{s3.bucket('client')}/{uuid.uuid4().hex}?{urlencode(options)}"
    return settings.STORAGE_URL


@pytest.mark.parametrize("awaited", [False, True])
def test_files_go_into_the_bucket_and_are_told_as_ever(in_bucket, site, owner, ann, pets, tmp_path, awaited):
    (tmp_path / "new.png").write_bytes(make.picture())
    known, token = make.picture(), make.token(owner)
    ann.upload_images(pets.slug, [("known.png", known)])
    DirectUpload.objects.all().delete()
    files = [tmp_path / "new.png", ("known.png", known), ("notes.png", b"no picture")]

    async def upload() -> Any:
        async with AsyncClient(site, token) as client:
            return await client.upload_images(pets.slug, files)

    told = asyncio.run(upload()) if awaited else ann.upload_images(pets.slug, files)
    new = Image.objects.get(project=pets, name="new.png")
    assert [(one["id"], one["sha256"], one["name"]) for one in told.created] == [(new.pk, new.sha256, "new.png")]
    assert ann.fetch(told.created[0]["url"]) == (tmp_path / "new.png").read_bytes()
    assert told.duplicates == [{"name": "known.png", "image": Image.objects.get(name="known.png").pk}]
    assert [row["name"] for row in told.rejected] == ["notes.png"]
    assert set(DirectUpload.objects.values_list("state", flat=True)) == {"done", "duplicate", "refused"}


def test_a_token_for_one_projects_images_is_enough(in_bucket, site, owner, pets):
    token = accounts.issue_token(user=owner, now=timezone.now(), project=pets, scopes=["write:images"])
    with Client(site, token, patience=20.0) as bot:
        told = bot.upload_images(pets.slug, [("new.png", make.picture())])
    assert [one["name"] for one in told.created] == ["new.png"]
    assert list(DirectUpload.objects.values_list("state", flat=True)) == ["done"]


def test_a_bucket_that_does_not_answer_is_left(in_bucket, ann, pets, settings, monkeypatch):
    settings.STORAGE_URL += f"&{urlencode({'public_endpoint_url': f'http://127.0.0.1:{any_free_port()}'})}"
    monkeypatch.setattr("crowd.client.direct.PATIENCE", 0.3)
    told = ann.upload_images(pets.slug, [(f"{number}.png", make.picture()) for number in range(4)], hands=1)
    assert len(told.created) == 4
    assert set(DirectUpload.objects.values_list("state", flat=True)) == {"waiting"}
    assert Image.objects.filter(project=pets).count() == 4
