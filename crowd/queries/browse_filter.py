"""What a project's images are filtered by, as addresses and the API write it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crowd.errors import Invalid
from crowd.models import Task

MEASURES = ("confidence", "agreement", "score", "uncertainty")
LONGEST, MOST_QUERY = 200, 2000
ORDERS = ("newest", "oldest")


@dataclass(frozen=True)
class Filter:
    """A question about images; what is empty or None asks for nothing."""

    state: str = ""
    label: str = ""
    worker: str = ""
    guideline: int | None = None
    gold: bool | None = None
    confidence_below: float | None = None
    confidence_above: float | None = None
    agreement_below: float | None = None
    agreement_above: float | None = None
    score_below: float | None = None
    score_above: float | None = None
    uncertainty_below: float | None = None
    uncertainty_above: float | None = None
    q: str = ""
    order: str = ""

    @property
    def empty(self) -> bool:
        """Whether every image matches."""
        return not self.query().keys() - {"order"}

    @property
    def metadata(self) -> tuple[str, str] | None:
        """The key and value of a text like `camera=front`; None for a part of a name."""
        name, sign, value = self.q.partition("=")
        return (name.strip(), value.strip()) if sign and name.strip() else None

    def bounds(self, measure: str) -> tuple[float | None, float | None]:
        """Return from where to where a measure may be."""
        return getattr(self, f"{measure}_above"), getattr(self, f"{measure}_below")

    def query(self) -> dict[str, str]:
        """Return what was asked for, as an address writes it."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {("class" if name == "label" else name): _text(value) for name, value in given.items()}


def parse(given: Mapping[str, Any], *, strict: bool = False) -> Filter:
    """Return the filter that an address or a body says; what makes no sense is left out, or Invalid where `strict`."""
    faults: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    known = {field.name: field for field in fields(Filter)}
    for name, value in given.items():
        field = "label" if name == "class" else name
        if field not in known or name == "label":
            faults[name] = ["There is no such filter."]
            continue
        try:
            values[field] = _value(field, value)
        except ValueError as fault:
            faults[name] = [str(fault)]
    if strict and faults:
        first = next(iter(faults))
        raise Invalid(f"filter.{first}: {faults[first][0]}", errors={f"filter.{k}": v for k, v in faults.items()})
    return Filter(**values)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(name: str, given: Any) -> Any:
    """Return what a parameter says; empty for one that says nothing, ValueError for nonsense."""
    text = _text(given).replace("\0", "").strip()[:LONGEST]
    if name in {"label", "worker", "q"}:
        return text
    if name in {"state", "order"}:
        choices = Task.State.values if name == "state" else ORDERS
        if text and text not in choices:
            raise ValueError(f"Choose one of {', '.join(choices)}.")
        return text
    return _measured(name, text) if text else None


def _measured(name: str, text: str) -> Any:
    if name == "gold":
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ValueError("Say true or false.")
        return text.lower() in {"true", "1"}
    if name == "guideline":
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            raise ValueError("Give the version's number.")
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Give a number, such as 0.7.")
    return number


def from_query(text: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(text[:MOST_QUERY]))


def to_query(wanted: Filter) -> str:
    """Return the filter as an address writes it."""
    return urlencode(wanted.query())
