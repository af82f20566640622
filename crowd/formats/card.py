"""The data card: what a release holds, how it came about and what to beware of, for people, in Markdown and in HTML.

After Gebru et al., Datasheets for Datasets, Communications of the ACM 64 (2021), as far as an engine can know.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt

from crowd.formats.base import Meta, timestamp

NAME: Final = "card"
FILENAME: Final = "CARD.md"
HTML_NAME: Final = "card_html"
HTML_FILENAME: Final = "card.html"
MOST_ROWS: Final = 200
_ESCAPED: Final = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>|#"})
_STYLE: Final = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:#1c1e21;"
    "background:#fff}table{border-collapse:collapse;display:block;overflow-x:auto}"
    "th,td{padding:.25rem .75rem;border-bottom:1px solid #d5d8dc;text-align:left}"
    "@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181b}th,td{border-color:#3a3e44}a{color:#8ab4f8}}"
)
_markdown: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card is made of; `left_out` are sentences by format with how often, `remaining` tasks not released."""

    meta: Meta
    statistics: Mapping[str, Any]
    guideline: int
    guideline_text: str
    confidence_target: float
    options: Mapping[str, Any]
    remaining: Mapping[str, int]
    quality: Mapping[str, Any]
    lost: Mapping[str, Mapping[str, int]]


def markdown(facts: Facts) -> str:
    """Return the card; the same facts give the same text."""
    sections = [_head(facts), *_contents(facts), _origin(facts), _limits(facts), _guideline(facts)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def html(facts: Facts) -> str:
    """Return the card as one page that loads nothing; what the guideline's authors wrote can do no harm in it."""
    body = nh3.clean(_markdown.render(markdown(facts)), tags=nh3.ALLOWED_TAGS - {"img"}, link_rel="noopener noreferrer")
    title = escape(f"{facts.meta.project}, release {facts.meta.release}")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>\n'


def _head(facts: Facts) -> list[str]:
    meta, found = facts.meta, facts.statistics
    lines = [f"# {_plain(meta.project)}, release {meta.release}", ""]
    if meta.note:
        lines += [_plain(meta.note), ""]
    lines += [f"{found['images']} images, {found['labels']} labels, from {found['workers']} workers."]
    if meta.created_at:
        lines[-1] += f" Cut on {timestamp(meta.created_at)[:10]} under guideline version {facts.guideline}."
    return lines


def _contents(facts: Facts) -> Iterator[list[str]]:
    found = facts.statistics
    if found["objects"]:
        rows = [(name, each["objects"], each["images"]) for name, each in found["objects"].items()]
        yield _table("Objects", ("class", "objects", "images"), rows)
    for question, counts in found["answers"].items():
        total = sum(counts.values())
        shares = [(name, number, _percent(number, total)) for name, number in counts.items()]
        yield _table(f"Answers to “{question}”", ("answer", "images", "share"), shares)
    if found["splits"]:
        splits = [(name, each[""], _percent(each[""], found["images"])) for name, each in found["splits"].items()]
        yield _table("Splits", ("split", "images", "share"), splits)


def _origin(facts: Facts) -> list[str]:
    found = facts.statistics
    lines = ["## How the labels came about", ""]
    lines += [f"- {number} labels by {_plain(name.replace('_', ' '))}" for name, number in found["methods"].items()]
    asked = ", ".join(f"{number} from {answers}" for answers, number in found["asked"].items())
    lines += [f"- by how many answers they came from: {asked}"] if asked else []
    if found["agreement"] is not None:
        lines.append(f"- mean agreement between the answers to an image: {found['agreement']:.3f}")
    parts = [f"{i / 10:.1f}–{(i + 1) / 10:.1f}: {number}" for i, number in enumerate(found["confidence"]) if number]
    lines += [f"- labels by confidence: {', '.join(parts)}"] if parts else []
    if facts.quality["reviewed"]:
        low, high = facts.quality["interval"]
        lines.append(
            f"- estimated error rate: {facts.quality['error_rate']:.1%} ({low:.1%} to {high:.1%}), "
            f"from {facts.quality['reviewed']} labels drawn at random and looked at by reviewers"
        )
    return lines


def _limits(facts: Facts) -> list[str]:
    found = facts.statistics
    lines = []
    if not facts.quality["reviewed"]:
        lines.append("- No random sample of these labels has been reviewed: their error rate is not known.")
    doubtful = sum(found["confidence"][: int(facts.confidence_target * len(found["confidence"]))])
    if doubtful:
        lines.append(f"- {doubtful} labels have a confidence below {facts.confidence_target:g}, the project's target.")
    older = sum(number for version, number in found["guidelines"].items() if int(version) != facts.guideline)
    if older:
        lines.append(f"- {older} labels were given under earlier guideline versions and carried over.")
    rest = ", ".join(f"{number} {state}" for state, number in facts.remaining.items() if number)
    if rest:
        lines.append(f"- Not in this release: images that are {rest} in the project when it was cut.")
    if filters := facts.options.get("filters"):
        chosen = "; ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in filters.items())
        lines.append(f"- Only what was asked for is here ({_plain(chosen)}): shares are not those of the project.")
    for name, losses in facts.lost.items():
        lines += [f"- `{name}` lacks: {_plain(text)} ({number} times)" for text, number in losses.items()]
    return ["## Known limits", "", *lines] if lines else []


def _guideline(facts: Facts) -> list[str]:
    quoted = [f"> {line}".rstrip() for line in facts.guideline_text.splitlines()]
    return [f"## Guideline, version {facts.guideline}", "", *quoted]


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    listed = list(rows)
    lines = [f"## {_plain(title)}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(_plain(str(cell)) for cell in row)} |" for row in listed[:MOST_ROWS]]
    if len(listed) > MOST_ROWS:
        lines += ["", f"and {len(listed) - MOST_ROWS} more, in `statistics.json`."]
    return lines


def _plain(text: str) -> str:
    """Return somebody's words as Markdown that shows just these, on one line."""
    return " ".join(text.split()).translate(_ESCAPED)


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
