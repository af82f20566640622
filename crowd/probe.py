"""Tells by its exit status whether a part lives: `python -m crowd.probe http://127.0.0.1:8000/healthz` or a file.

A web server lives when it answers 200. A worker or a beat lives when it touched its file, `CROWD_ALIVE_FILE`, within
the last minute; that says nothing of the broker, as starting again would not bring one back. Needs no shell, no curl.
"""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 3.0
TOUCHED = 10.0  # seconds between two touches
STALE = 60.0  # seconds without a touch after which it counts as dead


def alive(what: str) -> bool:
    """Tell whether the web server answers, or the file was touched of late."""
    if what.startswith("http://"):
        return answers(what)
    try:
        return time.time() - Path(what).stat().st_mtime < STALE
    except OSError:
        return False


def answers(url: str) -> bool:
    """Tell whether the address answers 200 to one who calls it localhost, a name that is always allowed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path or "/", headers={"Host": "localhost", "Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def touch() -> None:
    """Say that we live, where somebody wants to know."""
    if file := os.environ.get("CROWD_ALIVE_FILE"):
        Path(file).touch()


if __name__ == "__main__":
    sys.exit(0 if all(map(alive, sys.argv[1:])) and sys.argv[1:] else 1)
