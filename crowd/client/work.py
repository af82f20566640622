"""Gold, pre-labels, tasks, conflicts, feeds; and a worker's own work."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crowd.client.line import Line
from crowd.client.projects import Json, of
from crowd.client.steps import Steps

LINES_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4_000_000


@dataclass
class Loaded:
    """What became of a stream of lines; `rejected` has the site's word on each, `line` counting from 1."""

    sent: int = 0
    created: int = 0
    rejected: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Claim:
    """Work that was given; where there is none, `queue` is `busy` (come back soon) or `empty`."""

    assignments: list[Json]
    queue: str = ""


def gold(line: Line, /, project: str) -> Steps[None]:
    """The known answers, with how workers did on them."""
    return line.rows(of(project, "gold"))


def plant_gold(
    line: Line, /, project: str, image: int | str, annotation: Mapping[str, Any], *, explanation: str = "", **use: bool
) -> Steps[Json]:
    """Say what an image's answer is (`image`: id, name or sha256); `training=True` or `exam=True` for such use."""
    sent = {"image": str(image), "annotation": annotation, "explanation": explanation, **use}
    return line.do("POST", of(project, "gold"), json=sent)


def correct_gold(line: Line, /, gold: int, **changes: Any) -> Steps[Json]:
    """Correct a known answer; everybody who met it is scored anew."""
    return line.do("PATCH", f"gold/{gold}/", json=changes)


def withdraw_gold(line: Line, /, gold: int) -> Steps[None]:
    """Make a gold image an ordinary one again."""
    return line.do("DELETE", f"gold/{gold}/")


def load_prelabels(
    line: Line,
    /,
    project: str,
    lines: Iterable[Mapping[str, Any]],
    *,
    on_progress: Callable[[Loaded], None] | None = None,
) -> Steps[Loaded]:
    """Load a model's proposals, `{image, annotation, model, score?}` each, from any iterable, however long.

    They go in pieces, each of which happens once; a line that is refused stops no other.
    """
    total = Loaded()
    for piece, count in _pieces(lines):
        told = yield from line.do(
            "POST", of(project, "prelabels"), content=piece, headers={"Content-Type": "application/x-ndjson"}
        )
        total.created += told["created"]
        total.rejected += [
            {**row, "line": row["line"] + total.sent} if isinstance(row.get("line"), int) else row
            for row in told["rejected"]
        ]
        total.sent += count
        if on_progress:
            on_progress(total)
    return total


def _pieces(lines: Iterable[Mapping[str, Any]]) -> Iterator[tuple[bytes, int]]:
    """Lines as bodies that the site takes at once, and how many each has."""
    piece, count = bytearray(), 0
    for one in lines:
        text = json.dumps(one, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        if count and (count == LINES_AT_ONCE or len(piece) + len(text) > BYTES_AT_ONCE):
            yield bytes(piece), count
            piece, count = bytearray(), 0
        piece += text
        count += 1
    if count:
        yield bytes(piece), count


def tasks(line: Line, /, project: str, *, state: str | None = None) -> Steps[None]:
    """The tasks with their answers and labels, of one state or of all."""
    return line.rows(of(project, "tasks"), state=state)


def task(line: Line, /, task: int) -> Steps[Json]:
    """One task with its answers and its label."""
    return line.do("GET", f"tasks/{task}/")


def change_task(line: Line, /, task: int, **changes: Any) -> Steps[Json]:
    """Change a task's `priority` or `overlap`, or exclude it."""
    return line.do("PATCH", f"tasks/{task}/", json=changes)


def conflicts(line: Line, /, project: str) -> Steps[None]:
    """What the crowd could not settle, oldest first."""
    return line.rows(of(project, "conflicts"))


def adjudicate(
    line: Line,
    /,
    task: int,
    annotation: Mapping[str, Any] | None = None,
    *,
    accept: str | None = None,
    comment: str = "",
    gold: bool = False,
) -> Steps[Json]:
    """Settle a task, by your own annotation or by accepting `"consensus"` or an assignment's id."""
    ruling: Json = {"annotation": annotation} if accept is None else {"accept": accept}
    return line.do("POST", f"tasks/{task}/adjudicate/", json={**ruling, "comment": comment, "gold": gold})


def reopen(line: Line, /, task: int, reason: str) -> Steps[Json]:
    """Take a settled task up again."""
    return line.do("POST", f"tasks/{task}/reopen/", json={"reason": reason})


def labels(line: Line, /, project: str, *, since: str = "", follow: float | None = None) -> Steps[None]:
    """Labels as they are settled or change, oldest first; go on later `since` the last row's `cursor`.

    With `follow`, it does not end: new ones are looked for every so many seconds.
    """
    return line.feed(of(project, "labels"), since=since, follow=follow)


def events(line: Line, /, project: str, *, since: str = "", follow: float | None = None) -> Steps[None]:
    """What happened, oldest first; `since` and `follow` as for labels."""
    return line.feed(of(project, "events"), since=since, follow=follow)


def me(line: Line, /, project: str) -> Steps[Json]:
    """Your own record as a worker."""
    return line.do("GET", of(project, "me"))


def claim(line: Line, /, project: str, *, count: int = 1) -> Steps[Claim]:
    """Claim work."""
    answer = yield from line.ask(line.request("POST", of(project, "assignments"), json={"count": count}))
    document = answer.json() or {"results": []}
    return Claim(document["results"], answer.headers.get("crowd-queue", ""))


def autosave(line: Line, /, assignment: str, draft: Mapping[str, Any]) -> Steps[Json]:
    """Keep a draft and renew the lease."""
    return line.do("PATCH", f"assignments/{assignment}/", json={"draft": draft})


def submit(
    line: Line, /, assignment: str, annotation: Mapping[str, Any], *, seconds: float | None = None
) -> Steps[Json]:
    """Hand an answer in, for good."""
    return line.do("POST", f"assignments/{assignment}/submit/", json={"annotation": annotation, "seconds": seconds})


def skip(line: Line, /, assignment: str, reason: str) -> Steps[Json]:
    """Give an image back, with a reason."""
    return line.do("POST", f"assignments/{assignment}/skip/", json={"reason": reason})
