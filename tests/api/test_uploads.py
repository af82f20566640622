"""Direct uploads through HTTP, into a bucket of a real S3 server: nothing that a sender says is believed."""

import hashlib
import json
import urllib.error
import urllib.request
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from crowd import storage
from crowd.models import DirectUpload, Image, Project, Task, User
from crowd.workflow.importing import direct
from crowd.workflow.upkeep import sweeping
from tests.api.world import V1, client
from tests.factories import make
from tests.servers import S3

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(s3: S3, settings: Any) -> None:
    """Images are kept in a bucket."""
    options = urlencode(
        {
            "endpoint_url": s3.endpoint_url,
            "region": s3.region,
            "access_key_id": s3.access_key,
            "secret_access_key": s3.secret_key,
        }
    )
    settings.STORAGE_URL = f"s3://{s3.bucket('uploads')}/{uuid.uuid4().hex}?{options}"


@pytest.fixture
def caller(owner: User) -> APIClient:
    return client(owner)


def announce(caller: APIClient, project: Project, *files: dict[str, Any]) -> list[dict[str, Any]]:
    answer = caller.post(f"{V1}projects/{project.slug}/uploads/", {"files": list(files)})
    assert answer.status_code == 201, answer.content
    return answer.json()["results"]


def said(data: bytes, name: str = "a.png", **other: Any) -> dict[str, Any]:
    return {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **other}


def put(url: str, data: bytes) -> int:
    """A browser's PUT; the status of the bucket's answer."""
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": ""})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def complete(caller: APIClient, upload: dict[str, Any]) -> dict[str, Any]:
    answer = caller.post(f"{V1}uploads/{upload['id']}/complete/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def kept(project: Project) -> list[str]:
    return list(storage.store().keys(f"projects/{project.pk}/uploads/"))


def test_a_file_put_into_the_bucket_becomes_an_image_once(
    settled: None, bucket: None, caller: APIClient, project: Project
) -> None:
    data = make.picture(width=31, height=21)
    [upload] = announce(caller, project, said(data, "holiday/one.png"))
    assert (upload["state"], upload["name"]) == ("waiting", "one.png")
    early = caller.post(f"{V1}uploads/{upload['id']}/complete/")
    assert (early.status_code, early.json()["code"]) == (409, "nothing_came")
    assert put(upload["url"], data) == 200
    done = complete(caller, upload)
    image = Image.objects.get(project=project)
    assert (done["state"], done["image"], done["url"]) == ("done", image.pk, None)
    assert (image.width, image.sha256, Task.objects.get().image) == (31, hashlib.sha256(data).hexdigest(), image)
    assert storage.store().read(image.key) == data
    assert {**complete(caller, upload), "expires_at": None, "details": None} == {
        **done,
        "expires_at": None,
        "details": None,
    }
    assert kept(project) == []
    [again] = announce(caller, project, said(data))
    assert (again["state"], again["image"], again["url"]) == ("duplicate", image.pk, None)
    unsaid = {"name": "again.png", "bytes": len(data)}
    [other] = announce(caller, project, unsaid)
    put(other["url"], data)
    assert (complete(caller, other)["state"], Image.objects.count()) == ("duplicate", 1)


def test_the_address_takes_as_many_bytes_as_were_announced_and_nothing_else(
    bucket: None, caller: APIClient, project: Project
) -> None:
    data = make.picture()
    [upload] = announce(caller, project, said(data))
    assert put(upload["url"], data + b"more") == 403
    assert put(upload["url"].replace(uuid.UUID(upload["id"]).hex, uuid.uuid4().hex), data) == 403
    assert kept(project) == []


def test_what_came_is_judged_by_its_bytes(settled: None, bucket: None, caller: APIClient, project: Project) -> None:
    whole, other = make.picture(), make.picture()
    cut = whole[:-20]
    cases = [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {}, "svg_refused"),
        (cut, {}, "truncated"),
        (other, {"sha256": "0" * 64}, "other_bytes"),
    ]
    for data, lie, code in cases:
        [upload] = announce(caller, project, said(data, **lie))
        assert put(upload["url"], data) == 200
        done = complete(caller, upload)
        assert (done["state"], done["code"]) == ("refused", code)
        assert done["detail"]
        assert put(upload["url"], data) == 200  # the address still takes it, and nobody looks at it
        assert complete(caller, upload)["code"] == code
    [large] = announce(caller, project, {"name": "x.png", "bytes": 10**12})
    assert (large["state"], large["code"], large["url"]) == ("refused", "too_large", None)
    assert Image.objects.count() == 0


def test_what_was_never_completed_is_swept_away(bucket: None, caller: APIClient, project: Project) -> None:
    data = make.picture()
    [upload] = announce(caller, project, said(data))
    put(upload["url"], data)
    sweeping.sweep(now=timezone.now() + direct.KEPT / 2)
    assert len(kept(project)) == 1
    sweeping.sweep(now=timezone.now() + direct.KEPT + timedelta(minutes=1))
    assert (kept(project), DirectUpload.objects.count()) == ([], 0)


def test_only_owners_of_the_project_complete_an_upload(bucket: None, caller: APIClient, project: Project) -> None:
    [upload] = announce(caller, project, said(make.picture()))
    strangers = [make.user(), make.member(project), make.member(project, "reviewer")]
    make.project(strangers[0])
    for stranger in strangers:
        assert client(stranger).post(f"{V1}uploads/{upload['id']}/complete/").status_code == 404
    assert caller.post(f"{V1}uploads/none/complete/").status_code == 404


def test_without_a_bucket_the_answer_names_the_other_way(caller: APIClient, project: Project) -> None:
    answer = caller.post(f"{V1}projects/{project.slug}/uploads/", {"files": [said(b"x")]})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_direct_uploads")
    assert "images/" in json.dumps(answer.json(), ensure_ascii=False)
