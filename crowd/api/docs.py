"""The API to read and to try, in a browser."""

from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI over our own OpenAPI document; its files come from this server, and no script stands in the page."""

    permission_classes = [AllowAny]
    template_name = "docs/swagger.html"
