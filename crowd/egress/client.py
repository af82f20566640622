"""Calls: one request, its answer read within limits, redirects judged like any other address."""

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from crowd.egress.addresses import Allowed, Blocked, literal
from crowd.egress.network import Deadline, Network, Resolve, system_resolve
from crowd.errors import TooLarge, Unavailable

AGENT: Final = "crowd/1"
PORTS: Final = {"http": 80, "https": 443}
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ODD: Final = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")


class Unreachable(Unavailable):
    """Nobody answered, not in time, or not in HTTP."""

    code = "unreachable"


@dataclass(frozen=True)
class Limits:
    """Bounds of one call: `seconds` in all, redirects and body included; `bytes` of the body; `redirects` followed.

    Redirects are followed for GET and HEAD only, never from https to http; the caller's own headers go to the first
    origin only. With 0, a redirect is an answer like any other.
    """

    seconds: float = 15.0
    bytes: int = 1 << 20
    redirects: int = 0


@dataclass(frozen=True)
class Answer:
    """An answer, read whole. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass
class Opened:
    """An answer whose body is still to come, and only while its block lasts."""

    status: int
    headers: Mapping[str, str]
    url: str
    _response: httpcore.Response
    _most: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes; TooLarge where it goes on beyond the limit."""
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            raise TooLarge(f"The answer of {self.url} has {length} bytes; at most {self._most} are read.")
        total = 0
        with _told(self.url):
            for chunk in self._response.iter_stream():
                total += len(chunk)
                if total > self._most:
                    raise TooLarge(f"The answer of {self.url} is longer than {self._most} bytes.")
                yield chunk

    def read(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.chunks())

    def excerpt(self, most: int) -> bytes:
        """Return the body's first bytes, however long it is; what cannot be read of it is left out."""
        found = b""
        try:
            with _told(self.url):
                for chunk in self._response.iter_stream():
                    found += chunk
                    if len(found) >= most:
                        break
        except Unreachable:
            pass
        return found[:most]


@dataclass(frozen=True)
class Target:
    """A URL taken apart once, so that what is judged is what is called."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str, *, https_only: bool = False) -> "Target":
        """Return the parts; Blocked where it is not a plain http or https URL of a host (https where that is asked)."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise Blocked("This is not a URL.") from None
        if _ODD.search(url) or len(url) > 8192:
            raise Blocked("Write the URL in plain characters, without spaces or backslashes; escape the others.")
        if parts.scheme not in ({"https"} if https_only else PORTS) or not host or port == 0:
            raise Blocked(f"Use a URL that begins with https://{'' if https_only else ' or http://'} and names a host.")
        if "@" in parts.netloc:
            raise Blocked("A URL must not carry a user name or password.")
        literal(host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port or PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """The host as its header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whom it is said to."""
        return self.scheme, self.host, self.port


def check(
    url: str, *, allowed: Allowed, https_only: bool = False, seconds: float = 5.0, resolve: Resolve = system_resolve
) -> None:
    """Raise Blocked where a URL is one that would not be called; a name that resolves to nothing yet is let pass."""
    target = Target.parse(url, https_only=https_only)
    try:
        Network(allowed=allowed, deadline=Deadline(seconds), resolve=resolve).permitted(target.host, target.port)
    except (httpcore.ConnectError, httpcore.ConnectTimeout):
        return


def fetch(
    url: str,
    *,
    allowed: Allowed,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    limits: Limits = Limits(),
    https_only: bool = False,
    trust: ssl.SSLContext | None = None,
    resolve: Resolve = system_resolve,
) -> Answer:
    """Return the answer with its whole body; raises Blocked, Unreachable and TooLarge. Its status may be any."""
    with opened(
        url,
        allowed=allowed,
        method=method,
        headers=headers,
        content=content,
        limits=limits,
        https_only=https_only,
        trust=trust,
        resolve=resolve,
    ) as answer:
        return Answer(answer.status, answer.headers, answer.read(), answer.url)


@contextmanager
def opened(
    url: str,
    *,
    allowed: Allowed,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    limits: Limits = Limits(),
    https_only: bool = False,
    trust: ssl.SSLContext | None = None,
    resolve: Resolve = system_resolve,
) -> Iterator[Opened]:
    """Have the answer in this block, its body unread; raises Blocked and Unreachable."""
    network = Network(allowed=allowed, deadline=Deadline(limits.seconds), resolve=resolve)
    target = Target.parse(url, https_only=https_only)
    sent, left = dict(headers or {}), limits.redirects
    with ExitStack() as stack:
        while True:
            response = _asked(stack, network, target, method, sent, content, trust or _authorities())
            answer = Opened(response.status, _headers(response), url, response, limits.bytes)
            if left <= 0 or response.status not in REDIRECTS or method not in {"GET", "HEAD"}:
                break
            url = urljoin(url, answer.headers.get("location", ""))
            following = Target.parse(url, https_only=https_only or target.scheme == "https")
            if following.origin != target.origin:
                sent = {}
            target, left = following, left - 1
            stack.pop_all().close()
        yield answer


def _asked(
    stack: ExitStack,
    network: Network,
    target: Target,
    method: str,
    headers: Mapping[str, str],
    content: bytes,
    trust: ssl.SSLContext,
) -> httpcore.Response:
    """Send the request over a connection of its own, which lives as long as the stack."""
    whole = {"Host": target.authority, "User-Agent": AGENT, "Accept": "*/*"} | dict(headers)
    whole |= {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"}
    where = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    with _told(f"{target.scheme}://{target.authority}"):
        pool = stack.enter_context(httpcore.ConnectionPool(ssl_context=trust, network_backend=network))
        body = content if content or method in {"POST", "PUT", "PATCH"} else None
        return stack.enter_context(pool.stream(method, where, headers=list(whole.items()), content=body))


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Turn what the network does into words."""
    try:
        yield
    except httpcore.TimeoutException:
        raise Unreachable(f"{url} did not answer in time.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unreachable(f"{url} could not be called: {error}") from None


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Trust what this machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` included), and Mozilla's list."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
