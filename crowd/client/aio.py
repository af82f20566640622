"""The client with awaited calls, for use under asyncio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any, Self

import httpx

from crowd.client.line import PATIENCE
from crowd.client.steps import Answer, Over, Pause, Row, Send, Step, Steps, T, Together, advance
from crowd.client.surface import Calls
from crowd.client.wire import arguments, head, lost, options


class AsyncClient(Calls):
    """As `Client`, with the same methods to be awaited, and lists to be read by `async for`.

    Files on disk are read and written in place: they do not wait for anybody.
    """

    def __init__(self, site: str, token: str = "", *, patience: float = PATIENCE, timeout: float = 60.0) -> None:
        super().__init__(site, token, patience=patience)
        self._http = httpx.AsyncClient(**options(timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def run(self, steps: Steps[T]) -> T:
        """Carry the steps out and return their result."""
        try:
            step = advance(steps)
            while not isinstance(step, Over):
                step = await self._after(steps, step)
            result: T = step.value
            return result
        finally:
            steps.close()

    async def iterate(self, steps: Steps[None]) -> AsyncIterator[dict[str, Any]]:
        """Carry the steps out and yield the rows that they hand on."""
        try:
            step = advance(steps)
            while not isinstance(step, Over):
                if isinstance(step, Row):
                    yield step.value
                step = await self._after(steps, step)
        finally:
            steps.close()

    async def _after(self, steps: Steps[Any], step: Step) -> Step | Over:
        """Carry one step out and return the next."""
        outcome: Any = None
        try:
            match step:
                case Send():
                    outcome = await self._send(step)
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Together():
                    outcome = await self._together(step)
        except Exception as fault:  # noqa: BLE001 -- whoever wrote the steps decides
            return advance(steps, fault=fault)
        return advance(steps, outcome)

    async def _send(self, step: Send) -> Answer:
        with ExitStack() as files:
            try:
                request = self._http.build_request(**arguments(step.request, files))
                response = await self._http.send(request, stream=True)
                try:
                    answer = head(response)
                    if step.sink is None or not step.sink.begin(answer):
                        return Answer(answer.status, answer.headers, await response.aread())
                    async for piece in response.aiter_raw():
                        step.sink.write(piece)
                    return answer
                finally:
                    await response.aclose()
            except httpx.TransportError as fault:
                raise lost(step.request, fault) from fault

    async def _together(self, step: Together) -> list[Any]:
        hands = asyncio.Semaphore(max(1, step.hands))

        async def one(steps: Steps[Any]) -> Any:
            async with hands:
                return await self.run(steps)

        tasks = [asyncio.ensure_future(one(steps)) for steps in step.tasks]
        try:
            return list(await asyncio.gather(*tasks))
        finally:  # the first that fails, or a cancellation, ends the others
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
