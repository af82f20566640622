"""The client with blocking calls."""

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any, Self

import httpx

from crowd.client.errors import ClientError
from crowd.client.line import PATIENCE
from crowd.client.steps import Answer, Over, Pause, Row, Send, Step, Steps, T, Together, advance
from crowd.client.surface import Calls
from crowd.client.wire import arguments, head, lost, options


class _Ended(ClientError):
    """Another of the things done together failed, so this one is given up."""


class Client(Calls):
    """A site, as the holder of a token may use it. Threads may share it; close it, or use it in a `with` block."""

    def __init__(self, site: str, token: str = "", *, patience: float = PATIENCE, timeout: float = 60.0) -> None:
        super().__init__(site, token, patience=patience)
        self._http = httpx.Client(**options(timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def run(self, steps: Steps[T], ended: threading.Event | None = None) -> T:
        """Carry the steps out and return their result."""
        ended = ended or threading.Event()
        try:
            step = advance(steps)
            while not isinstance(step, Over):
                step = self._after(steps, step, ended)
            result: T = step.value
            return result
        finally:
            steps.close()

    def iterate(self, steps: Steps[None]) -> Iterator[dict[str, Any]]:
        """Carry the steps out and yield the rows that they hand on."""
        ended = threading.Event()
        try:
            step = advance(steps)
            while not isinstance(step, Over):
                if isinstance(step, Row):
                    yield step.value
                step = self._after(steps, step, ended)
        finally:
            steps.close()

    def _after(self, steps: Steps[Any], step: Step, ended: threading.Event) -> Step | Over:
        """Carry one step out and return the next."""
        outcome: Any = None
        try:
            match step:
                case Send():
                    outcome = self._send(step, ended)
                case Pause(seconds):
                    ended.wait(seconds)
                case Together():
                    outcome = self._together(step)
        except Exception as fault:  # noqa: BLE001 -- whoever wrote the steps decides
            return advance(steps, fault=fault)
        return advance(steps, fault=_Ended("given up")) if ended.is_set() else advance(steps, outcome)

    def _send(self, step: Send, ended: threading.Event) -> Answer:
        with ExitStack() as files:
            try:
                response = self._http.send(self._http.build_request(**arguments(step.request, files)), stream=True)
                files.callback(response.close)
                answer = head(response)
                if step.sink is None or not step.sink.begin(answer):
                    return Answer(answer.status, answer.headers, response.read())
                for piece in response.iter_raw():
                    step.sink.write(piece)
                    if ended.is_set():
                        break
                return answer
            except httpx.TransportError as fault:
                raise lost(step.request, fault) from fault

    def _together(self, step: Together) -> list[Any]:
        stop = threading.Event()
        with ThreadPoolExecutor(max(1, step.hands)) as pool:
            futures = [pool.submit(self.run, steps, stop) for steps in step.tasks]
            try:
                for each in wait(futures, return_when=FIRST_EXCEPTION).done:
                    each.result()
                return [each.result() for each in futures]
            finally:  # also for Ctrl-C: nothing of it goes on behind the caller's back
                stop.set()
                for each in futures:
                    each.cancel()
