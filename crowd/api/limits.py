"""How often callers may ask: counted by the minute in the broker's Valkey, which all web nodes share.

A caller is a token, a signed-in user, or, for whoever is neither, an address. A user's tokens and sessions together
have `TOGETHER` times what each has alone, so that more tokens are no way around. Where the counter does not answer,
nobody is held up: requests pass uncounted, and the log says so.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError  # noqa: A004 -- Redis's own
from redis.retry import Retry
from rest_framework.request import Request

from crowd.errors import TooMany
from crowd.queries.callers import Caller

logger = logging.getLogger(__name__)

WINDOW: Final = 60  # seconds
TOGETHER: Final = 3
PATIENCE: Final = 0.25  # seconds for the counter's answer
REST: Final = 10.0  # seconds for which a counter that failed is left alone

# A key counts from its first request on, and goes by itself; one that has lost its end is given another.
# What is refused counts nowhere: a program that asks on and on takes nothing from the user's others.
_COUNT: Final = """
local window, full, told = tonumber(ARGV[1]), false, {}
for place, key in ipairs(KEYS) do
    local count = tonumber(redis.call('GET', key) or '0')
    full = full or count >= tonumber(ARGV[place + 1])
    told[2 * place - 1] = count + 1
    told[2 * place] = window
end
for place, key in ipairs(KEYS) do
    if not full then
        redis.call('INCR', key)
    end
    local left = redis.call('PTTL', key)
    if left == -1 then
        redis.call('PEXPIRE', key, window)
    elseif left >= 0 then
        told[2 * place] = left
    end
end
return told
"""

_NAME: Final = hashlib.sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()  # by which Redis knows a script


class Kind(StrEnum):
    """What is counted apart."""

    READS = "reads"
    WRITES = "writes"
    HEAVY = "heavy"
    ANONYMOUS = "anonymous"


class Spent(TooMany):
    """Nothing is left of the caller's minute."""

    code = "too_many_requests"

    def __init__(self, allowance: "Allowance") -> None:
        super().__init__(f"That was too often; go on in {allowance.seconds} seconds.")
        self.allowance, self.wait = allowance, allowance.seconds


@dataclass(frozen=True)
class Allowance:
    """What a caller has: `limit` requests of a kind a minute, `left` of them for the next `seconds`."""

    kind: Kind
    limit: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """Return it in the fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit};w={WINDOW}',
            "RateLimit": f'"{self.kind}";r={max(self.left, 0)};t={self.seconds}',
        }


class Counter:
    """The shared counter, which is left alone for a while after it failed.

    Every request asks it, so each thread speaks to it over a connection of its own, past what the client library does
    for others: a pool, checks, retries of many kinds.
    """

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._own = threading.local()
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def _count(self, keys: Sequence[str], args: Sequence[int]) -> list[int]:
        """Run the script; once more where the server has been started anew and knows neither us nor it."""
        words: tuple[str | int, ...] = (len(keys), *keys, *args)
        try:
            return self._said("EVALSHA", _NAME, *words)
        except (ConnectionError, NoScriptError):
            return self._said("EVAL", _COUNT, *words)

    def _said(self, *words: str | int) -> list[int]:
        line = getattr(self._own, "line", None)
        if line is None:
            line = self._own.line = self._pool.make_connection()
        try:
            line.send_command(*words)
            told: list[int] = line.read_response()
        except NoScriptError:
            raise
        except (RedisError, OSError):
            line.disconnect()  # an answer that comes late is not the next one's
            raise
        return told

    def add(self, shares: list[tuple[str, int]]) -> list[tuple[int, float]] | None:
        """Count one request under each key, unless one has its limit; return each count with this request, and the
        seconds it still runs. None: the counter is away.
        """
        if time.monotonic() < self._rests_until:
            return None
        try:
            keys, limits = zip(*shares, strict=True)
            told = self._count(keys, [WINDOW * 1000, *limits])
        except (RedisError, OSError) as error:
            with self._lock:
                first = time.monotonic() >= self._rests_until
                self._rests_until = time.monotonic() + REST
            if first:
                logger.warning("Requests are not limited for %.0f s, their counter is away: %s", REST, error)
            return None
        return [(int(count), int(left) / 1000) for count, left in zip(told[::2], told[1::2], strict=True)]


@lru_cache(maxsize=4)
def counter(url: str) -> Counter:
    """Return this process's way to a counter."""
    return Counter(url)


def spend(request: Request | HttpRequest, kind: Kind) -> Allowance | None:
    """Count a request and return what its caller has left; raise Spent where that was nothing. None: not limited."""
    url, limit = settings.CROWD_LIMITS_URL, settings.CROWD_LIMITS[kind]
    if not url or not limit:
        return None
    shares = _shares(request, kind, limit)
    told = counter(url).add(shares)
    if told is None:
        return None
    found = [
        Allowance(kind, most, most - count, max(1, -int(-left // 1)))
        for (_, most), (count, left) in zip(shares, told, strict=True)
    ]
    tightest = min(found, key=lambda each: (min(each.left, 0), each.left / each.limit))
    if tightest.left < 0:
        raise Spent(tightest)
    return tightest


def _shares(request: Request | HttpRequest, kind: Kind, limit: int) -> list[tuple[str, int]]:
    """Return the keys under which a request counts, each with its limit; in a cluster all lie on one server."""
    if kind is Kind.ANONYMOUS:
        return [(f"crowd:rate:{kind}:{address(request)}", limit)]
    place = f"crowd:rate:{{{request.user.pk}}}:{kind}"
    auth = getattr(request, "auth", None)
    who = f"token:{auth.token.pk}" if isinstance(auth, Caller) else "session"
    return [(f"{place}:{who}", limit), (place, limit * TOGETHER)]


def address(request: Request | HttpRequest) -> str:
    """Return whence a request comes, of IPv6 the network of 64 bits that one customer has.

    Behind proxies it is what the first of ours noted; what stands before that in the header anybody may have written.
    """
    found = request.META.get("REMOTE_ADDR", "")
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    noted = [word.strip() for word in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if word.strip()]
    if proxies and len(noted) >= proxies:
        found = noted[-proxies]
    try:
        known = ip_address(found)
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64)
    return str(known)
