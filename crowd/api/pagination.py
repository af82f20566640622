"""Lists: pages by cursor, so that rows added meanwhile repeat or hide nothing."""

from typing import Any

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
    ordering = "id"

    def get_page_size(self, request: Request) -> int:
        """Return how many rows the caller wants."""
        return page_size(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Return the rows of the page; a cursor that we did not make is refused, whatever it says."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, ValidationError, DataError):
            raise Invalid(
                "cursor: use the “next” or “previous” that this list gave you.", errors={"cursor": ["Not a cursor."]}
            ) from None
