"""Workers and figures, as the owner sees them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.models import ApiToken, Standing
from crowd.queries import scope, stats
from crowd.queries import workers as queries
from crowd.workflow.workers import standing


class GoldFiguresSerializer(serializers.Serializer):
    """Answers to gold tasks; `interval` is the 95 % credible interval of the accuracy."""

    seen = serializers.IntegerField()
    passed = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class FindingSerializer(serializers.Serializer):
    """What a rule holds against a worker."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=["note", "warn", "pause"])
    reason = serializers.CharField()
    figures = serializers.DictField()
    at = serializers.DateTimeField()


class WorkerSerializer(serializers.Serializer):
    """One worker as the owner sees them."""

    username = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    labels = serializers.IntegerField()
    gold = GoldFiguresSerializer()
    agreement = serializers.FloatField(allow_null=True)
    median_seconds = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField(allow_null=True)
    pace = serializers.FloatField(allow_null=True, help_text="Seconds as a share of what others need, typically.")
    doubt = serializers.FloatField(help_text="How many times as often as others they meet gold.")
    findings = FindingSerializer(many=True)
    appealed = serializers.BooleanField(help_text="Whether an appeal waits for you.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Accept a standing as well as a row."""
        row = queries.worker_row(instance) if isinstance(instance, Standing) else instance
        return super().to_representation(row)


class WorkerChangeSerializer(serializers.Serializer):
    """What an owner decides."""

    status = serializers.ChoiceField(choices=Standing.Status.choices)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    void_labels = serializers.BooleanField(required=False, default=False)


class TaskCountsSerializer(serializers.Serializer):
    """Tasks by state."""

    total = serializers.IntegerField()
    open = serializers.IntegerField()
    conflict = serializers.IntegerField()
    resolved = serializers.IntegerField()
    excluded = serializers.IntegerField()


class AgreementSerializer(serializers.Serializer):
    """Between workers, at the last fit."""

    krippendorff_alpha = serializers.FloatField(allow_null=True)
    pairwise = serializers.FloatField(allow_null=True)


class WorkerCountsSerializer(serializers.Serializer):
    """Workers by status."""

    active = serializers.IntegerField()
    paused = serializers.IntegerField()
    banned = serializers.IntegerField()


class GoldSummarySerializer(serializers.Serializer):
    """Known answers, and what about them waits for you."""

    hidden = serializers.IntegerField()
    training = serializers.IntegerField()
    exam = serializers.IntegerField()
    suspected = serializers.IntegerField()
    proposed = serializers.IntegerField()
    disputed = serializers.IntegerField()
    spent = serializers.ListField(child=serializers.CharField(), help_text="Workers who have seen all hidden gold.")
    nearly_spent = serializers.ListField(child=serializers.CharField(), help_text="Who have seen four fifths of it.")
    without_prelabel = serializers.IntegerField(
        help_text="Hidden gold images that stand out: they have no pre-label, and most images have one."
    )


class BiasSerializer(serializers.Serializer):
    """How much likelier those who see a model's proposal are to answer what it proposes."""

    sighted = serializers.FloatField(allow_null=True)
    sighted_answers = serializers.IntegerField()
    blind = serializers.FloatField(allow_null=True)
    blind_answers = serializers.IntegerField()
    difference = serializers.FloatField(allow_null=True)


class ErrorRateSerializer(serializers.Serializer):
    """The share of wrong labels, by the samples that reviewers looked at."""

    error_rate = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    reviewed = serializers.IntegerField()


class ClassErrorRateSerializer(ErrorRateSerializer):
    """That of one class."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the one that Python cannot name."""
        return {"class": serializers.CharField(), **super().get_fields()}


class DataQualitySerializer(ErrorRateSerializer):
    """That of all, how many images were drawn, and that of each class."""

    drawn = serializers.IntegerField()
    classes = ClassErrorRateSerializer(many=True)


class ReviewersSerializer(serializers.Serializer):
    """How far two reviewers agree, by what both ruled on without seeing each other's ruling."""

    second_looks = serializers.IntegerField()
    agreed = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    likeness = serializers.FloatField(allow_null=True)
    kappa = serializers.FloatField(allow_null=True)


class StatsSerializer(serializers.Serializer):
    """A project's figures."""

    tasks = TaskCountsSerializer()
    labels = serializers.IntegerField()
    labels_per_resolved_task = serializers.FloatField(allow_null=True)
    agreement = AgreementSerializer()
    gold_accuracy = serializers.FloatField(allow_null=True)
    gold = GoldSummarySerializer()
    workers = WorkerCountsSerializer()
    prelabel_bias = BiasSerializer(allow_null=True)
    quality = DataQualitySerializer()
    reviewers = ReviewersSerializer()
    throughput_per_hour = serializers.FloatField()
    eta = serializers.DateTimeField(allow_null=True)


class WorkerList(ApiView):
    """The workers of a project."""

    read_with = frozenset({ApiToken.Scope.READ_STATS})

    @extend_schema(responses=WorkerSerializer(many=True), operation_id="workers_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the workers with what is known of them."""
        return self.page(queries.workers(project=self.project(scope.OWNERS)), WorkerSerializer)


class WorkerDetail(ApiView):
    """One worker."""

    @extend_schema(request=WorkerChangeSerializer, responses=WorkerSerializer, operation_id="workers_change")
    def patch(self, request: Request, slug: str, username: str) -> Response:
        """Pause, ban or let a worker go on."""
        project = self.project(scope.OWNERS)
        sent = WorkerChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        row = standing.set_status(
            project=project, username=username, by=self.user, now=timezone.now(), **sent.validated_data
        )
        return Response(WorkerSerializer(queries.workers(project=project).get(pk=row.pk)).data)


class Stats(ApiView):
    """The figures of a project."""

    read_with = frozenset({ApiToken.Scope.READ_STATS})

    @extend_schema(responses=StatsSerializer, operation_id="stats_read")
    def get(self, request: Request, slug: str) -> Response:
        """Read progress and quality."""
        figures = stats.project_stats(project=self.project(scope.OWNERS), now=timezone.now())
        return Response(StatsSerializer(figures).data)
