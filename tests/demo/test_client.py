"""The client against a real HTTP server."""

import json
from collections.abc import Iterator

import httpx
import pytest

from crowd.demo.client import Api, ApiError


@pytest.fixture
def api(server) -> Iterator[Api]:
    with Api(server.url, "secret", patience=2.0) as client:
        yield client


def test_a_call_carries_the_token_and_its_answer_is_the_body(api, server):
    server.lay_ready(201, {"slug": "digits"})
    assert api.post("projects/", {"name": "Digits"}) == {"slug": "digits"}
    method, path, headers, body = server.asked[0]
    assert (method, path, json.loads(body)) == ("POST", "/api/v1/projects/", {"name": "Digits"})
    assert headers["Authorization"] == "Bearer secret"


def test_a_refusal_is_raised_with_its_code_its_sentence_and_its_faults(api, server):
    server.lay_ready(
        400, {"code": "invalid", "detail": "It does not fit.", "errors": {"objects[0].box": ["Too small."]}}
    )
    with pytest.raises(ApiError) as refusal:
        api.post("assignments/1/submit/")
    assert (refusal.value.status, refusal.value.code) == (400, "invalid")
    assert str(refusal.value) == (
        "POST assignments/1/submit/ answered 400 invalid: It does not fit. (objects[0].box: Too small.)"
    )


def test_an_answer_that_is_no_json_is_raised_without_its_page(api, server):
    server.lay_ready(500, b"<!doctype html>")
    with pytest.raises(ApiError, match="answered 500 : no reason given"):
        api.get("projects/")


def test_an_empty_answer_is_none(api, server):
    server.lay_ready(204)
    assert api.post("projects/digits/guidelines/1/acknowledge/") is None


def test_too_many_requests_are_repeated_after_the_time_asked_for_and_with_the_same_key(api, server):
    server.lay_ready(429, {"code": "too_many"}, Retry_After="1")
    server.lay_ready(503)
    server.lay_ready(201, {"number": 1})
    assert api.post("projects/digits/releases/") == {"number": 1}
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in server.asked}
    assert len(server.asked) == 3
    assert len(keys) == 1


def test_two_calls_have_keys_of_their_own(api, server):
    server.lay_ready(201, {})
    server.lay_ready(201, {})
    api.post("projects/")
    api.post("projects/")
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.asked}) == 2


def test_patience_ends(server):
    for _ in range(20):
        server.lay_ready(503, {"code": "down"})
    with Api(server.url, "secret", patience=0.5) as api, pytest.raises(ApiError, match="503 down"):
        api.get("projects/")
    assert 2 <= len(server.asked) <= 5


def test_nobody_there_is_raised_when_patience_ends():
    with Api("http://127.0.0.1:9", "secret", patience=0.3) as api, pytest.raises(httpx.TransportError):
        api.get("projects/")


def test_a_list_is_read_to_its_last_page(api, server):
    server.lay_ready(200, {"next": f"{server.url}/api/v1/projects/?cursor=b", "results": [{"id": 1}, {"id": 2}]})
    server.lay_ready(200, {"next": None, "results": [{"id": 3}]})
    assert [row["id"] for row in api.every("projects/")] == [1, 2, 3]
    assert [path for _, path, _, _ in server.asked] == ["/api/v1/projects/?page_size=500", "/api/v1/projects/?cursor=b"]


def test_many_files_go_in_one_request(api, server):
    server.lay_ready(201, {"created": []})
    assert api.upload("projects/digits/images/", [("a.png", b"one"), ("b.png", b"two")]) == {"created": []}
    ((_, _, headers, body),) = server.asked
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert body.count(b'name="file"; filename=') == 2


def test_an_image_is_fetched_by_its_signed_url_without_the_token(api, server):
    server.lay_ready(200, b"\x89PNG")
    assert api.image("/files/abc?signature=1") == b"\x89PNG"
    assert "Authorization" not in server.asked[0][2]


def test_a_download_follows_a_redirect_without_the_token(api, server):
    server.lay_ready(302, Location=f"{server.url}/bucket/coco.json?signature=1")
    server.lay_ready(200, b"{}")
    assert api.download("projects/digits/releases/1/files/coco/") == b"{}"
    assert ["Authorization" in headers for _, _, headers, _ in server.asked] == [True, False]
