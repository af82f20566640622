"""The tables that say what happened."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from crowd.demo.cast import Cast
from crowd.demo.crowd import PEOPLE
from crowd.demo.outcome import Outcome
from crowd.demo.story import Run

Told = tuple[Run, Outcome]


def show(console: Console, told: Sequence[Told], *, faults: Sequence[str], seconds: float) -> None:
    """Print what came out, who worked how, and where the files are; then what did not work, if anything."""
    console.print()
    console.print(outcomes(told))
    console.print(people(told))
    console.print(files(told))
    for fault in faults:
        console.print(f"[bold red]✗[/] {fault}")
    if not faults:
        console.print(f"[bold green]Every step worked and every check held[/], in {seconds:.0f} s.")


def outcomes(told: Sequence[Told]) -> Table:
    """Return the table of one column an effort."""
    table = _table("What came out")
    table.add_column("")
    for run, _ in told:
        table.add_column(run.slug, justify="right")

    def row(name: str, value: Callable[[Run, Outcome], object], style: str = "") -> None:
        table.add_row(name, *(str(value(run, outcome)) for run, outcome in told), style=style)

    row("images, of which gold", lambda _, o: f"{o.images}, {o.gold}")
    row("answers, besides those to gold", lambda _, o: f"{o.answers}, {o.answers_on_gold}")
    row("answers per image", lambda _, o: f"{o.answers_per_image:.2f}")
    row("right: majority of the same answers", lambda _, o: o.majority)
    row("right: our consensus, before any review", lambda _, o: o.proposed, "bold")
    row("right: what our consensus was sure of", lambda _, o: o.sure)
    row("right: the release, after review", lambda _, o: o.released, "bold")
    row("reviewed, of which corrected", lambda run, _: f"{run.conflicts}, {run.corrected}")
    row("workers paused, of which planted bad", _paused)
    row("pausing: precision, recall", lambda _, o: f"{o.pausing.precision:.0%}, {o.pausing.recall:.0%}")
    row("Krippendorff's alpha", _alpha)
    return table


def _paused(run: Run, outcome: Outcome) -> str:  # noqa: ARG001 -- every row's signature
    pausing = outcome.pausing
    return f"{len(pausing.paused)}, {len(pausing.paused & pausing.planted)} of {len(pausing.planted)}"


def _alpha(run: Run, outcome: Outcome) -> str:  # noqa: ARG001 -- every row's signature
    alpha = run.stats["agreement"]["krippendorff_alpha"]
    return "–" if alpha is None else f"{alpha:.3f}"


def people(told: Sequence[Told]) -> Table:
    """Return the table of one row a simulated person: what they are, and what the engine made of them."""
    table = _table("The simulated crowd, and what became of it")
    table.add_column("\nwho")
    table.add_column("\ntruly")
    for run, _ in told:
        for column in (f"{run.slug}\nanswers", "\ngold", "\nweight"):
            table.add_column(column, justify="right")
    for person in PEOPLE:
        cells: list[str | Text] = []
        for run, _ in told:
            cells += _standing(run, person.name)
        table.add_row(person.name, person.kind, *cells)
    return table


def _standing(run: Run, name: str) -> list[str | Text]:
    """Return answers, gold passed of seen, and what the engine made of it: a weight, or a pause."""
    row = run.workers[name]
    weight = "–" if row["weight"] is None else f"{row['weight']:.2f}"
    verdict = weight if row["status"] == "active" else Text(row["status"], style="red")
    return [str(run.shifts[name].answers), f"{row['gold']['passed']}/{row['gold']['seen']}", verdict]


def files(told: Sequence[Told]) -> Table:
    """Return the table of the releases' files."""
    table = _table("The releases")
    for column in ("release", "file", "bytes", "sha256"):
        table.add_column(column, justify="right" if column == "bytes" else "left", overflow="fold")
    for run, _ in told:
        assert run.release is not None
        for file in run.release.files:
            table.add_row(f"{run.slug} {run.release.number}", file.path.name, f"{file.bytes:,}", f"{file.sha256[:16]}…")
    places = {run.release.folder for run, _ in told if run.release}
    table.caption = Text("\n".join(f"in {_short(place)}" for place in sorted(places)), justify="left")
    return table


def sign_in(url: str, cast: Cast) -> Panel:
    """Return how to go on from here in a browser."""
    lines: list[Text] = [Text.assemble("Open ", (url, "bold underline")), Text()]
    for role, player in (("worker", cast.visitor), ("owner", cast.owner), ("reviewer", cast.reviewer)):
        name, password = (f"{player.username:<10}", "bold"), (str(player.password), "bold")
        lines.append(Text.assemble(f"{role:<9} sign in as ", name, " password ", password))
    return Panel(Group(*lines), title="Go on in a browser", title_align="left", expand=False, padding=(1, 2))


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def _short(path: Path) -> str:
    """Return the path from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
