"""What the commands say: lines for people, or one JSON object a line; progress beside it, on a terminal only."""

import importlib.util
import json
import sys
import time
from types import TracebackType
from typing import Any, Self

EVERY = 5.0  # seconds between two words on progress where nothing can be drawn


class Teller:
    """Results go to stdout, progress to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, document: dict[str, Any], words: str) -> None:
        """Tell one result: the document to machines, the words to people."""
        print(json.dumps(document, ensure_ascii=False) if self.as_json else printable(words), flush=True)

    def aside(self, words: str) -> None:
        """Say something beside the results, in one line."""
        print(printable(" ".join(words.split())), file=sys.stderr, flush=True)

    def progress(self, title: str) -> "Progress":
        """Have progress shown in this block."""
        return Progress(title, drawn=sys.stderr.isatty(), silent=self.as_json)


class Progress:
    """How far something is: a bar where `rich` is installed, else a line now and then."""

    def __init__(self, title: str, *, drawn: bool, silent: bool) -> None:
        self.title, self.silent, self.told = title, silent, time.monotonic()
        self.bar: Any = None
        if drawn and not silent and importlib.util.find_spec("rich"):
            from rich.console import Console  # noqa: PLC0415 -- drawn on a terminal only, and only where it is there
            from rich.progress import Progress as Bar  # noqa: PLC0415

            self.bar = Bar(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task(title, total=None)

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar:
            self.bar.stop()

    def at(self, done: int, of: int | None, more: str = "") -> None:
        """Show that so many are done."""
        if self.bar:
            self.bar.update(self.task, completed=done, total=of or None, description=f"{self.title} {more}".strip())
        elif not self.silent and time.monotonic() - self.told > EVERY:
            self.told = time.monotonic()
            print(f"{self.title}: {done}{f' of {of}' if of else ''} {more}".rstrip(), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Return text that drives no terminal, whoever named the file or wrote the note."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def size(count: int) -> str:
    """Return bytes as people say them."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
