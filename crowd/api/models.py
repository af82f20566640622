"""Versions of models: how each compares with what people settled on, and where it is wrong."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView, absolute
from crowd.api.fields import Document
from crowd.errors import Invalid, Missing
from crowd.models import ApiToken, ModelVersion
from crowd.queries import mistakes, scope
from crowd.queries.quality import files, models, routing
from crowd.queries.quality.reading import Chart

BY = OpenApiParameter(
    "by", OpenApiTypes.STR, enum=["person", "crowd"], description="Told by gold and reviewers only, or by workers only."
)
PAGE = 100


class ModelVersionSerializer(serializers.Serializer):
    """One version, and how it does on settled images that it proposed something for."""

    id = serializers.IntegerField(source="version.pk")
    name = serializers.CharField(source="version.name")
    prelabels = serializers.IntegerField(source="version.prelabels", help_text="Taken from it so far.")
    scores = serializers.IntegerField(source="version.scores")
    used_at = serializers.DateTimeField(source="version.used_at")
    images = serializers.IntegerField(help_text="Settled, with a proposal of this version.")
    right = serializers.IntegerField(help_text="Of these, with every part more right than wrong.")
    share = serializers.FloatField(allow_null=True)
    interval = serializers.SerializerMethodField(help_text="Where the true share lies with 95 % probability.")
    agreement = serializers.FloatField(allow_null=True, help_text="Mean, 0 to 1.")
    macro_f1 = serializers.FloatField(source="f1", allow_null=True)

    def get_interval(self, one: models.Summary) -> list[float]:
        """Return both ends."""
        return [one.low, one.high]


class ErrorShareSerializer(serializers.Serializer):
    """How many were checked, and how many of these were wrong."""

    checked = serializers.IntegerField()
    wrong = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField())


class ModelRoutingSerializer(serializers.Serializer):
    """What routing by score comes to; `error` is that of the pre-labels that could be trusted."""

    trusted = serializers.IntegerField(help_text="Images that start with fewer answers.")
    checked = serializers.IntegerField(help_text="Images that could, and get all answers to measure the error.")
    settled = serializers.IntegerField(help_text="Of the trusted.")
    answers = serializers.IntegerField(help_text="That these took.")
    spared = serializers.IntegerField(help_text="Answers that full overlap would have asked for beyond them.")
    error = ErrorShareSerializer()
    by_checks = ErrorShareSerializer()
    by_gold = ErrorShareSerializer()
    changed_by_workers = ErrorShareSerializer(source="accepted")


class ModelsSerializer(serializers.Serializer):
    """All versions, and what routing comes to."""

    versions = ModelVersionSerializer(many=True)
    routing = ModelRoutingSerializer()


class ModelReportSerializer(ModelVersionSerializer):
    """A version with its tables: rows as in the CSV files of the page."""

    classes = serializers.ListField(child=serializers.DictField())
    objects = serializers.ListField(child=serializers.DictField())
    confusion = serializers.ListField(child=serializers.DictField())
    calibration = serializers.ListField(child=serializers.DictField())


class ModelMistakeSerializer(serializers.Serializer):
    """An image that the version has otherwise."""

    task = serializers.IntegerField(source="row.task_id")
    image = serializers.IntegerField(source="row.task.image_id")
    name = serializers.CharField(source="row.task.image.name")
    agreement = serializers.FloatField(source="row.agreement")
    score = serializers.FloatField(source="row.score", allow_null=True)
    confused = serializers.ListField(child=serializers.CharField(), source="row.confused")
    proposed = Document(source="said", allow_null=True)
    label = Document(source="right", allow_null=True)  # type: ignore[assignment]  # a field of that name
    page = serializers.SerializerMethodField(help_text="The image's story.")

    def get_page(self, one: mistakes.Wrong) -> str:
        """Return its address."""
        project = self.context["project"]
        return absolute(self.context["request"], reverse("image", args=[project.slug, one.row.task_id]))


class ModelMistakesSerializer(serializers.Serializer):
    """Some of them; `cursor` is where the next ones begin, null behind the last."""

    results = ModelMistakeSerializer(many=True)
    cursor = serializers.CharField(allow_null=True)


class ModelList(ApiView):
    """The versions."""

    write_with = frozenset({ApiToken.Scope.WRITE_PRELABELS})

    @extend_schema(parameters=[BY], responses=ModelsSerializer, operation_id="models_list")
    def get(self, request: Request, slug: str) -> Response:
        """Compare the versions of models, and read what routing by score comes to."""
        project = self.project(scope.OWNERS)
        told = {"versions": models.summaries(project, _source(request)), "routing": routing.of(project)}
        return Response(ModelsSerializer(told).data)


class ModelDetail(ApiView):
    """One of them."""

    write_with = frozenset({ApiToken.Scope.WRITE_PRELABELS})

    @extend_schema(
        parameters=[BY, OpenApiParameter("as", OpenApiTypes.STR, enum=["csv"], description="One table, as a file."),
                    OpenApiParameter("table", OpenApiTypes.STR, enum=list(models.CHARTS), description="A file of it.")],
        responses={(200, "application/json"): ModelReportSerializer, (200, "text/csv"): OpenApiTypes.STR},
        operation_id="models_read",
    )  # fmt: skip
    def get(self, request: Request, slug: str, pk: int) -> HttpResponse:
        """Read precision, recall, F1 and AP by class with intervals, the confusions, and if its scores are true."""
        project, source = self.project(scope.OWNERS), _source(request)
        version = _version(project.pk, pk)
        found = next(one for one in models.summaries(project, source) if one.version.pk == version.pk)
        charts = {name: make(version, source) for name, make in models.CHARTS.items()}
        table = request.query_params.get("table", "")
        if _as_file(request) or (table and table not in charts):
            return _file(charts, table or next(iter(charts)))
        tables = {name: [_plain(chart, row) for row in chart.rows] for name, chart in charts.items()}
        return Response({**ModelVersionSerializer(found).data, **tables})


class ModelMistakes(ApiView):
    """Where a version is wrong."""

    write_with = frozenset({ApiToken.Scope.WRITE_PRELABELS})

    @extend_schema(
        parameters=[
            OpenApiParameter("confused", OpenApiTypes.STR, description="Only those, as `confused` names it."),
            OpenApiParameter("cursor", OpenApiTypes.STR),
        ],
        responses=ModelMistakesSerializer,
        operation_id="models_mistakes",
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """List the settled images that the version has otherwise, the least alike first."""
        project = self.project(scope.OWNERS)
        asked = request.query_params
        found = mistakes.page(
            _version(project.pk, pk),
            confused=asked.get("confused", "").replace("\0", "")[:400],
            cursor=asked.get("cursor", ""),
            size=PAGE,
        )
        rows = ModelMistakeSerializer(found.rows, many=True, context={"request": request, "project": project}).data
        return Response({"results": rows, "cursor": found.cursor or None})


def _version(project: int, pk: int) -> ModelVersion:
    rows = ModelVersion.objects.select_related("project")
    found = rows.filter(project=project, pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Missing(scope.MISSING)
    return found


def _source(request: Request) -> str:
    asked = request.query_params.get("by", "")
    if asked not in models.SOURCES:
        raise Invalid("by: person or crowd.", errors={"by": ["person or crowd."]})
    return asked


def _as_file(request: Request) -> bool:
    asked = request.query_params.get("as", "")
    if asked not in {"", "csv"}:
        raise Invalid("as: csv, or nothing.", errors={"as": ["csv, or nothing."]})
    return asked == "csv"


def _plain(chart: Chart, row: Any) -> dict[str, Any]:
    return {column.name: row.get(column.name) for column in chart.columns}


def _file(charts: dict[str, Chart], name: str) -> HttpResponse:
    if name not in charts:
        raise Invalid(f"table: one of {', '.join(charts)}.", errors={"table": ["Which?"]})
    return HttpResponse("".join(files.lines(charts[name])), content_type="text/csv; charset=utf-8")
