"""What comes now and then is handed on at once; what comes thick and fast, together every moment. No Django."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

MOST: Final = 50  # said together


class Gatherer:
    """Hands ids on: the first at once, those that follow within `every` seconds together at their end.

    What waits is lost with its process, so it is for what somebody finds again.
    """

    def __init__(self, hand_on: Callable[[Sequence[int]], None], *, every: Callable[[], float]) -> None:
        self._hand_on, self._every = hand_on, every
        self._waiting: dict[int, None] = {}  # in their order, each once
        self._timer: threading.Timer | None = None
        self._last = float("-inf")
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget what the parent's thread, of which a child has none, will hand on."""
        self._waiting, self._timer, self._lock = {}, None, threading.Lock()

    def add(self, one: int) -> None:
        """Hand it on now, or soon."""
        with self._lock:
            self._waiting[one] = None
            if self._timer is not None:
                return
            wait = self._last + self._every() - time.monotonic()
            if wait > 0:
                timer = threading.Timer(wait, self.flush)
                timer.daemon = True
                timer.start()  # where it cannot, the next one tries again
                self._timer = timer
                return
        self.flush()

    def flush(self) -> None:
        """Hand on whatever waits."""
        with self._lock:
            found, self._waiting = list(self._waiting), {}
            self._timer, self._last = None, time.monotonic()
        for start in range(0, len(found), MOST):
            self._hand_on(found[start : start + MOST])
