"""Changes that are made only to what their author has seen: `If-Match` (RFC 9110)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils.cache import set_response_etag
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView
from crowd.errors import Outdated

WRITES: Final = frozenset({"PATCH", "DELETE"})
TOLD: Final = "This was changed since you read it; read it again, and send what you change with its new ETag."


class KeptView(ApiView):
    """An endpoint whose GET tells an `ETag`, and whose changes may name it in `If-Match`.

    Not for documents with signed addresses in them: these move while nothing else does.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let a change that names a tag happen only while the tag is true."""
        name = (request.method or "").lower()
        if request.method in WRITES and "If-Match" in request.headers and hasattr(self, name):
            vars(self)[name] = partial(self._while_unchanged, getattr(self, name))
        super().initial(request, *args, **kwargs)

    def hold(self) -> None:
        """Lock the row that changes here lock first, so that none can come between a look and a change."""
        raise NotImplementedError

    def _while_unchanged(
        self, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        with transaction.atomic():
            self.hold()
            known = parse_etags(request.headers["If-Match"])
            # compression weakens a tag, but it is still of the same document
            if known != ["*"] and self._tag(request, *args, **kwargs) not in {one.removeprefix("W/") for one in known}:
                raise Outdated(TOLD)
            return handler(request, *args, **kwargs)

    def _tag(self, request: Request, *args: Any, **kwargs: Any) -> str:
        """Return the `ETag` that a GET would tell."""
        answer = self.finalize_response(request, self.get(request, *args, **kwargs), *args, **kwargs)  # type: ignore[attr-defined]
        set_response_etag(answer.render())
        tag: str = answer["ETag"]
        return tag
