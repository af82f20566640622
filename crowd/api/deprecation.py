"""What is going away: told in every answer and in the document, long before it goes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.http import http_date
from rest_framework.response import Response

LEAST: Final = timedelta(days=180)
POLICY: Final = f"""
## What may change

Within `v1` nothing is taken away or given another meaning. Calls, optional fields of requests, fields of answers and
values of `code` may be added: ignore what you do not know.

What is to go is marked `deprecated` here, and each of its answers carries `Deprecation` (RFC 9745: since when),
`Sunset` (RFC 8594: when it stops, at least {LEAST.days} days later) and a `Link` with `rel="deprecation"` to what
replaces it.
After its sunset a call answers 404 or 405.
"""


@dataclass(frozen=True)
class Deprecation:
    """A call that is going away: since when it is told, when it stops, and where to read what to use instead."""

    since: datetime
    sunset: datetime
    link: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < LEAST:
            raise ValueError(f"A call is told to go at least {LEAST.days} days before it goes.")

    def mark(self, response: Response) -> None:
        """Say it in an answer's headers."""
        response["Deprecation"] = f"@{int(self.since.timestamp())}"
        response["Sunset"] = http_date(self.sunset.timestamp())
        response["Link"] = f'<{self.link}>; rel="deprecation"; type="text/html"'

    def describe(self, operation: dict[str, Any]) -> None:
        """Say it in an operation of the OpenAPI document."""
        operation["deprecated"] = True
        told = f"Deprecated; it stops on {self.sunset.astimezone(UTC):%Y-%m-%d}. Instead: {self.link}"
        operation["description"] = f"{operation.get('description', '')}\n\n{told}".strip()
