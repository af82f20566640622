"""The client against a real HTTP server of a few lines."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from crowd.demo.client import Api, ApiError

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """Answers with what the test has laid ready, in order, and remembers what it was asked."""

    url: str = ""
    answers: list[Answer | Callable[[], Answer]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def lay_ready(self, status: int, body: Any = None, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, content))


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.asked.append((self.command, self.path, dict(self.headers), content))
            status, headers, body = found.answers.pop(0)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 -- http.server's names

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        found.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        http.shutdown()
        thread.join()


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
