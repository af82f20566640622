"""Projects, members and guidelines."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from crowd.client.line import Line
from crowd.client.steps import Steps

Json = dict[str, Any]


def of(project: str, *rest: object) -> str:
    """Return an address below a project."""
    return "/".join(["projects", quote(project, safe=""), *(quote(str(part), safe="") for part in rest), ""])


def every(line: Line) -> Steps[None]:
    """The projects that you take part in."""
    return line.rows("projects/")


def read(line: Line, /, project: str) -> Steps[Json]:
    """A project with its settings; for its owners."""
    return line.do("GET", of(project))


def create(line: Line, /, name: str, **settings: Any) -> Steps[Json]:
    """Make a project and own it; `slug` and every setting have defaults."""
    return line.do("POST", "projects/", json={"name": name, **settings})


def change(line: Line, /, project: str, **settings: Any) -> Steps[Json]:
    """Change a project's settings."""
    return line.do("PATCH", of(project), json=settings)


def delete(line: Line, /, project: str) -> Steps[None]:
    """Take a project out of everybody's sight; for a month an owner can bring it back on the site."""
    return line.do("DELETE", of(project))


def stats(line: Line, /, project: str) -> Steps[Json]:
    """A project's progress and quality; for its owners."""
    return line.do("GET", of(project, "stats"))


def workers(line: Line, /, project: str) -> Steps[None]:
    """The workers with what is known of them."""
    return line.rows(of(project, "workers"))


def set_worker(
    line: Line, /, project: str, username: str, status: str, *, reason: str = "", void_labels: bool = False
) -> Steps[Json]:
    """Pause or ban a worker, or let them go on."""
    sent = {"status": status, "reason": reason, "void_labels": void_labels}
    return line.do("PATCH", of(project, "workers", username), json=sent)


def members(line: Line, /, project: str) -> Steps[None]:
    """Who takes part, and as what."""
    return line.rows(of(project, "members"))


def add_member(
    line: Line, /, project: str, username: str, role: str, *, tags: Sequence[str] | None = None
) -> Steps[Json]:
    """Give a user the role `owner`, `reviewer` or `worker`."""
    sent: Json = {"username": username, "role": role}
    return line.do("POST", of(project, "members"), json=sent if tags is None else {**sent, "tags": list(tags)})


def remove_member(line: Line, /, project: str, username: str) -> Steps[None]:
    """End a membership; the answers given stay."""
    return line.do("DELETE", of(project, "members", username))


def guidelines(line: Line, /, project: str) -> Steps[None]:
    """The versions of the guideline."""
    return line.rows(of(project, "guidelines"))


def draft_guideline(
    line: Line, /, project: str, *, body: str, schema: Mapping[str, Any], note: str = ""
) -> Steps[Json]:
    """Draft a version: text and label schema together."""
    return line.do("POST", of(project, "guidelines"), json={"body": body, "schema": schema, "note": note})


def guideline_impact(line: Line, /, project: str, number: int, **how: str) -> Steps[Json]:
    """What publishing a draft would invalidate."""
    return line.do("GET", of(project, "guidelines", number, "impact"), params=how)


def publish_guideline(
    line: Line,
    /,
    project: str,
    number: int,
    *,
    impact: str = "clarification",
    affected: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    **more: Any,
) -> Steps[Json]:
    """Publish a draft; with `impact="relabel"` the images with `affected` labels are asked again."""
    sent: Json = {"impact": impact, **more}
    if affected:
        sent["affected"] = list(affected)
    if rename:
        sent["rename"] = dict(rename)
    return line.do("POST", of(project, "guidelines", number, "publish"), json=sent)


def acknowledge_guideline(line: Line, /, project: str, number: int) -> Steps[None]:
    """Say that you have read a version."""
    return line.do("POST", of(project, "guidelines", number, "acknowledge"), json={})
