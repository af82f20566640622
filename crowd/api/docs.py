"""The API to read and to try, in a browser."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

_WRITTEN: Final[dict[str, bytes]] = {}  # by kind: it says the same to everybody, as long as this process lives


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI over our own OpenAPI document; its files come from this server, and no script stands in the page."""

    permission_classes = [AllowAny]
    template_name = "docs/swagger.html"


class Document(SpectacularAPIView):
    """The OpenAPI document, made at the first request: anybody may ask for it, and making it takes a second."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request | HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer the document, as YAML or JSON."""
        assert isinstance(request, Request)
        renderer = request.accepted_renderer
        kind = renderer.media_type or ""
        if kind not in _WRITTEN:
            document = self.generator_class().get_schema(request=request, public=True)  # type: ignore[no-untyped-call]
            written = renderer.render(document)
            _WRITTEN[kind] = written.encode() if isinstance(written, str) else written
        return HttpResponse(_WRITTEN[kind], content_type=kind)
