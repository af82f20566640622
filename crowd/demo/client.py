"""A small client of the public HTTP API: it waits its turn, and repeats a request only where that is safe."""

import json as jsonlib
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

import httpx

PATIENCE = 60.0  # seconds, for one request with all its repetitions
BUSY = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """The API refused; `code` is its machine word, the text its sentence."""

    def __init__(self, request: str, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            body = response.json()
        except jsonlib.JSONDecodeError:
            body = {}
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail") or "no reason given; the web server's log may tell more"
        faults = "; ".join(f"{path}: {' '.join(lines)}" for path, lines in body.get("errors", {}).items())
        super().__init__(f"{request} answered {self.status} {self.code}: {self.detail}{faults and f' ({faults})'}")


class Api:
    """One person's view of the API, by their token. Files are fetched without it: their URLs are signed."""

    def __init__(self, site: str, token: str, *, patience: float = PATIENCE) -> None:
        self.site = site
        self.patience = patience
        self._http = httpx.Client(
            base_url=f"{site}/api/v1/", headers={"Authorization": f"Bearer {token}"}, timeout=patience
        )
        self._files = httpx.Client(base_url=site, timeout=patience, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()
        self._files.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return the answer to GET."""
        return self.request("GET", path, params=query or None).json()

    def post(self, path: str, body: Any = None, *, key: bool = True) -> Any:
        """Return the answer to POST, None where it has no body; without `key` the call itself must bear repetition."""
        response = self.request("POST", path, key=key, json={} if body is None else body)
        return response.json() if response.content else None

    def patch(self, path: str, body: Any) -> Any:
        """Return the answer to PATCH."""
        return self.request("PATCH", path, json=body).json()

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, page after page."""
        page = self.get(path, page_size=500, **query)
        yield from page["results"]
        while page["next"]:
            page = self.request("GET", page["next"]).json()
            yield from page["results"]

    def upload(self, path: str, files: Sequence[tuple[str, bytes]]) -> Any:
        """Send files as one multipart request."""
        return self.request("POST", path, files=[("file", file) for file in files]).json()

    def image(self, url: str) -> bytes:
        """Return the bytes behind an image's signed URL."""
        return self._send(self._files, "GET", url).content

    def download(self, path: str) -> bytes:
        """Return a file that the API answers with, or redirects to."""
        response = self.request("GET", path)
        return self.image(response.headers["Location"]) if response.is_redirect else response.content

    def request(self, method: str, path: str, *, key: bool = True, **how: Any) -> httpx.Response:
        """Return a successful response or a redirect; raise ApiError otherwise."""
        if method == "POST" and key:
            how["headers"] = {"Idempotency-Key": secrets.token_hex(16)}  # the same for every repetition
        return self._send(self._http, method, path, **how)

    def _send(self, http: httpx.Client, method: str, path: str, **how: Any) -> httpx.Response:
        deadline = time.monotonic() + self.patience
        pause = 0.1
        while True:
            wanted = 0.0
            try:
                response = http.request(method, path, **how)
            except httpx.TransportError:
                if time.monotonic() + pause > deadline:
                    raise
            else:
                if response.status_code not in BUSY or time.monotonic() + pause > deadline:
                    break
                wanted = _retry_after(response)
            time.sleep(max(pause, wanted))
            pause = min(pause * 2, 5.0)
        if response.is_success or response.is_redirect:
            return response
        raise ApiError(f"{method} {path}", response)


def _retry_after(response: httpx.Response) -> float:
    """Return the seconds that the server asks us to wait; 0 where it does not say."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0
