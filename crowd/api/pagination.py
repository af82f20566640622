"""Lists: pages by cursor, so that rows added meanwhile repeat or hide nothing."""

from rest_framework.pagination import CursorPagination


class Pagination(CursorPagination):
    """`{"next", "previous", "results"}`, newest last, `?page_size=` up to 1000."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = "id"
