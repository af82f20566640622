"""Images on the web, through HTTP from a real server, over TLS or not: fetched at import or when first looked at."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from crowd import storage
from crowd.egress import client as outgoing
from crowd.models import Image, ImageQuality, Project, User
from tests.api.world import V1, client
from tests.egress import servers
from tests.egress.servers import Seen, Server
from tests.factories import make

pytestmark = pytest.mark.django_db
PICTURES = {f"/open/{name}.png": make.picture(width=40, height=30, seed=seed) for seed, name in enumerate("abc")}
MOVED = {"/open/moved.png": "/open/a.png", "/open/out.png": "/closed/a.png", "/open/round.png": "/open/round.png"}


def answer(seen: Seen) -> tuple[int, dict[str, str], bytes]:
    """What the site does: pictures, redirects, and nothing else."""
    if seen.path in MOVED:
        return 302, {"Location": MOVED[seen.path]}, b""
    if seen.path == "/open/page.png":
        return 200, {"Content-Type": "image/png"}, b"<html>no picture</html>"
    found = PICTURES.get(seen.path)
    return (200, {}, found) if found else (404, {}, b"")


@pytest.fixture(params=["http", "https"])
def site(
    request: pytest.FixtureRequest, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A site on the operator's list, below `/open`; its address is `site.address`."""
    context = None
    if request.param == "https":
        context, _ = servers.certificate(tmp_path, "127.0.0.1")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))  # as an operator trusts a CA of their own
    outgoing._authorities.cache_clear()
    with servers.http(answer, context=context) as server:
        server.address = f"{request.param}://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
        settings.CROWD_IMPORT_SOURCES = [f"{server.address}/open"]  # type: ignore[attr-defined]
        yield server
    outgoing._authorities.cache_clear()


@pytest.fixture
def caller(owner: User) -> APIClient:
    return client(owner)


def begin(caller: APIClient, project: Project, rows: list[dict[str, Any]]) -> dict[str, Any]:
    address = f"{V1}projects/{project.slug}/imports/"
    made = caller.post(address, {"source": "manifest", "rows": rows})
    assert made.status_code == 202, made.content
    return caller.get(f"{address}{made.json()['id']}/").json()


def refused(caller: APIClient, made: dict[str, Any]) -> list[str]:
    lines = b"".join(caller.get(made["errors_url"] + "?as=csv").streaming_content).decode().splitlines()[1:]
    return [line.split(",")[2] for line in lines]


def viewed(caller: APIClient, project: Project) -> tuple[int, bytes]:
    """What a browser gets for the address of the project's only image."""
    [image] = caller.get(f"{V1}projects/{project.slug}/images/").json()["results"]
    parts = urlsplit(image["url"])
    given = caller.get(f"{parts.path}?{parts.query}")
    return given.status_code, b"".join(given.streaming_content) if given.streaming else given.content


def test_images_that_must_be_opened_are_fetched_at_import_and_kept(
    settled: None, site: Any, caller: APIClient, project: Project
) -> None:
    names = ["a", "b", "moved", "out", "round", "gone", "page"]
    made = begin(caller, project, [{"url": f"{site.address}/open/{name}.png"} for name in names])
    assert (made["state"], made["seen"], made["created"], made["duplicates"]) == ("done", 7, 2, 1)
    assert refused(caller, made) == ["source_not_allowed", "not_fetched", "not_fetched", "unsupported_type"]
    assert all(seen.path.startswith("/open/") for seen in site.seen)
    for image in Image.objects.filter(project=project):
        assert storage.store().read(image.key) == PICTURES[f"/open/{image.name}"]
        assert (image.location, image.width, image.height) == ("", 40, 30)
    assert ImageQuality.objects.filter(project=project, measured_at__isnull=False, fault="").count() == 2


def test_an_image_taken_at_its_word_is_fetched_once_when_first_looked_at(
    settled: None, site: Any, caller: APIClient, project: Project
) -> None:
    data = PICTURES["/open/c.png"]
    row = {"url": f"{site.address}/open/c.png", "width": 40, "height": 30, "sha256": hashlib.sha256(data).hexdigest()}
    made = begin(caller, project, [row])
    assert (made["state"], made["created"], site.seen) == ("done", 1, [])
    assert ImageQuality.objects.get(project=project).fault == "not_here"
    assert viewed(caller, project) == (200, data)
    assert viewed(caller, project) == (200, data)
    assert [seen.path for seen in site.seen] == ["/open/c.png"]
    looked = ImageQuality.objects.get(project=project)
    assert (looked.fault, looked.measured_at is not None) == ("", True)


def test_another_image_than_the_manifest_named_is_never_shown(
    settled: None, site: Any, caller: APIClient, project: Project
) -> None:
    row = {"url": f"{site.address}/open/a.png", "width": 40, "height": 30, "sha256": "0" * 64}
    assert begin(caller, project, [row])["created"] == 1
    assert viewed(caller, project)[0] == 404
    assert not storage.store().exists(Image.objects.get(project=project).key)


def test_what_is_no_picture_is_never_shown_though_the_manifest_names_it_rightly(
    settled: None, site: Any, caller: APIClient, project: Project
) -> None:
    page = answer(Seen("GET", "/open/page.png", {}, b""))[2]
    row = {"url": f"{site.address}/open/page.png", "width": 9, "height": 9, "sha256": hashlib.sha256(page).hexdigest()}
    assert begin(caller, project, [row])["created"] == 1
    assert viewed(caller, project)[0] == 404
    assert not storage.store().exists(Image.objects.get(project=project).key)
