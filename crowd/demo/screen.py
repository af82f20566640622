"""What is happening, while it happens: progress bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

PLAIN_EVERY = 5.0  # seconds between two lines of one step where there is no terminal
PLAIN_WIDTH = 110


class Step:
    """One step under way; `note` ends up on its line."""

    def __init__(self, screen: "Screen", title: str, total: int | None) -> None:
        self.note = ""
        self._screen, self._title, self._total = screen, title, total
        self._count, self._lock, self._told = 0, Lock(), time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def advance(self, by: int = 1) -> None:
        """Count what is done; called from any thread."""
        with self._lock:
            self._count += by
            if self._bar:
                self._bar[0].advance(self._bar[1], by)
            elif time.monotonic() - self._told > PLAIN_EVERY:
                self._told = time.monotonic()
                of = f" of about {self._total}" if self._total else ""
                self._screen.console.print(f"    {self._title}: {self._count}{of}")

    def show(self, progress: Progress) -> None:
        """Draw the bar from now on."""
        self._bar = (progress, progress.add_task(self._title, total=self._total))


class Screen:
    """Where the steps are shown, one after the other."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = PLAIN_WIDTH

    @contextmanager
    def step(self, title: str, *, total: int | None = None) -> Iterator[Step]:
        """Show a step while it runs, and a line with its time and its note when it has ended."""
        started = time.monotonic()
        step = Step(self, title, total)
        mark = "[red]✗[/]"
        try:
            if self.console.is_terminal:
                with self._progress(counted=total is not None) as progress:
                    step.show(progress)
                    yield step
            else:
                yield step
            mark = "[green]✓[/]"
        finally:
            seconds = time.monotonic() - started
            self.console.print(f"{mark} [dim]{seconds:5.1f} s[/]  {title}{step.note and f': {step.note}'}")

    def _progress(self, *, counted: bool) -> Progress:
        bar = (BarColumn(), MofNCompleteColumn()) if counted else ()
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *bar,
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
