"""The same key and body: one effect, one answer."""

import json
import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from crowd.models import Assignment, Event, IdempotencyKey, Image, Project, User
from tests.api.world import V1, client
from tests.factories import make

KEY = {"Idempotency-Key": "one"}
PROJECTS = V1 + "projects/"


def test_the_same_key_and_body_has_one_effect_and_one_answer(owner: User) -> None:
    first, again = (client(owner).post(PROJECTS, {"name": "Cats"}, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (again["Idempotent-Replay"], "Idempotent-Replay" in first) == ("true", False)
    assert Project.objects.filter(name="Cats").count() == 1


@pytest.mark.parametrize(("path", "body"), [(PROJECTS, {"name": "Dogs"}), (PROJECTS + "?x=1", {"name": "Cats"})])
def test_the_same_key_for_another_request_is_refused(owner: User, path: str, body: dict[str, str]) -> None:
    client(owner).post(PROJECTS, {"name": "Cats"}, headers=KEY)
    answer = client(owner).post(path, body, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Project.objects.count() == 1


def test_a_key_belongs_to_its_user(owner: User) -> None:
    other = make.user()
    made = {client(user).post(PROJECTS, {"name": "Cats"}, headers=KEY).json()["slug"] for user in (owner, other)}
    assert made == {"cats", "cats-2"}


def test_a_failed_request_leaves_no_key_and_may_be_sent_again(project: Project, owner: User) -> None:
    path = f"{PROJECTS}{project.slug}/members/"
    body = {"username": "late", "role": "worker"}
    assert client(owner).post(path, body, headers=KEY).status_code == 404
    assert IdempotencyKey.objects.count() == 0
    make.user("late")
    assert client(owner).post(path, body, headers=KEY).status_code == 201


def test_an_empty_claim_is_repeated_with_its_header(project: Project) -> None:
    worker = make.member(project)
    path = f"{PROJECTS}{project.slug}/assignments/"
    answers = [client(worker).post(path, headers=KEY) for _ in range(2)]
    make.task(project)
    answers.append(client(worker).post(path, headers=KEY))
    assert [(one.status_code, one["Crowd-Queue"], one.content) for one in answers] == [(204, "empty", b"")] * 3
    assert client(worker).post(path, headers={"Idempotency-Key": "two"}).status_code == 201


def test_an_upload_sent_again_under_another_boundary_is_the_same(project: Project, owner: User) -> None:
    image = make.picture()

    def upload(data: bytes, boundary: str, name: str = "a.png") -> Any:
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()
        body += data + f"\r\n--{boundary}--\r\n".encode()
        return client(owner).post(
            f"{PROJECTS}{project.slug}/images/", body, content_type=f"multipart/form-data; boundary={boundary}",
            headers=KEY,
        )  # fmt: skip

    first, again = upload(image, "one"), upload(image, "two")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(first.json()["created"]) == 1
    assert upload(make.picture(), "one").status_code == 422
    assert upload(image, "one", name="b.png").status_code == 422
    assert Image.objects.count() == 1


def test_every_file_of_an_upload_counts(project: Project, owner: User) -> None:
    path, images = f"{PROJECTS}{project.slug}/images/", [make.picture(), make.picture()]
    statuses = []
    for files in (images, images, images[:1]):
        sent = [SimpleUploadedFile("a.png", one) for one in files]
        statuses.append(client(owner).post(path, {"file": sent}, format="multipart", headers=KEY).status_code)
    assert statuses == [201, 201, 422]


@pytest.mark.parametrize("key", ["x" * 256, "tab\there", "caf\x00e"])
def test_a_key_that_cannot_be_kept_is_refused(owner: User, key: str) -> None:
    answer = client(owner).post(PROJECTS, {"name": "Cats"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


def test_a_key_where_nothing_can_be_posted_changes_nothing(project: Project, owner: User) -> None:
    answer = client(owner).post(f"{PROJECTS}{project.slug}/stats/", {}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_lines_under_any_content_type_can_have_a_key(project: Project, owner: User) -> None:
    image = make.images(project)[0]
    line = json.dumps({"image": image.pk, "annotation": make.CAT, "model": "m"}).encode()
    for content_type in ("application/x-ndjson", "text/plain", "multipart/form-data; boundary=x"):
        answer = client(owner).post(
            f"{PROJECTS}{project.slug}/prelabels/",
            line,
            content_type=content_type,
            headers={"Idempotency-Key": content_type},
        )
        assert (answer.status_code, answer.json()) == (200, {"created": 1, "rejected": []})


@pytest.mark.usefixtures("settled")
def test_eight_at_once_are_one() -> None:
    owner = make.user()
    project = make.project(owner)
    worker = make.member(project)
    make.images(project, 8)
    path = f"{PROJECTS}{project.slug}/assignments/"
    headers = {"Authorization": f"Bearer {make.token(worker)}"}
    start, answers = threading.Barrier(8), []

    def claim() -> None:
        mine = client()
        start.wait()
        answers.append(mine.post(path, {"count": 2}, headers=headers | KEY))
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.status_code for one in answers} == {201}
    assert all(one.json() == answers[0].json() for one in answers)
    assert Assignment.objects.filter(worker=worker).count() == 2
    assert Event.objects.filter(type="assignment.leased").count() == 2
