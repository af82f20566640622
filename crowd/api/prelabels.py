"""Pre-labels by the line."""

from typing import IO, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView
from crowd.queries import scope
from crowd.workflow import prelabels


class LinesParser(parsers.BaseParser):
    """NDJSON: the body's lines, each read on its own, so that one bad line stops no other."""

    media_type = "application/x-ndjson"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> list[bytes]:
        """Return the lines."""
        return stream.read().splitlines()


class AnyLinesParser(LinesParser):
    """The same under the names that clients give it."""

    media_type = "*/*"


class LoadedSerializer(serializers.Serializer):
    """How many lines were taken, and which were not."""

    created = serializers.IntegerField()
    rejected = serializers.ListField(child=serializers.DictField())


class Prelabels(ApiView):
    """A model's proposals."""

    parser_classes = [LinesParser, AnyLinesParser]

    @extend_schema(
        request={"application/x-ndjson": OpenApiTypes.STR}, responses=LoadedSerializer, operation_id="prelabels_load"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Load lines of `{image, annotation, model, score?}`."""
        project = self.project(scope.OWNERS)
        loaded = prelabels.load(project=project, lines=request.data or [], by=self.user, now=timezone.now())
        return Response({"created": loaded.created, "rejected": loaded.rejected})
