"""The line to one site: requests with the token on them, patience with failures, lists page after page."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from crowd import __version__
from crowd.client.errors import Unreachable
from crowd.client.steps import Answer, Part, Pause, Request, Row, Send, Sink, Steps

PATIENCE: Final = 90.0  # seconds, for one request with all its repetitions: longer than a spent minute is waited for
BUSY: Final = frozenset({429, 502, 503, 504})
FAULTS_BORNE: Final = 2  # repetitions after a plain 500: it may pass, and often does not
SHORTEST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
PAGE: Final = 500


class Waits:
    """How long to wait before the next attempt: twice as long each time, less up to half by chance."""

    def __init__(self, patience: float, chance: Callable[[], float]) -> None:
        self.patience, self.chance = patience, chance
        self.faults = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew: something went forward."""
        self.deadline, self.pause = time.monotonic() + self.patience, SHORTEST_PAUSE

    def next(self, *, at_least: float = 0.0) -> float | None:
        """Return the seconds to wait; None where patience would be over by then."""
        seconds = max(self.pause * (1 - self.chance() / 2), at_least)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return None if time.monotonic() + seconds > self.deadline else seconds

    def after(self, answer: Answer) -> float | None:
        """Return the seconds to wait before asking again; None where this answer is to be taken as it is."""
        if answer.status == 500:
            self.faults += 1
            return self.next() if self.faults <= FAULTS_BORNE else None
        return self.next(at_least=retry_after(answer)) if answer.status in BUSY else None


@dataclass(frozen=True)
class Line:
    """A site and the token for it. The token goes to this site's origin only."""

    site: str
    token: str = field(repr=False)
    patience: float = PATIENCE
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def waits(self) -> Waits:
        """Return fresh patience."""
        return Waits(self.patience, self.chance)

    def request(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, **body: Any) -> Request:
        """Return a request of the API; a POST gets a key, the same for every repetition."""
        headers = {"User-Agent": f"crowd-client/{__version__}", **body.pop("headers", {})}
        url = urljoin(f"{self.site}/api/v1/", path)
        if self.token and origin(url) == origin(self.site):
            headers["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            headers.setdefault("Idempotency-Key", secrets.token_hex(16))
        told = {name: str(value) for name, value in (params or {}).items() if value is not None}
        return Request(method, url, headers, told, **body)

    def bare(self, url: str, headers: Mapping[str, str] | None = None) -> Request:
        """Return a request without the token: for signed addresses, wherever they lead."""
        return Request(
            "GET", urljoin(f"{self.site}/", url), {"User-Agent": f"crowd-client/{__version__}", **(headers or {})}
        )

    def ask(self, request: Request, *, sink: Sink | None = None) -> Steps[Answer]:
        """Send a request until it is answered for good; raise what a refusal stands for. A redirect is an answer."""
        waits, lost = self.waits(), False
        while True:
            try:
                answer: Answer = yield Send(request, sink)
            except Unreachable:
                lost, seconds = True, waits.next()
                if seconds is None:
                    raise
            else:
                seconds = waits.after(answer)
                if seconds is None:
                    break
            yield Pause(seconds)
        gone = request.method == "DELETE" and lost and answer.status == 404  # the lost answer was the one that did it
        if answer.status < 300 or answer.redirects or gone:
            return answer
        raise answer.refusal(request)

    def do(self, method: str, path: str, **how: Any) -> Steps[Any]:
        """Send a request and return its answer's document, None where it has none."""
        request = self.request(method, path, **how)
        answer = yield from self.ask(request)
        if answer.redirects:
            raise answer.refusal(request)
        return answer.json() if answer.status < 300 else None  # what was to be deleted is gone

    def rows(self, path: str, **params: Any) -> Steps[None]:
        """Hand on the rows of a list, page after page."""
        wanted: dict[str, Any] = {"page_size": PAGE, **params}
        while True:
            page = yield from self.do("GET", path, params=wanted)
            for row in page["results"]:
                yield Row(row)
            if not page["next"]:
                return
            wanted = following(page["next"])

    def feed(self, path: str, *, since: str, follow: float | None) -> Steps[None]:
        """Hand on the rows of a feed behind a cursor; with `follow`, look for new ones every so many seconds."""
        while True:
            page = yield from self.do("GET", path, params={"page_size": PAGE, "since": since or None})
            for row in page["results"]:
                since = row["cursor"]
                yield Row(row)
            if page["next"]:
                continue
            if follow is None:
                return
            yield Pause(follow)

    def upload(self, path: str, parts: list[Part], **form: str) -> Steps[Any]:
        """Send files as one form and return the answer's document."""
        return (yield from self.do("POST", path, parts=parts, form=form))

    def fetch(self, url: str) -> Steps[bytes]:
        """Return the bytes behind a signed address; the token stays here."""
        request = self.bare(url)
        answer = yield from self.ask(request)
        while answer.redirects:
            request = replace(request, url=urljoin(request.url, answer.headers["location"]))
            answer = yield from self.ask(request)
        return answer.content


def origin(url: str) -> tuple[str, str, int | None]:
    """Return what of an address says whose it is: scheme, host and port."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def following(url: str) -> dict[str, str]:
    """Return the parameters of a list's next page; the address itself may be one that only the site's proxy knows."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def retry_after(answer: Answer) -> float:
    """Return the seconds that the site asks us to wait; 0 where it does not say."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0
