"""Connections to addresses that were judged, within one deadline for everything."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import httpcore

from crowd.egress.addresses import Address, Allowed, Blocked, literal

CLOSED: Final = "This address is not on the public internet, and the operator has not opened it (CROWD_EGRESS_ALLOW)."
CONNECT: Final = 10.0  # seconds for each address tried

Resolve = Callable[[str, int], list[str]]


def system_resolve(host: str, port: int) -> list[str]:
    """Return the host's addresses, as this machine resolves names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class Deadline:
    """A moment by which all must be done; `left` raises `error` once it has passed."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, error: type[Exception] = httpcore.ReadTimeout) -> float:
        """Return the seconds that are left, always more than none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise error("out of time")
        return seconds


class Stream(httpcore.NetworkStream):
    """A connection whose every wait is cut at the deadline, so that a peer who dribbles gains nothing."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- the deadline rules
        """Return some bytes, none at the end."""
        try:
            self._sock.settimeout(self._deadline.left())
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- the deadline rules
        """Send all the bytes."""
        try:
            while buffer:
                self._sock.settimeout(self._deadline.left(httpcore.WriteTimeout))
                buffer = buffer[self._sock.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline rules
    ) -> httpcore.NetworkStream:
        """Return the same connection under TLS, the server having proven the name of the URL."""
        try:
            self._sock.settimeout(self._deadline.left(httpcore.ConnectTimeout))
            return Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname), self._deadline)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks of a connection."""
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        if info == "server_addr":
            return self._sock.getpeername()
        return None


class Network(httpcore.NetworkBackend):
    """Resolves once, judges each address, connects to one that passed: nobody can answer otherwise in between."""

    def __init__(self, *, allowed: Allowed, deadline: Deadline, resolve: Resolve = system_resolve) -> None:
        self._allowed, self._deadline, self._resolve = allowed, deadline, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline rules
        local_address: str | None = None,  # noqa: ARG002 -- httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 -- httpcore's signature
    ) -> httpcore.NetworkStream:
        """Return a connection to the first permitted address that takes one."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in self.permitted(host, port):
            try:
                seconds = min(CONNECT, self._deadline.left(httpcore.ConnectTimeout))
                return Stream(socket.create_connection((str(address), port), timeout=seconds), self._deadline)
            except TimeoutError as error:
                failure = httpcore.ConnectTimeout(str(error))
            except OSError as error:
                failure = httpcore.ConnectError(str(error))
        raise failure

    def permitted(self, host: str, port: int) -> list[Address]:
        """Return the host's addresses that may be called; Blocked where there is none among them."""
        fixed = literal(host)
        found = [fixed] if fixed else [ipaddress.ip_address(one) for one in self._resolved(host, port)]
        open_ones = [one for one in found if self._allowed.permits(one, name=host)]
        if not open_ones:
            raise Blocked(CLOSED)
        return open_ones

    def _resolved(self, host: str, port: int) -> list[str]:
        """Resolve in a thread of its own: the system's call cannot be told to give up."""
        answer: list[list[str] | OSError] = []

        def ask() -> None:
            try:
                answer.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.append(OSError(str(error)))

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(self._deadline.left(httpcore.ConnectTimeout))
        if not answer:
            raise httpcore.ConnectTimeout("the name was not resolved in time")
        if isinstance(answer[0], OSError):
            raise httpcore.ConnectError(f"the name cannot be resolved: {answer[0]}")
        return answer[0]
