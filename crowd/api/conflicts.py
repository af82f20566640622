"""Conflicts: listed, given to one reviewer each, handed on, talked about, settled many at a time."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.bulk import BulkSerializer
from crowd.api.pagination import page_size
from crowd.models import Bulk, Conflict, ConflictComment, Event
from crowd.queries import blind, scope
from crowd.queries import conflicts as queries
from crowd.workflow.conflicts import reviewing
from crowd.workflow.tasks import bulk


class ConflictSerializer(serializers.ModelSerializer):
    """A task that needs a reviewer."""

    assignee = serializers.CharField(source="assignee.username", default=None, allow_null=True)
    escalated_by = serializers.CharField(source="escalated_by.username", default=None, allow_null=True)
    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True)

    class Meta:
        model = Conflict
        fields = [
            *("id", "task", "kind", "confidence", "opened_at", "assignee"),
            *("cause", "aside", "severity", "gain", "labels", "answers", "held_until", "reason", "escalated_by"),
            *("closed_at", "closed_by", "outcome", "comment"),
        ]


class MomentSerializer(serializers.ModelSerializer):
    """One thing that happened to a conflict."""

    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)

    class Meta:
        model = Event
        fields = ["type", "at", "actor", "data"]


class ConflictDetailSerializer(ConflictSerializer):
    """A conflict with all that happened to it."""

    history = serializers.SerializerMethodField()

    class Meta:
        model = Conflict
        fields = [*ConflictSerializer.Meta.fields, "history"]

    def to_representation(self, conflict: Conflict) -> Any:
        """Return it; whoever may yet give a second ruling is not told how the first one closed it."""
        told = super().to_representation(conflict)
        user = self.context["request"].user
        if conflict.ruling_id is not None and blind.waiting(user).filter(consensus=conflict.ruling_id).exists():
            told |= {"closed_by": None, "outcome": "", "comment": ""}
        return told

    @extend_schema_field(MomentSerializer(many=True))
    def get_history(self, conflict: Conflict) -> Any:
        """Return what happened, oldest first."""
        return MomentSerializer(queries.history(conflict)[: queries.MOST_EVENTS], many=True).data


class NextSerializer(serializers.Serializer):
    """Of which kind, and how many."""

    kind = serializers.ChoiceField(choices=Conflict.Kind.choices, required=False)
    count = serializers.IntegerField(min_value=1, max_value=reviewing.MOST_HELD, required=False, default=1)


class GivenSerializer(serializers.Serializer):
    """What the caller holds from now on."""

    results = ConflictSerializer(many=True)


class EscalateSerializer(serializers.Serializer):
    """Why an expert should look."""

    reason = serializers.CharField(max_length=reviewing.LONGEST)


class CommentSerializer(serializers.ModelSerializer):
    """What a reviewer says to the others."""

    by = serializers.CharField(source="by.username", read_only=True)
    text = serializers.CharField(max_length=reviewing.LONGEST)

    class Meta:
        model = ConflictComment
        fields = ["id", "by", "text", "at"]
        read_only_fields = ["id", "at"]


class AcceptSerializer(serializers.Serializer):
    """Whose consensus is accepted."""

    kind = serializers.ChoiceField(choices=Conflict.Kind.choices, required=False)
    min_confidence = serializers.FloatField(min_value=0.0, max_value=1.0)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=bulk.MOST_IDS, help_text="Conflicts."
    )
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class ConflictList(ApiView):
    """Tasks that need a reviewer."""

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=Conflict.Kind.values),
            OpenApiParameter("class", str, description="A class or an option in question."),
            OpenApiParameter("worker", str, description="Who answered: a user name or a pseudonym."),
            OpenApiParameter("assignee", str, description="A user name, “me” or “nobody”."),
            OpenApiParameter("severity_above", float),
            OpenApiParameter("opened_before", OpenApiTypes.DATETIME, description="With its time zone."),
            OpenApiParameter("order", str, enum=list(queries.ORDERS)),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
        ],
        responses=ConflictSerializer(many=True),
        operation_id="conflicts_list",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the open conflicts, the oldest first, or those that are worth most or worst."""
        self.project(scope.OVERSEERS)
        member = scope.membership(user=self.user, slug=slug)
        found = queries.listed(
            member=member,
            wanted=queries.parse(request.query_params),
            cursor=request.query_params.get("cursor", ""),
            size=page_size(request),
        )
        given = request.query_params.copy()
        given["cursor"] = found.cursor
        address = request.build_absolute_uri(f"{request.path}?{given.urlencode()}") if found.cursor else None
        rows = ConflictSerializer(found.rows, many=True).data
        return Response({"next": address, "previous": None, "results": rows})


class ConflictNext(ApiView):
    """The conflicts that are worth most."""

    http_method_names = ["post", "options"]

    @extend_schema(
        request=NextSerializer,
        responses={201: GivenSerializer, 204: OpenApiResponse(description="There is nothing for you now.")},
        operation_id="conflicts_next",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hold the next conflicts until their deadline; nobody else is given them before."""
        project = self.project(scope.OVERSEERS)
        sent = NextSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = reviewing.take_next(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        if not given:
            return Response(status=204)
        return Response({"results": ConflictSerializer(given, many=True).data}, status=201)


class ConflictAccept(ApiView):
    """Many settled at once."""

    http_method_names = ["post", "options"]

    @extend_schema(
        request=AcceptSerializer, responses={200: BulkSerializer, 202: BulkSerializer}, operation_id="conflicts_accept"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Accept the consensus of all that are sure enough: a few at once (200), more in the background (202).

        How far it is, and what was refused, is read at `tasks/bulk/{id}/`.
        """
        project = self.project(scope.OVERSEERS)
        sent = AcceptSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = bulk.accept(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        at_once = len(made.ids) <= bulk.AT_ONCE
        if at_once:
            bulk.run(bulk_id=made.pk, clock=timezone.now)
        fresh = Bulk.objects.select_related("by").get(pk=made.pk)
        return Response(BulkSerializer(fresh).data, status=200 if at_once else 202)


class ConflictDetail(ApiView):
    """One conflict."""

    def found(self) -> Conflict:
        """Return the conflict that the address names."""
        return self.own(queries.one)

    def answer(self) -> Response:
        """Return the conflict as it is now."""
        return Response(ConflictDetailSerializer(self.found(), context={"request": self.request}).data)

    @extend_schema(responses=ConflictDetailSerializer, operation_id="conflicts_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read a conflict and all that happened to it."""
        return self.answer()


class ConflictTake(ConflictDetail):
    """A conflict held."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=ConflictDetailSerializer, operation_id="conflicts_take")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Hold a conflict, or hold it longer."""
        reviewing.take(conflict=self.found(), by=self.user, now=timezone.now())
        return self.answer()


class ConflictRelease(ConflictDetail):
    """A conflict given back."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=ConflictDetailSerializer, operation_id="conflicts_release")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Give a conflict back; an owner may take it from whoever holds it."""
        reviewing.release(conflict=self.found(), by=self.user, now=timezone.now())
        return self.answer()


class ConflictEscalate(ConflictDetail):
    """A conflict handed on."""

    http_method_names = ["post", "options"]

    @extend_schema(request=EscalateSerializer, responses=ConflictDetailSerializer, operation_id="conflicts_escalate")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Hand it on to the experts: only they are given it from then on."""
        found = self.found()
        sent = EscalateSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        reviewing.escalate(conflict=found, by=self.user, now=timezone.now(), reason=sent.validated_data["reason"])
        return self.answer()


class ConflictComments(ConflictDetail):
    """What reviewers say about a conflict."""

    http_method_names = ["get", "post", "head", "options"]

    @extend_schema(responses=CommentSerializer(many=True), operation_id="conflicts_comments")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """List the comments."""
        return self.page(self.found().comments.select_related("by"), CommentSerializer)

    @extend_schema(request=CommentSerializer, responses={201: CommentSerializer}, operation_id="conflicts_comment")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Say something to the other reviewers."""
        found = self.found()
        sent = CommentSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = reviewing.comment(conflict=found, by=self.user, now=timezone.now(), text=sent.validated_data["text"])
        return Response(CommentSerializer(made).data, status=201)
