"""Imports through HTTP: from a bucket of a real S3 server, by manifests, and who may see them."""

import hashlib
import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from crowd import storage
from crowd.models import Event, Image, Import, Project, Task, User
from crowd.queries import integrity
from crowd.workflow.importing import imports
from crowd.workflow.upkeep import sweeping
from tests.api.world import V1, client
from tests.factories import make
from tests.servers import S3

pytestmark = pytest.mark.django_db


class Bucket:
    """A bucket on the operator's list, and a way to fill it."""

    def __init__(self, s3: S3, name: str) -> None:
        self.name = s3.bucket(name)
        self.client = boto3.client(
            "s3",
            endpoint_url=s3.endpoint_url,
            region_name=s3.region,
            aws_access_key_id=s3.access_key,
            aws_secret_access_key=s3.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )
        self.options = urlencode(
            {
                "endpoint_url": s3.endpoint_url,
                "region": s3.region,
                "access_key_id": s3.access_key,
                "secret_access_key": s3.secret_key,
            }
        )

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data)


@pytest.fixture
def bucket(s3: S3, settings: Any, request: pytest.FixtureRequest) -> Bucket:
    """A bucket of its own, allowed below `photos/` only."""
    made = Bucket(s3, f"imports-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}")
    settings.CROWD_IMPORT_SOURCES = [f"s3://{made.name}/photos?{made.options}", "https://images.example.org/open"]
    return made


@pytest.fixture
def caller(owner: User) -> APIClient:
    return client(owner)


def begin(caller: APIClient, project: Project, **sent: Any) -> Any:
    """Begin an import; its document once its job is through."""
    answer = caller.post(f"{V1}projects/{project.slug}/imports/", sent)
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] in {"waiting", "running", "done"}
    return caller.get(f"{V1}imports/{answer.json()['id']}/").json()


def counts(made: Any) -> tuple[str, int, int, int, int]:
    return made["state"], made["seen"], made["created"], made["duplicates"], made["rejected"]


def refused(caller: APIClient, made: Any) -> list[dict[str, Any]]:
    answer = caller.get(made["errors_url"])
    assert answer["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def known(number: int, **fields: Any) -> dict[str, Any]:
    """A row that says everything."""
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    url = f"https://images.example.org/open/{number}.png"
    return {"url": url, "width": 640, "height": 480, "sha256": sha256, **fields}


def is_whole(project: Project) -> bool:
    return all(not finding.offenders for finding in integrity.run(project))


def test_a_prefix_of_a_bucket_becomes_images_that_the_bucket_serves(
    settled: None, bucket: Bucket, caller: APIClient, project: Project
) -> None:
    pictures = {f"photos/a/{name}.png": make.picture(width=30, height=20) for name in ("one", "two & co", "drei ü")}
    for key, data in pictures.items():
        bucket.put(key, data)
    bucket.put("photos/b/twin.png", pictures["photos/a/one.png"])
    bucket.put("photos/notes.txt", b"no picture at all")
    bucket.put("elsewhere/secret.png", make.picture())
    made = begin(caller, project, source="s3", bucket=bucket.name, prefix="photos/")
    assert counts(made) == ("done", 5, 3, 1, 1)
    [why] = refused(caller, made)
    assert (why["name"], why["code"]) == ("photos/notes.txt", "unsupported_type")
    images = {one.location: one for one in Image.objects.filter(project=project)}
    assert images.keys() <= {f"s3://{bucket.name}/{key}" for key in [*pictures, "photos/b/twin.png"]}
    assert {one.name for one in images.values()} == {"one.png", "two & co.png", "drei ü.png"}
    listed = caller.get(f"{V1}projects/{project.slug}/images/").json()["results"]
    for one in listed:
        with urllib.request.urlopen(one["url"], timeout=10) as got:
            assert hashlib.sha256(got.read()).hexdigest() == one["sha256"]
        assert (one["width"], one["height"]) == (30, 20)
    assert Task.objects.filter(project=project, state="open", open_slots=3).count() == 3
    assert Event.objects.filter(project=project, type="image.imported").count() == 3
    [told] = Event.objects.filter(project=project, type="import.finished")
    assert (told.data["import"], told.data["state"], told.data["created"]) == (made["id"], "done", 3)
    assert is_whole(project)


def test_the_same_prefix_again_opens_only_what_is_new(
    settled: None, bucket: Bucket, caller: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "d"):
        bucket.put(f"photos/{name}.png", make.picture())
    bucket.put("photos/bad.png", b"bad")
    assert counts(begin(caller, project, source="s3", bucket=bucket.name, prefix="photos")) == ("done", 3, 2, 0, 1)
    read: list[str] = []
    opened = storage.bucket(bucket.name, "photos/").__class__.read
    monkeypatch.setattr(
        "crowd.storage.buckets.Bucket.read", lambda self, key, **more: read.append(key) or opened(self, key, **more)
    )
    bucket.put("photos/a.png", make.picture())  # before those that are there, which a cursor would miss
    bucket.put("photos/d.png", make.picture())
    again = begin(caller, project, source="s3", bucket=bucket.name, prefix="photos/")
    assert counts(again) == ("done", 4, 1, 1, 2)
    assert set(read) == {"photos/a.png"}  # once to take it in, once to measure it
    assert [(one["name"], one["code"]) for one in refused(caller, again)] == [
        ("photos/bad.png", "unsupported_type"),
        ("photos/d.png", "changed"),
    ]


def test_a_key_is_only_ever_a_name(settled: None, bucket: Bucket, caller: APIClient, project: Project) -> None:
    rows = [
        {"url": f"s3://{bucket.name}/photos/../elsewhere/secret.png"},
        {"url": f"s3://{bucket.name}/elsewhere/secret.png"},
        {"url": "s3://another/photos/a.png"},
        {"url": "https://images.example.org/closed/a.png"},
        {"url": "https://images.example.org/open/../closed/a.png"},
        {"url": "https://images.example.org/open/%2e%2e/closed/a.png"},
        {"url": "https://images.example.org@evil.example/open/a.png"},
        {"url": "http://169.254.169.254/latest/meta-data/"},
        {"url": "file:///etc/passwd"},
        "no row",
        known(1, name="../../etc/passwd\x07"),
        known(2, width=-1),
        known(3, sha256="xyz"),
        known(4, width=2_000_000, height=2_000_000),
    ]
    made = begin(caller, project, source="manifest", rows=rows)
    assert counts(made) == ("done", 14, 1, 0, 13)
    assert [one["code"] for one in refused(caller, made)] == [
        "unsafe_key",
        *["source_not_allowed"] * 3,
        *["unsafe_address"] * 2,
        "bad_address",
        "source_not_allowed",
        "bad_address",
        "not_a_row",
        "bad_size",
        "bad_sha256",
        "too_many_pixels",
    ]
    assert [one["line"] for one in refused(caller, made)] == [*range(1, 11), 12, 13, 14]
    assert Image.objects.get(project=project).name == "passwd"


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_manifest_is_taken_at_its_word_line_by_line(
    settled: None, bucket: Bucket, caller: APIClient, project: Project, kind: str
) -> None:
    rows = [known(number, name=f"n{number}, or so.png", metadata={"place": "Rome\n"}) for number in range(6_000)]
    rows[7] = rows[6]
    lines = [json.dumps(row) for row in rows]
    lines[3] = "{no json"
    if kind == "csv":
        head = "url,name,width,height,sha256,place"
        lines = [
            f'{row["url"]},"{row["name"]}",{row["width"]},{row["height"]},{row["sha256"]},"Rome\n"' for row in rows
        ]
        lines[3] = "ftp://nowhere,x,1,1,,"
        lines.insert(0, head)
    file = SimpleUploadedFile(f"list.{kind}", "\n".join(lines).encode())
    answer = caller.post(f"{V1}projects/{project.slug}/imports/", {"manifest": file}, format="multipart")
    assert answer.status_code == 202, answer.content
    made = caller.get(f"{V1}projects/{project.slug}/imports/{answer.json()['id']}/").json()
    assert counts(made) == ("done", 6_000, 5_998, 1, 1)
    assert (made["speed"] > 0, made["time_left"]) == (True, 0)
    assert refused(caller, made)[0]["line"] == (4 if kind == "jsonl" else 8)  # a field of two lines counts both
    image = Image.objects.get(project=project, sha256=rows[5_999]["sha256"])
    assert (image.name, image.metadata["place"].strip(), image.width) == ("n5999, or so.png", "Rome", 640)
    ids = [one for event in Event.objects.filter(type="image.imported") for one in event.data["images"]]
    assert sorted(ids) == sorted(Image.objects.filter(project=project).values_list("pk", flat=True))
    assert Task.objects.filter(project=project).count() == 5_998
    assert list(storage.store().keys(f"projects/{project.pk}/imports/")) == []
    assert is_whole(project)


def test_rows_that_do_not_say_everything_are_opened(
    settled: None, bucket: Bucket, caller: APIClient, project: Project
) -> None:
    data = make.picture(width=33, height=22)
    bucket.put("photos/x.png", data)
    rows = [
        {"url": f"s3://{bucket.name}/photos/x.png", "name": "mine.png", "metadata": {"a": [1]}},
        {"url": f"s3://{bucket.name}/photos/x.png", "width": 34},
        {"url": f"s3://{bucket.name}/photos/gone.png"},
    ]
    made = begin(caller, project, source="manifest", rows=rows)
    assert counts(made) == ("done", 3, 1, 0, 2)
    assert [one["code"] for one in refused(caller, made)] == ["other_image", "object_missing"]
    image = Image.objects.get(project=project)
    assert (image.name, image.width, image.height, image.metadata) == ("mine.png", 33, 22, {"a": [1]})
    assert image.sha256 == hashlib.sha256(data).hexdigest()


def test_what_is_asked_for_wrongly_says_what_to_do(bucket: Bucket, caller: APIClient, project: Project) -> None:
    address = f"{V1}projects/{project.slug}/imports/"
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"source": "s3", "bucket": "another"}, "source_not_allowed", "bucket"),
        ({"source": "s3", "bucket": bucket.name, "prefix": ""}, "source_not_allowed", "bucket"),
        ({"source": "s3", "bucket": bucket.name, "prefix": "photos-too/"}, "source_not_allowed", "bucket"),
        ({"source": "s3"}, "invalid", "bucket"),
        ({"source": "manifest"}, "invalid", "rows"),
        ({"source": "ftp"}, "invalid", "source"),
    ]
    for sent, code, field in wrong:
        answer = caller.post(address, sent)
        assert (answer.status_code, answer.json()["code"]) == (400, code), sent
        assert field in answer.json()["errors"], sent
    empty = SimpleUploadedFile("list.csv", b"name,width\n")
    assert caller.post(address, {"manifest": empty}, format="multipart").json()["code"] == "no_url"
    assert Import.objects.count() == 0


def test_without_a_list_nothing_is_imported(settings: Any, caller: APIClient, project: Project) -> None:
    settings.CROWD_IMPORT_SOURCES = []
    address = f"{V1}projects/{project.slug}/imports/"
    answer = caller.post(address, {"source": "manifest", "rows": [known(1)]})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_import_sources")
    assert "CROWD_IMPORT_SOURCES" in answer.json()["detail"]
    assert caller.post(address, {"source": "s3", "bucket": "b"}).status_code == 400


def test_an_import_can_be_cancelled_once_and_what_came_stays(
    bucket: Bucket, caller: APIClient, project: Project
) -> None:
    address = f"{V1}projects/{project.slug}/imports/"
    made = caller.post(address, {"source": "manifest", "rows": [known(1)]}).json()
    for _ in range(2):
        done = caller.post(f"{V1}imports/{made['id']}/cancel/")
        assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert Event.objects.filter(type="import.finished").count() == 1
    other = begin_known(project, 2)
    run(other)
    refused = caller.post(f"{V1}imports/{other.pk}/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_ended")


def begin_known(project: Project, *numbers: int) -> Import:
    owner = project.memberships.get(role="owner").user
    return imports.begin_rows(project=project, rows=[known(one) for one in numbers], by=owner, now=timezone.now())


def run(made: Import) -> None:
    from crowd.workflow.importing import runs

    runs.run(import_id=made.pk)
    made.refresh_from_db()


def test_a_batch_that_was_read_twice_is_written_once(bucket: Bucket, project: Project) -> None:
    from crowd.workflow.importing import manifests

    made = begin_known(project, 1, 2)
    first = imports.take_up(import_id=made.pk, now=timezone.now())
    second = imports.take_up(import_id=made.pk, now=timezone.now())
    assert first is not None
    assert second is not None
    for each in (first, second):
        assert not imports.write(made=each, batch=manifests.look(first), now=timezone.now())
    made.refresh_from_db()
    assert (made.seen, made.created, made.state) == (2, 2, "done")


def test_a_lost_message_is_found_by_the_sweep(settled: None, bucket: Bucket, project: Project) -> None:
    made = begin_known(project, 1, 2, 3)
    Import.objects.filter(pk=made.pk).update(state="waiting", seen=0, created=0, position=0, line=0, finished_at=None)
    storage.store().put(made.object_key, b"\n".join(json.dumps(known(n)).encode() for n in (1, 2, 3)), content_type="x")
    sweeping.sweep(now=timezone.now())
    made.refresh_from_db()
    assert made.state == "waiting"
    sweeping.sweep(now=timezone.now() + sweeping.GRACE * 2)
    made.refresh_from_db()
    assert (made.state, made.seen, made.duplicates) == ("done", 3, 3)


def test_a_bucket_that_is_not_there_ends_the_import_with_the_reason(
    settled: None, bucket: Bucket, caller: APIClient, project: Project, settings: Any
) -> None:
    settings.CROWD_IMPORT_SOURCES = [f"s3://no-such-bucket-here?{bucket.options}"]
    made = begin(caller, project, source="s3", bucket="no-such-bucket-here", prefix="")
    assert made["state"] == "failed"
    assert "no-such-bucket-here" in made["error"]
    assert "secret" not in made["error"]


def test_idempotency_keys_tell_documents_apart(bucket: Bucket, caller: APIClient, project: Project) -> None:
    address, key = f"{V1}projects/{project.slug}/imports/", {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = caller.post(address, {"source": "manifest", "rows": [known(1)]}, **key)
    same = caller.post(address, {"source": "manifest", "rows": [known(1)]}, **key)
    other = caller.post(address, {"source": "manifest", "rows": [known(2)]}, **key)
    assert (first.json()["id"], other.status_code) == (same.json()["id"], 422)


def test_refusals_download_as_a_table_that_no_spreadsheet_runs(
    settled: None, bucket: Bucket, caller: APIClient, project: Project
) -> None:
    made = begin(caller, project, source="manifest", rows=[{"url": "=cmd()"}])
    text = b"".join(caller.get(made["errors_url"] + "?as=csv").streaming_content).decode()
    assert text.splitlines()[0] == "line,name,code,detail"
    assert text.splitlines()[1].startswith("1,'=cmd(),bad_address,")
