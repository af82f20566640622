"""What the parts write: kept in files that do not grow for ever, and shown where a person should see it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

LARGEST = 32 * 1024 * 1024
MOST_LINES = 40
IMPORTANT = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback ")


def rotate(log: Path) -> None:
    """Keep the log under its limit, one older one beside it; safe while its writer appends."""
    if log.exists() and log.stat().st_size > LARGEST:
        shutil.copy2(log, log.with_suffix(".1.log"))
        with log.open("r+b") as file:
            file.truncate(0)


class Watch:
    """The important lines that a log gains from now on: warnings, errors, and tracebacks to their last line."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._position = log.stat().st_size
        self._inside = False

    def lines(self) -> Iterator[str]:
        """Yield the new ones; of a flood only the first, and how many more the file has."""
        size = self._log.stat().st_size
        if size < self._position:  # rotated
            self._position = 0
        with self._log.open("rb") as file:
            file.seek(self._position)
            text = file.read(1024 * 1024)
        complete = text[: text.rfind(b"\n") + 1] if len(text) < 1024 * 1024 else text
        self._position += len(complete)
        found = [line for line in complete.decode(errors="replace").splitlines() if self._shows(line)]
        yield from found[:MOST_LINES]
        if len(found) > MOST_LINES:
            yield f"... and {len(found) - MOST_LINES} lines more in {self._log}"

    def _shows(self, line: str) -> bool:
        if IMPORTANT.search(line):
            self._inside = True
            return True
        if not self._inside:
            return False
        if not line.startswith((" ", "\t")):  # a traceback's last line ends it
            self._inside = False
            return bool(re.match(r"[\w.]+(Error|Exception|Warning|Interrupt|Exit|Timeout)\b", line))
        return True
