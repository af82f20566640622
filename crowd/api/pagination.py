"""Lists: pages by cursor, so that rows added meanwhile repeat or hide nothing."""

import base64
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from crowd.errors import Invalid

SIZE, MAX_SIZE = 100, 1000


def page_size(request: Request) -> int:
    """Return how many rows the caller wants at a time; more than `MAX_SIZE` are that many."""
    given = request.query_params.get("page_size", str(SIZE))
    if not (given.isascii() and given.isdigit() and given.strip("0")):
        raise Invalid(f"page_size: a whole number from 1 to {MAX_SIZE}.", errors={"page_size": [f"1 to {MAX_SIZE}."]})
    return min(int(given[:20]), MAX_SIZE)


class Pagination(CursorPagination):
    """`{"next", "previous", "results"}`, newest last, `?page_size=` up to 1000."""

    page_size_query_param = "page_size"
    max_page_size = MAX_SIZE
    ordering: str | tuple[str, ...] = "id"

    def get_page_size(self, request: Request) -> int:
        """Return how many rows the caller wants."""
        return page_size(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Return the rows of the page; a cursor that we did not make is refused, whatever it says."""
        try:
            _check(request.query_params.get(self.cursor_query_param, ""))
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, ValidationError, DataError):
            raise Invalid(
                "cursor: use the “next” or “previous” that this list gave you.", errors={"cursor": ["Not a cursor."]}
            ) from None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a page looks like, as OpenAPI 3.1 says it."""
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


def _check(cursor: str) -> None:
    """Refuse what Django REST framework would take for the first page, for ever, because it understands nothing."""
    told = parse_qs(base64.b64decode(cursor, validate=True).decode("ascii"), strict_parsing=bool(cursor))
    if not told.keys() <= {"o", "r", "p"}:
        raise ValueError
