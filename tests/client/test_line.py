"""What the client does when a site is busy, away, gone or strange."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from crowd.client import ApiError, AsyncClient, Client, Invalid, Moved, ServerFault, TooManyRequests, Unreachable


@pytest.fixture
def api(server) -> Iterator[Client]:
    with Client(server.url, "secret", patience=2.0) as client:
        yield client


def test_a_call_carries_the_token_and_its_answer_is_the_body(api, server):
    server.lay_ready(201, {"slug": "digits"})
    assert api.create_project("Digits", overlap=2) == {"slug": "digits"}
    method, path, headers, body = server.asked[0]
    assert (method, path, json.loads(body)) == ("POST", "/api/v1/projects/", {"name": "Digits", "overlap": 2})
    assert headers["Authorization"] == "Bearer secret"


def test_a_refusal_is_raised_with_its_code_its_sentence_and_its_faults(api, server):
    server.lay_ready(400, {"code": "invalid", "detail": "It is off.", "errors": {"objects[0].box": ["Small."]}})
    with pytest.raises(Invalid) as refusal:
        api.submit("1", {})
    told = refusal.value
    assert (told.status, told.code, told.errors) == (400, "invalid", {"objects[0].box": ["Small."]})
    assert str(told) == (
        f"POST {server.url}/api/v1/assignments/1/submit/ answered 400 invalid: It is off. (objects[0].box: Small.)"
    )


def test_an_answer_that_is_no_json_is_raised_without_its_page(api, server):
    for _ in range(3):
        server.lay_ready(500, b"<!doctype html>")
    with pytest.raises(ServerFault, match="answered 500 : no reason given"):
        api.project("digits")
    assert len(server.asked) == 3  # it may have passed, so it was asked again, though not for long


def test_an_empty_answer_is_none(api, server):
    server.lay_ready(204)
    assert api.acknowledge_guideline("digits", 1) is None


def test_too_many_requests_are_repeated_after_the_time_asked_for_and_with_the_same_key(api, server):
    server.lay_ready(429, {"code": "too_many"}, Retry_After="1")
    server.lay_ready(503)
    server.lay_ready(201, {"number": 1})
    began = time.monotonic()
    assert api.cut_release("digits") == {"number": 1}
    assert time.monotonic() - began >= 1.0
    assert len(server.asked) == 3
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.asked}) == 1


def test_under_asyncio_too_many_requests_are_repeated_in_the_same_way(server):
    server.lay_ready(429, {"code": "too_many"}, Retry_After="1")
    server.lay_ready(201, {"number": 1})

    async def cut():
        async with AsyncClient(server.url, "secret", patience=5.0) as api:
            return await api.cut_release("digits")

    assert asyncio.run(cut()) == {"number": 1}
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.asked}) == 1


def test_two_calls_have_keys_of_their_own(api, server):
    server.lay_ready(201, {})
    server.lay_ready(201, {})
    api.create_project("a")
    api.create_project("a")
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.asked}) == 2


@pytest.mark.parametrize(("status", "kind"), [(503, ServerFault), (429, TooManyRequests)])
def test_patience_ends(server, status, kind):
    for _ in range(20):
        server.lay_ready(status, {"code": "down"})
    with Client(server.url, "secret", patience=0.5) as api, pytest.raises(kind, match=f"{status} down"):
        api.stats("digits")
    assert 2 <= len(server.asked) <= 6


def test_a_wait_longer_than_the_patience_is_not_begun(server):
    server.lay_ready(429, {"code": "too_many"}, Retry_After="3600")
    with Client(server.url, "secret", patience=0.5) as api, pytest.raises(TooManyRequests):
        api.stats("digits")
    assert len(server.asked) == 1


def test_nobody_there_is_raised_when_patience_ends():
    with Client("http://127.0.0.1:9", "secret", patience=0.3) as api, pytest.raises(Unreachable, match="not answered"):
        api.stats("digits")


def test_a_list_is_read_to_its_last_page_at_the_address_we_know(api, server):
    server.lay_ready(200, {"next": "http://inside:8000/api/v1/projects/?cursor=b", "results": [{"id": 1}, {"id": 2}]})
    server.lay_ready(200, {"next": None, "results": [{"id": 3}]})
    assert [row["id"] for row in api.projects()] == [1, 2, 3]
    assert [path for _, path, _, _ in server.asked] == ["/api/v1/projects/?page_size=500", "/api/v1/projects/?cursor=b"]


def test_no_redirect_takes_the_token_elsewhere(api, server):
    server.lay_ready(302, Location="http://127.0.0.1:9/api/v1/projects/digits/?secret=1")
    with pytest.raises(Moved, match=r"moved to http://127\.0\.0\.1:9/api/v1/projects/digits/; name that site"):
        api.project("digits")
    assert len(server.asked) == 1


def test_an_image_is_fetched_by_its_signed_address_without_the_token_wherever_it_leads(api, server):
    server.lay_ready(302, Location="/bucket/abc?signature=2")
    server.lay_ready(200, b"\x89PNG")
    assert api.fetch("/files/abc?signature=1") == b"\x89PNG"
    assert [path for _, path, _, _ in server.asked] == ["/files/abc?signature=1", "/bucket/abc?signature=2"]
    assert not any("Authorization" in headers for _, _, headers, _ in server.asked)


def test_the_token_is_in_no_text_of_the_client_or_of_its_errors(api, server):
    server.lay_ready(403, {"code": "scope", "detail": "This token is for read:releases only.", "errors": {}})
    with pytest.raises(ApiError) as refusal:
        api.stats("digits")
    texts = [repr(api), repr(api.line), repr(api.line.request("GET", "x")), repr(refusal.value), str(refusal.value)]
    assert not [text for text in texts if "secret" in text]


def test_names_in_addresses_lead_nowhere_else(api, server):
    server.lay_ready(204)
    api.remove_member("digits", "../../tokens/1?x=")
    assert server.asked[0][1] == "/api/v1/projects/digits/members/..%2F..%2Ftokens%2F1%3Fx%3D/"


def test_what_is_no_address_is_refused_at_once():
    with pytest.raises(ValueError, match="begins with http"):
        Client("crowd.example", "secret")
