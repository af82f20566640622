"""Images put straight into the site's bucket where it offers that; all else goes through the site."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from crowd.client.errors import ApiError, Conflict, Forbidden, NotFound, Unreachable
from crowd.client.line import Line
from crowd.client.projects import Json, of
from crowd.client.steps import Part, Steps

PATIENCE: Final = 10.0  # seconds, with a bucket; the site itself takes the file instead
MISSES: Final = 3


@dataclass
class Way:
    """Whether files go past the site: not where it keeps none in a bucket, nor to one that never answers."""

    is_open: bool = True
    misses: int = 0

    def missed(self) -> None:
        """Note that the bucket did not take a file."""
        self.misses += 1
        self.is_open = self.is_open and self.misses < MISSES

    def took(self) -> None:
        """Note that it did: failures from now on are of one file."""
        self.misses = -(10**9)


@dataclass
class Told:
    """What became of some files, in the words of the site's own answer to an upload."""

    created: list[Json] = field(default_factory=list)
    duplicates: list[Json] = field(default_factory=list)
    rejected: list[Json] = field(default_factory=list)

    def add(self, other: Json) -> None:
        """Take in what was told of others."""
        self.created += other["created"]
        self.duplicates += other["duplicates"]
        self.rejected += other["rejected"]


def send(line: Line, project: str, parts: list[Part], way: Way) -> Steps[Json]:
    """Bring files in, past the site where that is possible; what the bucket does not take goes through the site."""
    announced = None
    if way.is_open and all(_length(part) for part in parts):  # the site says what is wrong with an empty file
        announced = yield from _announced(line, project, parts)
        way.is_open = announced is not None
    if announced is None:
        by_the_site: Json = yield from line.upload(of(project, "images"), parts)
        return by_the_site
    total, left = Told(), []
    for part, upload in zip(parts, announced, strict=True):
        ended = yield from _put(line, project, part, upload, way)
        if ended is None:
            left.append(part)
        else:
            _tell(total, ended)
    if left:
        total.add((yield from line.upload(of(project, "images"), left)))
    return vars(total)


def _announced(line: Line, project: str, parts: list[Part]) -> Steps[list[Json] | None]:
    """Ask for an address for each file; None where the site gives none."""
    files = [{"name": part.name, "bytes": _length(part), "sha256": _digest(part)} for part in parts]
    try:
        told = yield from line.do("POST", of(project, "uploads"), json={"files": files})
    except (Conflict, Forbidden, NotFound):
        return None
    results: list[Json] = told["results"]
    return results


def _put(line: Line, project: str, part: Part, upload: Json, way: Way) -> Steps[Json | None]:
    """Put one file at its address and have it looked at; None where the bucket did not take it."""
    if upload["state"] != "waiting":
        return upload
    if not way.is_open:
        return None
    request = replace(line.bare(upload["url"], upload["headers"]), method="PUT", content=part.source)
    try:
        yield from replace(line, patience=min(line.patience, PATIENCE)).ask(request)
    except (ApiError, Unreachable):
        way.missed()
        return None
    try:
        ended: Json = yield from line.do("POST", of(project, "uploads", upload["id"], "complete"))
    except (Conflict, NotFound):  # the bucket said that it has it, and has not; or the site waits for it no longer
        way.missed()
        return None
    way.took()
    return ended


def _tell(total: Told, upload: Json) -> None:
    match upload["state"]:
        case "done":
            total.created.append(upload["details"])
        case "duplicate":
            total.duplicates.append({"name": upload["name"], "image": upload["image"]})
        case _:
            total.rejected.append({name: upload[name] for name in ("name", "code", "detail")})


def _length(part: Part) -> int:
    return len(part.source) if isinstance(part.source, bytes) else part.source.stat().st_size


def _digest(part: Part) -> str:
    if isinstance(part.source, bytes):
        return hashlib.sha256(part.source).hexdigest()
    with Path(part.source).open("rb") as file:
        found: Any = hashlib.file_digest(file, "sha256")
        return str(found.hexdigest())
