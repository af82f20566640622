"""A signed address of a bucket is for one object, one method and a short while; the server itself is asked."""

import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as installed

from crowd import storage
from crowd.storage import s3
from crowd.workflow.importing import direct

KEY, OTHER = "images/ab/one", "images/ab/two"
OCTETS = "application/octet-stream"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


@pytest.fixture
def bucket(settings, s3_url) -> storage.Store:
    """A bucket with two objects."""
    settings.STORAGE_URL = s3_url
    store = storage.store()
    for key in (KEY, OTHER):
        store.put(key, key.encode(), content_type=OCTETS)
    return store


def ask(url: str, method: str = "GET", body: bytes | None = None) -> int:
    """What a stranger is answered."""
    try:
        request = urllib.request.Request(
            url, data=body, method=method, headers={"Content-Type": OCTETS} if body else {}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return int(refused.code)


def lives(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


def test_an_address_to_read_lets_nobody_write(bucket):
    url = bucket.url(KEY, expires_in=600)
    found = {method: ask(url, method, b"x" if method in {"PUT", "POST"} else None) for method in METHODS}
    assert found.pop("GET") == 200
    assert set(found.values()) <= {400, 403, 405, 501}
    assert bucket.read(KEY) == KEY.encode()


def test_an_address_to_write_lets_nobody_read_or_delete(bucket):
    url = bucket.upload_url(KEY, length=3, expires_in=600)
    found = {method: ask(url, method) for method in ("GET", "HEAD", "DELETE")}
    assert set(found.values()) == {403}
    assert bucket.read(KEY) == KEY.encode()


def test_an_address_is_for_one_object(bucket):
    for url, body in (
        (bucket.url(KEY, expires_in=600), None),
        (bucket.upload_url(KEY, length=3, expires_in=600), b"abc"),
    ):
        assert ask(url.replace(KEY, OTHER), "PUT" if body else "GET", body) == 403
    assert bucket.read(OTHER) == OTHER.encode()


def test_an_upload_takes_as_many_bytes_as_its_address_names(bucket):
    url = bucket.upload_url(KEY, length=3, expires_in=600)
    assert [ask(url, "PUT", body) for body in (b"ab", b"abcd", b"x" * 1000)] == [403] * 3
    assert bucket.read(KEY) == KEY.encode()
    assert ask(url, "PUT", b"abc") == 200
    assert bucket.read(KEY) == b"abc"


def test_an_address_that_has_run_out_gives_and_takes_nothing(bucket, monkeypatch):
    now = time.time()
    monkeypatch.setattr(s3.time, "time", lambda: now - 7200)
    read, write = bucket.url(KEY, expires_in=60), bucket.upload_url(KEY, length=3, expires_in=60)
    monkeypatch.undo()
    assert (ask(read), ask(write, "PUT", b"abc")) == (403, 403)
    later = read.replace("X-Amz-Expires=60", "X-Amz-Expires=604800")
    assert later != read
    assert ask(later) == 403
    assert bucket.read(KEY) == KEY.encode()


def test_addresses_live_for_an_hour_unless_the_operator_says_otherwise(bucket):
    assert (installed.CROWD_SIGNED_URL_SECONDS, direct.SECONDS) == (3600, 3600)
    assert lives(bucket.url(KEY, expires_in=installed.CROWD_SIGNED_URL_SECONDS)) == 3600
    assert lives(bucket.upload_url(KEY, length=1, expires_in=direct.SECONDS)) == 3600
