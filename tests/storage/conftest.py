"""Both stores, for every promise that both make, and a way to fetch what an address gives."""

import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from crowd import storage
from crowd.web import objects
from tests.servers import S3


@dataclass(frozen=True)
class Answer:
    """What an address gave."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return (tmp_path / "objects").as_uri()


@pytest.fixture
def s3_url(s3: S3) -> str:
    """A prefix of its own in a bucket of the real server."""
    options = urlencode(
        {
            "endpoint_url": s3.endpoint_url,
            "region": s3.region,
            "access_key_id": s3.access_key,
            "secret_access_key": s3.secret_key,
        }
    )
    return f"s3://{s3.bucket('storage')}/{uuid.uuid4().hex}?{options}"


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, settings) -> storage.Store:
    """An empty store, chosen as an installation chooses it."""
    settings.STORAGE_URL = request.getfixturevalue(f"{request.param}_url")
    return storage.store()


@pytest.fixture
def fetch() -> Callable[..., Answer]:
    """A stranger's browser: our own view for an address on our own site, the network for any other."""

    def fetch(url: str, **headers: str) -> Answer:
        if url.startswith("/"):
            return _from_us(url, headers)
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.headers, refused.read())

    return fetch


def _from_us(url: str, headers: Mapping[str, str]) -> Answer:
    from django.http import Http404
    from django.urls import path

    request = RequestFactory().get(url, headers=headers)
    match = path("objects/<path:key>", objects.serve).resolve(urlsplit(url).path.lstrip("/"))
    try:
        response: HttpResponseBase = objects.serve(request, **match.kwargs)
    except Http404:
        return Answer(404, {}, b"")
    content = b"".join(response) if response.streaming else response.content
    response.close()
    return Answer(response.status_code, response.headers, content)
