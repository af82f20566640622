"""Disputes: what workers say about their answers, and what the owner makes of it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.models import Dispute
from crowd.queries import gold as queries
from crowd.queries import scope
from crowd.workflow.workers import disputing


class DisputeTextSerializer(serializers.Serializer):
    """What is wrong."""

    text = serializers.CharField(max_length=2_000)


class OwnDisputeSerializer(serializers.ModelSerializer):
    """A dispute as its worker sees it: the same for every image."""

    assignment = serializers.UUIDField(source="assignment_id")

    class Meta:
        model = Dispute
        fields = ["assignment", "text", "opened_at"]


class DisputeSerializer(OwnDisputeSerializer):
    """A dispute as the owner sees it."""

    task = serializers.IntegerField(source="assignment.task_id")
    gold = serializers.SerializerMethodField()
    worker = serializers.CharField(source="assignment.worker.username")

    class Meta:
        model = Dispute
        fields = ["id", "assignment", "task", "gold", "worker", "text", "opened_at", "outcome", "reason", "decided_at"]

    def get_gold(self, dispute: Dispute) -> int | None:
        """Id of the known answer that it is about; null on an ordinary image."""
        gold = getattr(dispute.assignment.task, "gold", None)
        return gold.pk if gold is not None and gold.withdrawn_at is None else None


class DisputeReasonSerializer(serializers.Serializer):
    """Why the answer stands."""

    reason = serializers.CharField(max_length=500)


class AssignmentDispute(ApiView):
    """A worker's word."""

    in_steps = True

    http_method_names = ["post", "options"]

    @extend_schema(request=DisputeTextSerializer, responses=OwnDisputeSerializer, operation_id="assignments_dispute")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Say what is wrong with an image that you have answered, or with what you were told; somebody looks at it."""
        assignment = self.own(scope.assignment)
        sent = DisputeTextSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = disputing.dispute(assignment=assignment, text=sent.validated_data["text"], now=timezone.now())
        return Response(OwnDisputeSerializer(made).data)


class DisputeList(ApiView):
    """The disputes of a project."""

    @extend_schema(responses=DisputeSerializer(many=True), operation_id="disputes_list")
    def get(self, request: Request, slug: str) -> Response:
        """List what workers say about their answers, the decided ones too."""
        return self.page(self.rows(), DisputeSerializer)

    def rows(self) -> Any:
        """Return the disputes of the owner's project."""
        rows = Dispute.objects.filter(assignment__task__project=self.project(scope.OWNERS))
        return rows.select_related("assignment__worker", "assignment__task__gold")


class DisputeReject(DisputeList):
    """A dispute that changes nothing; correcting or withdrawing the gold upholds it."""

    http_method_names = ["post", "options"]

    @extend_schema(request=DisputeReasonSerializer, responses=DisputeSerializer, operation_id="disputes_reject")
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Let the answer stand, and say why."""
        found = queries.one_of(self.rows(), pk)
        sent = DisputeReasonSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        disputing.reject(dispute=found, by=self.user, now=timezone.now(), reason=sent.validated_data["reason"])
        return Response(DisputeSerializer(self.rows().get(pk=found.pk)).data)
