"""Guideline versions as members may read them."""

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet

from crowd.errors import Missing
from crowd.labels.diff import SchemaDiff, diff
from crowd.labels.schema import parse_schema
from crowd.models import Guideline, GuidelineExample, Membership, User
from crowd.queries import scope, versions


def visible(*, user: User, slug: str) -> QuerySet[Guideline]:
    """Return the versions that a member may read; drafts are the owners' alone."""
    member = scope.membership(user=user, slug=slug)
    rows = Guideline.objects.filter(project=member.project)
    return rows if member.role == Membership.Role.OWNER else rows.exclude(state=Guideline.State.DRAFT)


def get(*, user: User, slug: str, number: int) -> Guideline:
    """Return one version that the member may read."""
    found = visible(user=user, slug=slug).filter(number=number).first()
    if found is None:
        raise Missing(f"There is no guideline {number}.")
    return found


def example(*, user: User, slug: str, number: int, pk: int) -> GuidelineExample:
    """Return one example of a version that the member may read."""
    version = get(user=user, slug=slug, number=number)
    found = version.examples.select_related("image").filter(pk=pk).first()
    if found is None:
        raise Missing("There is no such example.")
    return found


def difference(*, before: Guideline, after: Guideline) -> dict[str, Any]:
    """Return the text's difference line by line and word by word, and the schema's by meaning."""
    lines = difflib.unified_diff(
        before.body.splitlines(),
        after.body.splitlines(),
        fromfile=f"guideline {before.number}",
        tofile=f"guideline {after.number}",
        lineterm="",
    )
    return {
        "from": before.number,
        "to": after.number,
        "body": list(lines),
        "words": [{"kind": kind, "text": text} for kind, text in words(before.body, after.body)],
        "schema": _schema(before, after).to_json(),
    }


WORDS_AT_MOST = 20_000  # of both texts; longer ones are compared by lines, as comparing is quadratic
_WORD = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")


def words(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield what two texts share and what only one of them has: ("same" | "del" | "add", text), in reading order."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > WORDS_AT_MOST:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, i, j, k, m in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[i:j])
            continue
        if i < j:
            yield "del", "".join(old[i:j])
        if k < m:
            yield "add", "".join(new[k:m])


def _schema(before: Guideline, after: Guideline) -> SchemaDiff:
    """Return the schema's difference; what was said of renamed, merged and divided labels is followed on the way."""
    old, new = parse_schema(before.schema), parse_schema(after.schema)
    if before.number >= after.number:
        return diff(old, new)
    between = [one for one in versions.history(after.project) if before.number < one.number < after.number]
    renames, divided = _moves([before, *between, after])
    known = {address for (_, address) in new.nodes}
    return diff(
        old,
        new,
        renames={a: b for a, b in renames.items() if b in known},
        splits={a: [b for b in into if b in known] for a, into in divided.items()},
    )


def _moves(chain: list[Guideline]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what became of the first version's labels by the last: renamed or merged, and divided."""
    if len(chain) != 2:  # over several versions each label is followed by name alone where one was divided
        renames: dict[str, str] = {}
        for a, b in pairwise(chain):
            step = versions.moves_of(a, b).renames
            renames = {old: step.get(new, new) for old, new in renames.items()} | {
                old: new for old, new in step.items() if old not in renames and old not in renames.values()
            }
        first = {address for (_, address) in versions.schema_of(chain[0]).nodes}
        return {old: new for old, new in renames.items() if old in first}, {}
    moves = versions.moves_of(chain[0], chain[1])
    divided = {
        old: list(dict.fromkeys([*rule.into.values(), *([rule.otherwise] if rule.otherwise else [])]))
        for old, rule in moves.splits.items()
    }
    return dict(moves.renames), {old: into for old, into in divided.items() if into}
