"""What the images can be filtered by, as the page offers it, and what they are filtered by now, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from crowd.models import Membership, Standing
from crowd.queries import versions
from crowd.queries.browse_filter import Filter, to_query
from crowd.web.charts import WORDS

MOST_WORKERS = 200
SAID = {
    "confidence": "confidence",
    "agreement": "agreement",
    "score": "model’s score",
    "uncertainty": "uncertainty",
}


def choices(member: Membership) -> dict[str, Any]:
    """Return what the selects of the page offer."""
    project = member.project
    guideline = versions.current(project)
    standings = Standing.objects.filter(project=project).select_related("worker")
    known = member.role == Membership.Role.OWNER
    workers = sorted(row.worker.username if known else row.pseudonym for row in standings[:MOST_WORKERS])
    return {
        "classes": list(dict.fromkeys(names_of(guideline.schema))) if guideline else [],
        "guidelines": [one.number for one in versions.history(project)],
        "workers": workers,
    }


def names_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a label under this schema may speak: classes, options as paths, questions of yes or no."""
    for item in schema.get("objects") or []:
        yield item["name"]
        yield from _answers(item.get("attributes") or [])
    yield from _answers(schema.get("classifications") or [])


def _answers(questions: list[Mapping[str, Any]]) -> Iterator[str]:
    for question in questions:
        if question["kind"] == "binary":
            yield question["name"]
        yield from _paths(question.get("options") or [], "")


def _paths(options: list[Mapping[str, Any]], above: str) -> Iterator[str]:
    for option in options:
        path = f"{above}{option['name']}"
        yield path
        yield from _paths(option.get("options") or [], f"{path}/")


def chips(wanted: Filter) -> list[dict[str, str]]:
    """Return each condition in words, with the address without it."""
    said: list[tuple[str, str, Any]] = [
        ("state", WORDS.get(wanted.state, ""), ""),
        ("label", wanted.label and f"class {wanted.label}", ""),
        ("worker", wanted.worker and f"answered by {wanted.worker}", ""),
        ("guideline", "" if wanted.guideline is None else f"guideline {wanted.guideline}", None),
        ("gold", {True: "gold", False: "not gold", None: ""}[wanted.gold], None),
        ("q", wanted.q and f"“{wanted.q}”", ""),
        ("order", "oldest first" if wanted.order == "oldest" else "", ""),
    ]
    for measure, name in SAID.items():
        above, below = wanted.bounds(measure)
        said.append((f"{measure}_above", "" if above is None else f"{name} from {above:g}", None))
        said.append((f"{measure}_below", "" if below is None else f"{name} below {below:g}", None))
    return [
        {"text": text, "without": f"?{to_query(replace(wanted, **{field: nothing}))}"}
        for field, text, nothing in said
        if text
    ]
