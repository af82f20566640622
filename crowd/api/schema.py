"""The OpenAPI document, where it says more than each view says of itself."""

from typing import Any, Final

from django.conf import settings
from django.core.validators import RegexValidator
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.conditional import WRITES, KeptView
from crowd.api.deprecation import POLICY
from crowd.api.fields import Reference
from crowd.api.idempotency import LONGEST_KEY, PATTERN
from crowd.api.links import link

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": PATTERN},
    "description": "The same key and body gives the same answer, and has its effect once. Printable ASCII.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The `ETag` that reading it told: where it was changed since, nothing is done, and it is 412.",
}
SAYS: Final = r"[^\s\x1c-\x1f\x85]"  # something beside white space
# What can be in an address: the framework knows the kinds of its converters, not what they take.
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "format_name": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "page_size": {"type": "integer", "minimum": 1, "description": "Rows at a time; more than 1000 are 1000."},
    "severity_above": {"type": "number", "minimum": 0, "maximum": 1},
    "number": {"type": "integer", "minimum": 1},
    "other": {"type": "integer", "minimum": 1},
    "affected": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": SAYS}},
}
# What an address carries as JSON.
DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    "rename": {"type": "object", "additionalProperties": {"type": "string"}},
    "merge": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    "split": {"type": "object", "additionalProperties": True},
}
HEADERS: Final = {
    "RateLimit-Policy": "What the caller may do: requests `q` in `w` seconds, by kind.",
    "RateLimit": "What is left of it: requests `r`, until all is back in `t` seconds.",
    "Retry-After": "Seconds to wait before asking again.",
}
LIMITS: Final = """
## How often

Each token, each signed-in user and, without either, each address has so many requests a minute: of `reads`, `writes`
and `heavy` calls (imports, releases), apart. `RateLimit-Policy` and `RateLimit` of every answer tell them
(draft-ietf-httpapi-ratelimit-headers); beyond them it is 429 with `Retry-After`. Where no limit is set, or the counter
cannot be reached, these fields are missing.

## Sent once, and small

Every document has an `ETag`; with `If-None-Match` it is 304 while nothing changed. `Accept-Encoding` is obeyed for
`zstd` and `gzip` where a token asks.

## Not over another's head

Projects, drafts of guidelines, their examples and webhooks are changed with `If-Match` and the `ETag` that was read, or
without: with it, what somebody changed meanwhile is not overwritten, and the answer is 412 `outdated`.
"""


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token."""

    target_class = "crowd.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        told = "One confined to a project may do what has one of its scopes in `x-token-scopes`, under `projects/`."
        return {"type": "http", "scheme": "bearer", "description": told}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The browser's session."""

    target_class = "crowd.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class TextShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A text that must say something."""

    target_class = "crowd.api.serializers.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return its shape: white space is cut off before it is looked at."""
        shape: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        told = any(isinstance(one, RegexValidator) for one in self.target.validators)
        if direction == "request" and self.target.trim_whitespace and not (self.target.allow_blank or told):
            shape.setdefault("pattern", SAYS)
        shape["type"] = ["string", "integer"] if isinstance(self.target, Reference) else "string"  # null is added to it
        return shape


class ErrorSerializer(serializers.Serializer):
    """What was wrong."""

    code = serializers.CharField(help_text="A machine word.")
    detail = serializers.CharField(help_text="A sentence a person can act on.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field's name, not the property
        child=serializers.ListField(child=serializers.CharField()), help_text="Faults by JSON path."
    )
    request_id = serializers.CharField(required=False, help_text="With 5xx: what to name when asking about it.")


class Schema(AutoSchema):
    """Every operation tells its errors, every POST its idempotency key, and no two have one name."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation's part of the document."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        view = self.view
        if operation is None or not isinstance(view, ApiView):
            return operation
        if view.in_project:
            operation["operationId"] += "_in_project"
        self._parameters(operation)
        if scopes := view.scopes(self.method):
            operation["x-token-scopes"] = sorted(scopes)
        self._answers(operation["responses"])
        if view.deprecated is not None:
            view.deprecated.describe(operation)
        return operation

    def _parameters(self, operation: dict[str, Any]) -> None:
        """Add the header fields that a call takes, and what the framework does not know of its parameters."""
        told = operation.setdefault("parameters", [])
        if self.method == "POST":
            told.append(IDEMPOTENCY_KEY)
        if self._keeps:
            told.append(IF_MATCH)
        for one in told:
            one["schema"] = PARAMETERS.get(one["name"], one["schema"])
            if one["in"] == "query" and one["name"] in DOCUMENTS:
                del one["schema"]
                one["content"] = {"application/json": {"schema": DOCUMENTS[one["name"]]}}
            elif one["in"] == "path" and one["schema"] == {"type": "integer"}:
                one["schema"] = {"type": "integer", "minimum": 0}
        if not told:
            del operation["parameters"]

    @property
    def _keeps(self) -> bool:
        """Whether the call obeys `If-Match`."""
        return isinstance(self.view, KeptView) and self.method in WRITES

    def get_request_serializer(self) -> Any:
        """Return what the body is; a deletion has none, unless its view says so."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: str = "request") -> Any:
        if self.method == "GET" or (self.method == "DELETE" and self.get_request_serializer() is None):
            return None
        method, self.method = (
            self.method,
            "PUT",
        )  # else it reads all of a PATCH as optional
        try:
            body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = method
        if body is not None and "multipart/form-data" in body["content"]:
            body["required"] = True  # no form is empty
        return body

    def _answers(self, responses: dict[str, Any]) -> None:
        """Add what any call may answer."""
        limited = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")}
        for answer in responses.values():
            answer.setdefault("headers", {}).update(limited)
        told = self.resolve_serializer(ErrorSerializer, "response")
        content = {"application/json": {"schema": told.ref}}
        wait = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
        if self.method in SAFE_METHODS:
            responses["304"] = {"description": "What `If-None-Match` names is still so."}
        if self._keeps:
            responses["412"] = {"description": "It was changed since.", "content": content, "headers": limited}
        responses["429"] = {"description": "Too often.", "content": content, "headers": {**limited, **wait}}
        responses["4XX"] = {"description": ErrorSerializer.__doc__, "content": content, "headers": limited}
        responses["503"] = {"description": "A part of the server is away.", "content": content, "headers": wait}


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what concerns the whole document: the policies, the headers, the links from answers to further calls."""
    result["info"]["description"] += LIMITS + POLICY
    result["components"]["headers"] = {
        name: {"description": told, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, told in HEADERS.items()
    }
    for name, shape in result["components"]["schemas"].items():
        for field in shape.get("properties", {}).values():
            if field.get("format") == "decimal":
                _amount(field, sent=name.endswith("Request"))
    link(result)
    return result


def _amount(field: dict[str, Any], *, sent: bool) -> None:
    """Say of an amount of money what it is: none is below zero, and each has a digit before the point."""
    field["pattern"] = field["pattern"].replace(r"-?\d{0,", r"\d{1,").replace(r"\.\d{0,", r"\.\d{1,")
    if sent:
        field |= {"type": ["string", "number"], "minimum": 0, "maximum": 10**6 - 1}
