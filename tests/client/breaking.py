"""A line to a site that breaks: it passes bytes on as they are, and hangs up where a test says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NOTHING = -1  # not even the head of the answer


@dataclass
class Breaking:
    """The line's own address; what it heard; and, for each break to come, which request and after how many bytes."""

    url: str = ""
    heard: list[str] = field(default_factory=list)  # the head of each request
    breaks: list[tuple[str, int]] = field(default_factory=list)

    def hang_up(self, wanted: str, *, after: int = NOTHING) -> None:
        """Answer the next request that has `wanted` in its head with so many bytes of the body, then hang up."""
        self.breaks.append((wanted, after))

    def limit_of(self, head: str) -> int | None:
        """Return after how many bytes of its body this answer ends; None where it is whole."""
        self.heard.append(head)
        for place, (wanted, after) in enumerate(self.breaks):
            if wanted in head:
                del self.breaks[place]
                return after
        return None


@contextmanager
def breaking(site: str) -> Iterator[Breaking]:
    """Have such a line to the site; each connection carries one request."""
    target = (urlsplit(site).hostname or "", urlsplit(site).port or 80)
    line, stop = Breaking(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        line.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            workers = []
            while not stop.is_set():
                with suppress(TimeoutError):
                    client, _ = listener.accept()
                    workers.append(threading.Thread(target=_pass_on, args=(line, client, target)))
                    workers[-1].start()
            for each in workers:
                each.join()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield line
        finally:
            stop.set()
            thread.join()


def _pass_on(line: Breaking, client: socket.socket, target: tuple[str, int]) -> None:
    with client, socket.create_connection(target) as server, suppress(ConnectionError, TimeoutError):
        client.settimeout(10)
        request = _request(client)
        if not request:
            return
        head, _, body = request.partition(b"\r\n\r\n")
        limit = line.limit_of(head.decode("latin-1"))
        kept = [one for one in head.split(b"\r\n") if not one.lower().startswith(b"connection:")]
        server.sendall(b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body)
        _give_back(server, client, limit)


def _give_back(server: socket.socket, client: socket.socket, limit: int | None) -> None:
    if limit is None:
        while piece := server.recv(1 << 16):
            client.sendall(piece)
        return
    answer = b"".join(iter(lambda: server.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    if limit != NOTHING:
        client.sendall(head + b"\r\n\r\n" + body[:limit])


def _request(client: socket.socket) -> bytes:
    """Read one whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := client.recv(1 << 16)):
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [one.partition(b":")[2] for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")]
    missing = int(lengths[0]) - len(body) if lengths else 0
    while missing > 0:
        piece = client.recv(min(missing, 1 << 16))
        data, missing = data + piece, missing - len(piece)
    return data
