"""Feeds: labels and events since a cursor."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.api.images import ImageSerializer
from crowd.api.pagination import page_size
from crowd.models import ApiToken, Consensus, Event, Standing
from crowd.queries import feeds, scope

SINCE = OpenApiParameter(
    "since",
    str,
    description=(
        "The cursor of the last row you have; nothing for the beginning. 410 `feed_restarted`: the site was restored "
        "from a backup since, and the cursor means nothing any more; start over."
    ),
)
SIZE = OpenApiParameter("page_size", int, description="At most 1000.")


class LineageSerializer(serializers.Serializer):
    """One answer that the label came from."""

    assignment = serializers.UUIDField(source="assignment_id")
    worker = serializers.SerializerMethodField()
    guideline = serializers.IntegerField(source="assignment.guideline.number")
    weight = serializers.FloatField()

    def get_worker(self, row: Any) -> str:
        """Return a pseudonym that is stable inside the project."""
        return str(self.context["pseudonyms"][row.assignment.worker_id])


class LabelSerializer(serializers.ModelSerializer):
    """A resolved label with its lineage."""

    cursor = serializers.SerializerMethodField()
    image = ImageSerializer(source="task.image")
    annotation = Document()
    guideline = serializers.IntegerField(source="guideline.number")
    by = serializers.CharField(source="by.username", default=None, allow_null=True)
    resolved_at = serializers.DateTimeField(source="created_at")
    lineage = LineageSerializer(many=True)

    class Meta:
        model = Consensus
        fields = [
            "cursor", "task", "image", "annotation", "confidence", "agreement", "method", "guideline", "by",
            "resolved_at", "lineage",
        ]  # fmt: skip

    def get_cursor(self, row: Consensus) -> str:
        """Return the place just behind this row."""
        return feeds.told(feeds.place_of(row), epoch=self.context.get("epoch", ""))


class EventSerializer(serializers.ModelSerializer):
    """Something that happened."""

    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    cursor = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["id", "type", "at", "actor", "data", "cursor"]

    def get_cursor(self, row: Event) -> str:
        """Return the place just behind this row."""
        return feeds.told(feeds.place_of(row), epoch=self.context.get("epoch", ""))


class PieceSerializer(serializers.Serializer):
    """A piece of a feed; `next` is null at its present end. Later, go on `since` your last row's cursor."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class LabelFeedSerializer(PieceSerializer):
    """Labels, oldest first; `next` is null at the present end. Later, go on `since` your last row's cursor."""

    results = LabelSerializer(many=True)


class EventFeedSerializer(PieceSerializer):
    """Events, oldest first; `next` is null at the present end. Later, go on `since` your last row's cursor."""

    results = EventSerializer(many=True)


class Feed(ApiView):
    """Rows behind a cursor."""

    pagination_class = None
    epoch = ""

    def place(self) -> tuple[feeds.Cursor, int]:
        """Return where to go on from, and how many rows are wanted."""
        self.epoch = feeds.epoch()
        return feeds.heard(self.request.query_params.get("since", ""), epoch=self.epoch), page_size(self.request)

    def piece(self, rows: list[Any], size: int, data: Any) -> Response:
        """Return the rows, and where to go on if there may be more."""
        following = None
        if len(rows) == size:
            here = self.request.build_absolute_uri()
            following = replace_query_param(here, "since", feeds.told(feeds.place_of(rows[-1]), epoch=self.epoch))
        return Response({"next": following, "previous": None, "results": data})


class Labels(Feed):
    """Resolved labels as they come."""

    read_with = frozenset({ApiToken.Scope.READ_RELEASES, ApiToken.Scope.READ_LABELS})

    @extend_schema(parameters=[SINCE, SIZE], responses=LabelFeedSerializer, operation_id="labels_feed")
    def get(self, request: Request, slug: str) -> Response:
        """Read the labels that were settled or changed since."""
        project = self.project(scope.OVERSEERS)
        since, size = self.place()
        rows = feeds.labels(project=project, since=since, limit=size)
        pseudonyms = dict(Standing.objects.filter(project=project).values_list("worker", "pseudonym"))
        context = {"request": request, "pseudonyms": pseudonyms, "epoch": self.epoch}
        return self.piece(rows, size, LabelSerializer(rows, many=True, context=context).data)


class Events(Feed):
    """What happened."""

    read_with = frozenset({ApiToken.Scope.READ_EVENTS})

    @extend_schema(parameters=[SINCE, SIZE], responses=EventFeedSerializer, operation_id="events_feed")
    def get(self, request: Request, slug: str) -> Response:
        """Read the events since."""
        project = self.project(scope.OWNERS)
        since, size = self.place()
        rows = feeds.events(project=project, since=since, limit=size)
        return self.piece(rows, size, EventSerializer(rows, many=True, context={"epoch": self.epoch}).data)
