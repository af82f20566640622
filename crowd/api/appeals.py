"""Appeals against a pause or a ban: a worker's own, and an owner's decision."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Said
from crowd.models import Appeal
from crowd.queries import scope
from crowd.workflow.workers import appeals


class OwnAppealSerializer(serializers.Serializer):
    """An appeal as its worker sees it."""

    against = serializers.CharField(help_text="paused or banned.")
    text = serializers.CharField()
    opened_at = serializers.DateTimeField()
    outcome = serializers.CharField(help_text="upheld, rejected, or empty while it waits.")
    reason = Said()
    decided_at = serializers.DateTimeField(allow_null=True)


class AppealSerializer(OwnAppealSerializer):
    """An appeal as an owner sees it."""

    id = serializers.IntegerField()
    worker = serializers.CharField(source="standing.worker.username")
    given_reason = serializers.CharField(help_text="What the worker had been told.")


class AppealTextSerializer(serializers.Serializer):
    """What the worker says."""

    text = serializers.CharField(max_length=appeals.LONGEST)


class DecisionSerializer(serializers.Serializer):
    """What an owner decides."""

    outcome = serializers.ChoiceField(choices=Appeal.Outcome.choices)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class OwnAppeal(ApiView):
    """One's own appeal."""

    @extend_schema(request=AppealTextSerializer, responses={201: OwnAppealSerializer}, operation_id="me_appeal")
    def post(self, request: Request, slug: str) -> Response:
        """Say something against your pause or ban; once each."""
        project = self.project(scope.WORKERS)
        sent = AppealTextSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = appeals.appeal(project=project, worker=self.user, now=timezone.now(), **sent.validated_data)
        return Response(OwnAppealSerializer(made).data, status=201)


class AppealList(ApiView):
    """The appeals of a project."""

    @extend_schema(responses=AppealSerializer(many=True), operation_id="appeals_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the appeals, those that wait and those decided."""
        project = self.project(scope.OWNERS)
        return self.page(scope.appeals(user=self.user).filter(standing__project=project), AppealSerializer)


class AppealDecide(ApiView):
    """Deciding."""

    @extend_schema(request=DecisionSerializer, responses=AppealSerializer, operation_id="appeals_decide")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Uphold an appeal, and the worker goes on; or reject it, with a reason."""
        found = self.own(scope.one_appeal)
        sent = DecisionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        decided = appeals.decide(appeal=found, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(AppealSerializer(decided).data)
