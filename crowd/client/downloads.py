"""A file fetched whole: resumed where the connection broke, believed by its checksum only, there whole or not."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from crowd.client.errors import Corrupt, Unreachable
from crowd.client.line import Line
from crowd.client.steps import Answer, Pause, Request, Send, Steps

CHUNK: Final = 1 << 20
HOPS: Final = 5

Tell = Callable[[int], None]  # is told how many more bytes are here; fewer than none when some were thrown away


class _Rest:
    """Takes the rest of a file, behind what an earlier attempt left; no more than the whole is to have, if known."""

    def __init__(self, path: Path, whole: int | None, tell: Tell) -> None:
        self.path, self.whole, self.tell, self.grew = path, whole, tell, False

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def complete(self) -> bool:
        """Whether as much is here as the whole is to have."""
        return self.whole is not None and self.path.exists() and self.size >= self.whole

    def headers(self) -> dict[str, str]:
        """Ask for the rest only, and for the bytes themselves: no proxy is to pack them."""
        return {"Accept-Encoding": "identity", **({"Range": f"bytes={self.size}-"} if self.size else {})}

    def begin(self, answer: Answer) -> bool:
        """Go on behind what is there if that is what is sent; else begin anew."""
        if answer.status == 200:
            self.drop()
            self.path.touch()
            return True
        return answer.status == 206 and answer.headers.get("content-range", "").startswith(f"bytes {self.size}-")

    def write(self, piece: bytes) -> None:
        """Keep a piece."""
        if self.whole is not None and self.size + len(piece) > self.whole:
            self.drop()
            raise Corrupt(f"more than the {self.whole} bytes came that were named: {self.path.name}")
        with self.path.open("ab") as file:
            file.write(piece)
        self.grew = True
        self.tell(len(piece))

    def drop(self) -> None:
        """Throw away what is there."""
        if self.size:
            self.tell(-self.size)
        self.path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(
    line: Line, address: Callable[[dict[str, str]], Request], *, to: Path, sha256: str, size: int | None, tell: Tell
) -> Steps[Path]:
    """Fetch a file to `to`, unless it is there already; raises `Corrupt` where what came is not what was named.

    `address` makes the request with the headers that it is given.
    """
    if to.exists() and digest_of(to) == sha256:
        tell(to.stat().st_size)
        return to
    to.parent.mkdir(parents=True, exist_ok=True)
    rest = _Rest(to.with_name(f".{to.name}.{sha256[:16]}.part"), size, tell)
    tell(resumed := rest.size)
    yield from _complete(line, address, rest)
    if (found := digest_of(rest.path)) != sha256 and resumed:  # what was there from before may be to blame
        rest.drop()
        yield from _complete(line, address, rest)
        found = digest_of(rest.path)
    if found != sha256:
        rest.drop()
        raise Corrupt(f"{to.name} should have sha256 {sha256}; what arrived has {found}. Try again, or tell the owner.")
    rest.path.replace(to)
    return to


def _complete(line: Line, address: Callable[[dict[str, str]], Request], rest: _Rest) -> Steps[None]:
    """Fetch until nothing is missing; every byte that comes renews the patience."""
    waits = line.waits()
    while not rest.complete:
        rest.grew = False
        request = address(rest.headers())
        try:
            request, answer = yield from _followed(line, request, rest)
            seconds = waits.after(answer)
            if answer.status in {200, 206} and (rest.whole is None or rest.complete):
                return
            if answer.status not in {200, 206, 416} and seconds is None:
                raise answer.refusal(request)
            if answer.status in {206, 416} and not rest.grew:  # what is there is not what the site has
                rest.drop()
            lost = Unreachable(f"{request} ended before all of it had come")
        except Unreachable as fault:
            lost, seconds = fault, None
        if rest.grew:
            waits.reset()
        seconds = waits.next() if seconds is None else seconds
        if seconds is None:
            raise lost
        yield Pause(seconds)


def _followed(line: Line, request: Request, rest: _Rest) -> Steps[tuple[Request, Answer]]:
    """Ask, and go where the answer leads, without the token."""
    answer: Answer = yield Send(request, rest)
    for _ in range(HOPS):
        if not answer.redirects:
            break
        request = line.bare(urljoin(request.url, answer.headers["location"]), rest.headers())
        answer = yield Send(request, rest)
    return request, answer
