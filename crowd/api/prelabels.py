"""Pre-labels by the line."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.parsers import AnyLinesParser, LinesParser
from crowd.models import ApiToken
from crowd.queries import scope
from crowd.workflow.predictions import prelabels


class LoadedSerializer(serializers.Serializer):
    """How many lines were taken, and which were not."""

    created = serializers.IntegerField()
    rejected = serializers.ListField(child=serializers.DictField())


class Prelabels(ApiView):
    """A model's proposals."""

    write_with = frozenset({ApiToken.Scope.WRITE_PRELABELS})
    heavy = frozenset({"POST"})
    one_transaction = False  # each file, each line has its own

    parser_classes = [LinesParser, AnyLinesParser]

    @extend_schema(
        request={"application/x-ndjson": OpenApiTypes.STR}, responses=LoadedSerializer, operation_id="prelabels_load"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Load lines of `{image, annotation, model, score?}`."""
        project = self.project(scope.OWNERS)
        lines: Any = request.data or []
        loaded = prelabels.load(project=project, lines=lines, by=self.user, now=timezone.now())
        return Response({"created": loaded.created, "rejected": loaded.rejected})
