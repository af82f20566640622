"""Gold that the system proposes: approved or rejected by the owner."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.api.gold import GoldSerializer, UseSerializer, counted
from crowd.models import GoldProposal
from crowd.queries import gold as queries
from crowd.queries import scope
from crowd.workflow.gold import proposing


class ProposalSerializer(serializers.ModelSerializer):
    """A label that nobody reliable doubts, and that could be gold."""

    image = serializers.IntegerField(source="task.image_id")
    annotation = Document(source="consensus.annotation")
    confidence = serializers.FloatField(source="consensus.confidence")
    guideline = serializers.IntegerField(source="consensus.guideline.number")

    class Meta:
        model = GoldProposal
        fields = [
            "id", "image", "task", "annotation", "guideline", "category", "confidence", "answers", "state", "created_at"
        ]  # fmt: skip


class ProposalList(ApiView):
    """What waits for the owner's word."""

    @extend_schema(responses=ProposalSerializer(many=True), operation_id="gold_proposals_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the labels proposed as gold: certain, unanimous, of the classes with the least gold first."""
        return self.page(queries.proposals(self.project(scope.OWNERS)), ProposalSerializer)


class ProposalView(ApiView):
    """What both addresses look up."""

    http_method_names = ["post", "options"]

    def proposal(self, pk: int) -> GoldProposal:
        """Return a proposal of the owner's project."""
        return queries.one_of(GoldProposal.objects.filter(project=self.project(scope.OWNERS)), pk)


class ProposalApprove(ProposalView):
    """Approval."""

    @extend_schema(request=UseSerializer, responses={201: GoldSerializer}, operation_id="gold_proposals_approve")
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Make it gold; those whose answers it came from are not scored by it."""
        found = self.proposal(pk)
        sent = UseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        planted = proposing.approve(proposal=found, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(
            GoldSerializer(counted(user=self.user, project=planted.project).get(pk=planted.pk)).data, status=201
        )


class ProposalReject(ProposalView):
    """Rejection."""

    @extend_schema(request=None, responses={204: None}, operation_id="gold_proposals_reject")
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Leave the image as it is; it is not proposed again."""
        proposing.reject(proposal=self.proposal(pk), by=self.user, now=timezone.now())
        return Response(status=204)
