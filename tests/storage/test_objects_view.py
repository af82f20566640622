"""How our own site serves the file store's objects."""

import contextlib
import time

import pytest
from django.http import Http404
from django.test import RequestFactory

from crowd import storage
from crowd.errors import Missing
from crowd.storage import links
from crowd.web import objects


@pytest.fixture
def store(settings, file_url) -> storage.Store:
    settings.STORAGE_URL = file_url
    return storage.store()


def served(url: str, method: str = "GET"):
    path = url.partition("?")[0]
    return objects.serve(RequestFactory().generic(method, url), key=path.removeprefix("/objects/"))


def content(response) -> bytes:
    with contextlib.closing(response):
        return b"".join(response)


def test_an_object_can_run_nothing_and_be_taken_for_nothing_else(store):
    store.put("page", b"<script>alert(1)</script>", content_type="text/html")

    response = served(store.url("page", expires_in=600, content_type="text/html"))

    assert content(response) == b"<script>alert(1)</script>"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_browsers_keep_an_object_as_long_as_its_address_lives(store, monkeypatch):
    store.put("key", b"content", content_type="image/png")
    now = int(time.time()) // 1800 * 1800 + 600
    monkeypatch.setattr(time, "time", lambda: now)

    response = served(store.url("key", expires_in=3600))
    response.close()

    assert response["Cache-Control"] == "private, immutable, max-age=3000"


def test_a_head_request_gives_the_length(store):
    store.put("key", b"content", content_type="image/png")

    response = served(store.url("key", expires_in=60), "HEAD")
    response.close()

    assert (response.status_code, response["Content-Length"]) == (200, "7")


def test_only_reading_is_allowed(store):
    store.put("key", b"content", content_type="image/png")

    assert served(store.url("key", expires_in=60), "POST").status_code == 405
    assert store.read("key") == b"content"


@pytest.mark.parametrize("wanted", ["bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=5-2"])
def test_a_range_that_is_none_is_ignored_or_refused(store, wanted):
    store.put("key", b"0123456789", content_type="image/png")
    url = store.url("key", expires_in=60)

    response = objects.serve(RequestFactory().get(url, headers={"Range": wanted}), key="key")
    response.close()

    assert response.status_code == (416 if wanted == "bytes=5-2" else 200)


def test_a_range_of_an_empty_object_cannot_be_given(store):
    store.put("key", b"", content_type="image/png")
    url = store.url("key", expires_in=60)

    response = objects.serve(RequestFactory().get(url, headers={"Range": "bytes=0-"}), key="key")

    assert (response.status_code, response["Content-Range"]) == (416, "bytes */0")


def test_an_address_signed_with_another_secret_gives_nothing(store, settings):
    store.put("key", b"content", content_type="image/png")
    url = store.url("key", expires_in=60)
    settings.SECRET_KEY = "another secret, of the same length or longer"

    with pytest.raises(Http404):
        served(url)


def test_an_address_outlives_the_rotation_of_the_secret(store, settings):
    store.put("key", b"content", content_type="image/png")
    url = store.url("key", expires_in=60)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, of the same length or longer"

    assert content(served(url)) == b"content"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"expires": "soon", "signature": "x"},
        {"expires": "9" * 5000, "signature": "x"},
        {"expires": "9999999999", "signature": ""},
        {"expires": "9999999999", "signature": "ä"},
        {"expires": "9999999999", "signature": "x", "type": "text/html\r\nX: y"},
    ],
)
def test_a_link_of_somebodys_making_is_missing(parameters):
    with pytest.raises(Missing):
        links.verify("key", parameters)


def test_a_link_ends_at_its_second():
    path, _, query = links.make("key", now=1000, expires_in=100, filename=None, content_type=None).partition("?")
    parameters = dict(pair.split("=", 1) for pair in query.replace("%2F", "/").split("&"))

    assert path == "/objects/key"
    assert links.verify("key", parameters, now=1099.9).expires_at == 1100
    with pytest.raises(Missing):
        links.verify("key", parameters, now=1100)


def test_the_site_serves_the_address_and_leaves_its_policy_alone(store, client):
    store.put("key", b"content", content_type="image/png")

    response = client.get(store.url("key", expires_in=60, content_type="image/png"))

    assert (response.status_code, content(response)) == (200, b"content")
    assert response.headers["Content-Security-Policy"] == objects.POLICY
    assert response.headers["Content-Type"] == "image/png"
    assert "Set-Cookie" not in response.headers


def test_the_site_answers_404_to_a_link_of_somebodys_making(store, client):
    store.put("key", b"content", content_type="image/png")

    assert client.get("/objects/key?expires=9999999999&signature=x").status_code == 404
    assert client.get("/objects/../key").status_code == 404
    assert client.get("/objects/%2e%2e/%2e%2e/etc/passwd?expires=9999999999&signature=x").status_code == 404


def test_what_is_kept_by_its_content_is_sent_once_and_resumed_only_where_it_is_the_same(store):
    sha256 = "ab" * 32
    store.put(f"releases/{sha256}", b"0123456789", content_type="image/png")
    url = store.url(f"releases/{sha256}", expires_in=60)

    def asked(**headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = objects.serve(RequestFactory().get(url, headers=names), key=f"releases/{sha256}")
        return response.status_code, content(response)

    tag = f'"{sha256}"'
    first = served(url)
    first.close()
    assert first["ETag"] == tag
    assert asked(If_None_Match=tag) == (304, b"")
    assert asked(If_None_Match='"other"') == (200, b"0123456789")
    assert asked(Range="bytes=4-", If_Range=tag) == (206, b"456789")
    assert asked(Range="bytes=4-", If_Range='"other"') == (200, b"0123456789")


def test_what_may_be_replaced_has_no_tag(store):
    store.put("key", b"content", content_type="image/png")
    response = served(store.url("key", expires_in=60))
    response.close()
    assert "ETag" not in response
