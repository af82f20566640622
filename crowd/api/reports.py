"""Reports: what workers ask about images and report of them, and what is answered."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.models import Report
from crowd.queries import reports as queries
from crowd.queries import scope
from crowd.workflow.workers import reporting


class ReportTextSerializer(serializers.Serializer):
    """What it is about."""

    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    comment = serializers.CharField(max_length=reporting.LONGEST)


class OwnReportSerializer(serializers.ModelSerializer):
    """A report as its worker sees it: the same for every image."""

    assignment = serializers.UUIDField(source="assignment_id")
    answer = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = ["id", "assignment", "kind", "comment", "at", "answer", "answered_at"]

    def get_answer(self, report: Report) -> str | None:
        """What was answered; null while nothing was."""
        return report.answer or None


class ReportSerializer(OwnReportSerializer):
    """A report as the owner and reviewers see it."""

    task = serializers.IntegerField(source="assignment.task_id")
    image = serializers.CharField(source="assignment.task.image.name")
    worker = serializers.CharField(source="assignment.worker.username")
    answered_by = serializers.CharField(source="answered_by.username", default=None, allow_null=True)

    class Meta:
        model = Report
        fields = [*OwnReportSerializer.Meta.fields, "task", "image", "worker", "answered_by", "closed"]


class ReportAnswerSerializer(serializers.Serializer):
    """An answer; or `closed` alone, to put it away without one."""

    answer = serializers.CharField(max_length=reporting.LONGEST, required=False)
    closed = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two; what is closed is not opened again."""
        if "answer" not in attrs and attrs.get("closed") is not True:
            raise serializers.ValidationError({"answer": ["Write an answer, or set closed to true."]})
        return attrs


class AssignmentReport(ApiView):
    """A worker's question or report."""

    in_steps = True

    http_method_names = ["post", "options"]

    @extend_schema(
        request=ReportTextSerializer, responses={201: OwnReportSerializer}, operation_id="assignments_report"
    )
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Ask about an image that you were given, or report it; the image stays yours to answer."""
        assignment = self.own(scope.assignment)
        sent = ReportTextSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = reporting.report(assignment=assignment, now=timezone.now(), **sent.validated_data)
        return Response(OwnReportSerializer(made).data, status=201)


class OwnReports(ApiView):
    """One's own reports."""

    @extend_schema(responses=OwnReportSerializer(many=True), operation_id="me_reports")
    def get(self, request: Request, slug: str) -> Response:
        """List what you asked and reported, with the answers."""
        project = self.project(scope.WORKERS)
        return self.page(queries.own(project=project, worker=self.user), OwnReportSerializer)


class ReportList(ApiView):
    """The reports of a project."""

    @extend_schema(responses=ReportSerializer(many=True), operation_id="reports_list")
    def get(self, request: Request, slug: str) -> Response:
        """List what workers ask and report, the answered ones too."""
        return self.page(queries.of_project(self.project(scope.OVERSEERS)), ReportSerializer)


class ReportDetail(ApiView):
    """One report."""

    http_method_names = ["patch", "options"]

    @extend_schema(request=ReportAnswerSerializer, responses=ReportSerializer, operation_id="reports_answer")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Answer it, for its worker to read; or close it without an answer."""
        found = self.own(queries.one)
        sent = ReportAnswerSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if "answer" in sent.validated_data:
            reporting.answer(report=found, answer=sent.validated_data["answer"], by=self.user, now=timezone.now())
        else:
            reporting.close(report=found, by=self.user, now=timezone.now())
        return Response(ReportSerializer(self.own(queries.one)).data)
