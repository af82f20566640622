"""Clients that claim and submit as fast as they are answered, and cost next to nothing: bytes over a kept socket.

Nothing here imports Django: each process of clients starts as a fresh interpreter.
"""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlsplit

CLIENTS_PER_PROCESS = 32
CLASSES = ("cat", "dog", "fox")
RIGHT = 0.9  # of the answers, so that most images settle after the least number of them


@dataclass(frozen=True)
class Order:
    """What one client does: this many cycles, or as many as go into this time."""

    url: str
    slug: str
    token: str
    seed: int
    seconds: float = float("inf")
    cycles: int = 2**62


@dataclass
class Outcome:
    """What the clients saw; times in seconds, of the answers that gave or took work."""

    began: float = float("inf")
    ended: float = 0.0
    claims: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    claimed: list[str] = field(default_factory=list)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Take another's into this one."""
        self.began, self.ended = min(self.began, other.began), max(self.ended, other.ended)
        self.statuses += other.statuses
        self.acknowledged |= other.acknowledged
        for name in ("claims", "submits", "claimed", "faults"):
            getattr(self, name).extend(getattr(other, name))


class Wire:
    """One kept connection to the server, speaking just enough HTTP."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        assert address.hostname
        self._address = (address.hostname, address.port or 80)
        self._head = f"HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
        self._socket: socket.socket | None = None

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and body; a connection that the server has closed is opened anew."""
        content = json.dumps(body).encode()
        request = f"POST {path} {self._head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        for attempt in (1, 2):
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=120)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._socket.sendall(request.encode() + content)
                return self._answer(self._socket)
            except ConnectionError:
                self._socket = None
                if attempt == 2:
                    raise
        raise AssertionError

    @staticmethod
    def _answer(connection: socket.socket) -> tuple[int, Any]:
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += (more := connection.recv(65536))
            if not more:
                raise ConnectionResetError
        head, _, body = heard.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += (more := connection.recv(65536))
            if not more:
                raise ConnectionResetError
        return int(lines[0].split()[1]), json.loads(body) if body else None


def answer(dice: random.Random) -> dict[str, Any]:
    """An answer that is right most of the time, with a box that no other answer has."""
    right = dice.random() < RIGHT
    box = [round(dice.uniform(9, 11), 6), round(dice.uniform(9, 11), 6), 20, 15]
    return {
        "classifications": {"scene": "cat" if right else dice.choice(CLASSES)},
        "objects": [{"label": "car", "box": box}],
    }


class Client:
    """One worker, at work over one connection."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.outcome = Outcome()
        self._wire = Wire(order.url, order.token)
        self._dice = random.Random(order.seed)

    def cycle(self) -> bool:
        """Claim one image and answer it; False where there was none."""
        took, (status, body) = _timed(
            lambda: self._wire.post(f"/api/v1/projects/{self.order.slug}/assignments/", {"count": 1})
        )
        self.outcome.statuses[f"claim {status}"] += 1
        if status != 201:
            return self._refused("claim", status, body)
        self.outcome.claims.append(took)
        name = body["results"][0]["id"]
        self.outcome.claimed.append(name)
        document = answer(self._dice)
        took, (status, body) = _timed(
            lambda: self._wire.post(f"/api/v1/assignments/{name}/submit/", {"annotation": document, "seconds": 3})
        )
        self.outcome.statuses[f"submit {status}"] += 1
        if status != 200:
            return self._refused("submit", status, body)
        self.outcome.submits.append(took)
        self.outcome.acknowledged[name] = document
        return True

    def _refused(self, what: str, status: int, body: Any) -> bool:
        if status not in {201, 204}:
            self.outcome.faults.append(f"{what} {status}: {json.dumps(body)[:300]}")
        return False

    def run(self) -> Outcome:
        """Work until the order is done, or there has been nothing to do for a second."""
        self.outcome.began = time.monotonic()
        vain = 0
        while len(self.outcome.submits) < self.order.cycles and vain < 20:
            if time.monotonic() - self.outcome.began >= self.order.seconds:
                break
            if self.cycle():
                vain = 0
            else:
                vain += 1
                time.sleep(0.05)
        self.outcome.ended = time.monotonic()
        return self.outcome


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def crowd(orders: Sequence[Order]) -> Outcome:
    """Have each order carried out by a thread of this process; return all they saw."""
    clients = [Client(order) for order in orders]
    total = Outcome()

    def work(client: Client) -> None:
        try:
            client.run()
        except Exception as error:  # noqa: BLE001 -- told among the faults, with what was seen before it
            client.outcome.ended = time.monotonic()
            client.outcome.faults.append(repr(error))

    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        total.add(client.outcome)
    return total


def run(orders: Sequence[Order]) -> Outcome:
    """Carry out all orders side by side, in as few processes as do not hinder one another."""
    if len(orders) == 1:
        return crowd(orders)
    groups = [orders[n : n + CLIENTS_PER_PROCESS] for n in range(0, len(orders), CLIENTS_PER_PROCESS)]
    total = Outcome()
    with ProcessPoolExecutor(len(groups), mp_context=get_context("spawn")) as pool:
        for outcome in pool.map(crowd, groups):
            total.add(outcome)
    return total
