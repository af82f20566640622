"""What a call consists of, without doing any of it: a generator yields the next step and is sent what came of it.

So every call is written once. `Client` carries the steps out with blocking calls, `AsyncClient` with awaited ones, and
neither knows what a call is about.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Any, Protocol, TypeVar

from crowd.client import errors

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One file of a form: its bytes, or where they lie."""

    field: str
    name: str
    source: bytes | Path


@dataclass(frozen=True)
class Request:
    """One HTTP request, at a full address; it may be sent many times."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # they carry the token
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | Path | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Part] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True)
class Answer:
    """What came back; `headers` are by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def redirects(self) -> bool:
        """Whether it names another address."""
        return 300 <= self.status < 400 and "location" in self.headers

    def json(self) -> Any:
        """The document; None where there is none, or it is no JSON."""
        try:
            return loads(self.content) if self.content else None
        except ValueError:
            return None

    def refusal(self, request: Request) -> errors.ApiError:
        """The exception that this answer stands for."""
        return errors.of_answer(
            request=str(request), status=self.status, body=self.json(), location=self.headers.get("location", "")
        )


class Sink(Protocol):
    """Takes a body piece by piece."""

    def begin(self, answer: Answer) -> bool:
        """Look at status and headers; True where the body is wanted."""

    def write(self, piece: bytes) -> None:
        """Take a piece."""


@dataclass(frozen=True)
class Send:
    """Send a request and read the whole answer; is sent the `Answer`. With a `sink`, the body goes there if wanted.

    A connection that fails is thrown in as `Unreachable`.
    """

    request: Request
    sink: Sink | None = None


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Together:
    """Do several things at once, at most `hands` at a time; is sent the list of their results, in order.

    The first that fails ends the others and is thrown in.
    """

    tasks: "Sequence[Steps[Any]]"
    hands: int


@dataclass(frozen=True)
class Row:
    """Hand one row to whoever iterates."""

    value: Any


Step = Send | Pause | Together | Row
Steps = Generator[Step, Any, T]


@dataclass(frozen=True)
class Over:
    """There is no further step; `value` is the result."""

    value: Any


def advance(steps: Steps[Any], outcome: Any = None, fault: Exception | None = None) -> Step | Over:
    """Tell the steps what came of the last one, and return the next; the first is asked for by telling nothing."""
    try:
        return steps.send(outcome) if fault is None else steps.throw(fault)
    except StopIteration as end:
        return Over(end.value)
