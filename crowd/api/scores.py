"""Scores of uncertainty by the line."""

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
from crowd.workflow.predictions import scores


class ScoresTakenSerializer(serializers.Serializer):
    """How many lines were taken, and which were not."""

    taken = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Images whose score was another one before, or none.")
    rejected_count = serializers.IntegerField()
    rejected = serializers.ListField(child=serializers.DictField(), help_text="The first of them, line by line.")


class Scores(ApiView):
    """How unsure a model of yours is of each image."""

    write_with = frozenset({ApiToken.Scope.WRITE_PRELABELS})
    heavy = frozenset({"POST"})
    one_transaction = False  # written a stretch at a time, so that nobody who claims waits for all of it

    parser_classes = [LinesParser, AnyLinesParser]

    @extend_schema(
        request={"application/x-ndjson": OpenApiTypes.STR}, responses=ScoresTakenSerializer, operation_id="scores_load"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Load lines of `{image, score, model?}`: what your model is least sure of is labelled first.

        `score` goes from 0 (sure) to 1 (not at all); it decides what is given next where the project's `order` is
        `uncertainty`. Once people answer, their disagreement counts beside it: the score as much as one answer.
        """
        project = self.project(scope.OWNERS)
        lines: Any = request.data or []
        taken = scores.load(project=project, lines=lines, by=self.user, now=timezone.now())
        return Response(
            {
                "taken": taken.taken,
                "changed": taken.changed,
                "rejected_count": taken.rejected_count,
                "rejected": taken.rejected,
            }
        )
