"""Every address, by who serves it."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.i18n import set_language

from crowd.api.docs import Docs, Document
from crowd.api.metrics import metrics, readyz
from crowd.web.language import catalogue


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """Answer that this process lives; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("livez", healthz, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("crowd.api.urls")),
    path("api/schema/", Document.as_view(), name="schema"),
    path("api/docs/", Docs.as_view(), name="docs"),
    path("language/", set_language, name="set_language"),
    path("words/<str:language>.js", catalogue, name="words"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("crowd.web.urls")),
]

handler400 = "crowd.web.errors.bad_request"
handler404 = "crowd.web.errors.not_found"
handler500 = "crowd.web.errors.server_error"
