"""The smart tool: an outline from a rough box or a few clicks."""

from dataclasses import asdict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.queries import scope
from crowd.workflow.predictions import suggesting


class PromptSerializer(serializers.Serializer):
    """What is meant, in pixels of the image: a rough box around it, points on it and beside it, or both."""

    label = serializers.CharField(max_length=200)  # type: ignore[assignment]  # a field of that name
    box = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, required=False, allow_null=True
    )
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3),
        max_length=suggesting.MAX_CLICKS,
        required=False,
        default=list,
        help_text="[x, y, 1] on the thing, [x, y, 0] beside it.",
    )


class SuggestionSerializer(serializers.Serializer):
    """An object as it stands in an annotation, and how sure the proposer is."""

    object = Document()
    score = serializers.FloatField(min_value=0, max_value=1)


class AssignmentPropose(ApiView):
    """Proposals."""

    in_steps = True
    though_archived = True  # it changes nothing, and what is in hand may be finished
    one_transaction = False  # nothing is written; a database's transaction must not wait for a picture

    http_method_names = ["post", "options"]

    @extend_schema(request=PromptSerializer, responses=SuggestionSerializer, operation_id="assignments_propose")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Propose a tight outline for what you show; only while you hold the image, and nothing of it is kept."""
        assignment = self.own(scope.assignment)
        sent = PromptSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = sent.validated_data
        made = suggesting.suggest(
            assignment=assignment,
            label=asked["label"],
            box=asked.get("box"),
            points=asked["points"],
            now=timezone.now(),
        )
        return Response(asdict(made))
