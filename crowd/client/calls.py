"""How a call written as steps becomes a method: plain in `Client`, awaited in `AsyncClient`, and typed in both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from crowd.client.line import Line
from crowd.client.steps import Steps

if TYPE_CHECKING:
    from crowd.client.aio import AsyncClient
    from crowd.client.sync import Client

P = ParamSpec("P")
T = TypeVar("T")


class Call(Generic[P, T]):
    """A method that gives one result."""

    def __init__(self, steps: Callable[Concatenate[Line, P], Steps[T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, client: None, kind: type) -> Call[P, T]: ...
    @overload
    def __get__(self, client: Client, kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, kind: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: Client | AsyncClient | None, kind: type) -> Any:
        """Return the method of this client."""
        return self if client is None else _bound(client.run, self.steps, client.line)


class Listing(Generic[P]):
    """A method that gives rows, one after the other."""

    def __init__(self, steps: Callable[Concatenate[Line, P], Steps[None]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, client: None, kind: type) -> Listing[P]: ...
    @overload
    def __get__(self, client: Client, kind: type) -> Callable[P, Iterator[dict[str, Any]]]: ...
    @overload
    def __get__(self, client: AsyncClient, kind: type) -> Callable[P, AsyncIterator[dict[str, Any]]]: ...
    def __get__(self, client: Client | AsyncClient | None, kind: type) -> Any:
        """Return the method of this client."""
        return self if client is None else _bound(client.iterate, self.steps, client.line)


def _bound(run: Callable[[Steps[Any]], Any], steps: Callable[..., Steps[Any]], line: Line) -> Callable[..., Any]:
    @wraps(steps)
    def method(*args: Any, **kwargs: Any) -> Any:
        return run(steps(line, *args, **kwargs))

    return method
