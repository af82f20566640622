"""Imports: begun, watched, cancelled, and what they refused."""

from typing import Any, Final

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView, absolute
from crowd.api.fields import Document
from crowd.api.parsers import JSONParser
from crowd.errors import Invalid
from crowd.models import ApiToken, Import, Project
from crowd.queries import imports as queries
from crowd.queries import scope
from crowd.workflow.importing import imports

LINES, CSV = "application/x-ndjson", "text/csv"


class ImportSerializer(serializers.ModelSerializer):
    """An import and how far it is; `seen` is the sum of `created`, `duplicates` and `rejected`."""

    use = serializers.CharField()
    by = serializers.CharField(source="created_by.username")
    speed = serializers.FloatField(allow_null=True, help_text="Images a second, on average.")
    time_left = serializers.FloatField(allow_null=True, help_text="Seconds; null where the end is not known.")
    errors_url = serializers.SerializerMethodField(help_text="What was refused and why, as lines of JSON or CSV.")

    class Meta:
        model = Import
        fields = [
            "id", "state", "source", "bucket", "prefix", "filename", "use", "seen", "created", "duplicates", "rejected",
            "labelled", "total", "speed", "time_left", "error", "errors_url", "by", "created_at", "started_at",
            "finished_at",
        ]  # fmt: skip

    def to_representation(self, made: Any) -> dict[str, Any]:
        """Return the import with its pace."""
        pace = queries.pace(made, now=timezone.now())
        made.speed, made.time_left = pace.speed, pace.time_left
        return super().to_representation(made)

    def get_errors_url(self, made: Import) -> str:
        """Return the address of what was refused."""
        return absolute(self.context["request"], f"/api/v1/projects/{made.project.slug}/imports/{made.pk}/errors/")


class BeginBucketSerializer(serializers.Serializer):
    """The bucket that images are to come from, and how their names begin."""

    source = serializers.ChoiceField(choices=[Import.Source.S3])  # type: ignore[assignment]  # a field of that name
    bucket = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9._-]{1,98}$")
    prefix = serializers.CharField(required=False, default="", allow_blank=True, max_length=1024, trim_whitespace=False)


class BeginManifestSerializer(serializers.Serializer):
    """The images themselves: a row for each."""

    source = serializers.ChoiceField(choices=[Import.Source.MANIFEST])  # type: ignore[assignment]  # a field of that name
    rows = serializers.ListField(
        child=Document(),
        min_length=1,
        help_text='{"url", "name"?, "width"?, "height"?, "sha256"?, "metadata"?} each.',
    )


BEGIN: Final[dict[str, type[serializers.Serializer]]] = {
    Import.Source.S3.value: BeginBucketSerializer,
    Import.Source.MANIFEST.value: BeginManifestSerializer,
}


class SetSerializer(serializers.Serializer):
    """An existing set: its annotations, alone or in a ZIP file, in which the images may lie beside them."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field of that name
        choices=[Import.Source.COCO, Import.Source.YOLO, Import.Source.VOC]
    )
    use = serializers.ChoiceField(choices=Import.Use.choices, default=Import.Use.PRELABEL)
    annotations = serializers.FileField(max_length=255)


FILE = {"type": "string", "format": "binary"}
FORM = {
    "type": "object",
    "properties": {
        "manifest": {**FILE, "description": "JSONL or CSV, a row for each image."},
        "source": {"type": "string", "enum": ["coco", "yolo", "voc"], "description": "With `annotations`."},
        "annotations": {
            **FILE,
            "description": "An existing set: a COCO file, or a ZIP file with its images or without.",
        },
        "use": {"type": "string", "enum": list(Import.Use.values), "description": "What its labels become."},
    },
}


class ImportList(ApiView):
    """The imports of a project."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})
    heavy = frozenset({"POST"})
    one_transaction = False  # the file is kept before the row that names it

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(responses=ImportSerializer(many=True), operation_id="imports_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the imports."""
        return self.page(queries.of_project(self.project(scope.OWNERS)), ImportSerializer)

    @extend_schema(
        request={
            "application/json": PolymorphicProxySerializer("BeginImport", {**BEGIN}, resource_type_field_name="source"),
            "multipart/form-data": FORM,
        },
        responses={202: ImportSerializer},
        operation_id="imports_begin",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Import images from a bucket or by a manifest, in the background."""
        project = self.project(scope.OWNERS)
        if (request.content_type or "").startswith("multipart/"):
            made = self.begin_by_form(request, project)
        else:
            made = self.begin_by_document(request, project)
        return Response(ImportSerializer(made, context={"request": request}).data, status=202)

    def begin_by_document(self, request: Request, project: Project) -> Import:
        """Begin what JSON asks for."""
        source = request.data.get("source") if isinstance(request.data, dict) else None
        sent = BEGIN.get(str(source), BeginBucketSerializer)(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        if given["source"] == Import.Source.S3:
            return imports.begin_bucket(
                project=project, bucket=given["bucket"], prefix=given["prefix"], by=self.user, now=timezone.now()
            )
        return imports.begin_rows(project=project, rows=given["rows"], by=self.user, now=timezone.now())

    def begin_by_form(self, request: Request, project: Project) -> Import:
        """Begin what a form's file asks for."""
        if "annotations" in request.FILES:
            sent = SetSerializer(data=request.data)
            sent.is_valid(raise_exception=True)
            given = sent.validated_data
            file: Any = given.pop("annotations")
            return imports.begin_set(
                project=project, file=file, name=file.name or "", by=self.user, now=timezone.now(), **given
            )
        file = request.FILES.get("manifest")
        if file is None:
            told = "Send the manifest in a field named “manifest”."
            raise Invalid(f"manifest: {told}", errors={"manifest": [told]})
        return imports.begin_manifest(
            project=project, file=file, name=file.name or "", by=self.user, now=timezone.now()
        )


class ImportDetail(ApiView):
    """One import."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})

    @extend_schema(responses=ImportSerializer, operation_id="imports_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read how far an import is."""
        made = self.own(queries.one)
        return Response(ImportSerializer(made, context={"request": request}).data)


class ImportCancel(ApiView):
    """An import that is not wanted any more."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})

    @extend_schema(request=None, responses=ImportSerializer, operation_id="imports_cancel")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Stop an import; the images that have come stay."""
        made = self.own(queries.one)
        imports.cancel(made=made, by=self.user, now=timezone.now())
        made = self.own(queries.one)
        return Response(ImportSerializer(made, context={"request": request}).data)


class ImportErrors(ApiView):
    """What an import refused."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=["jsonl", "csv"], description="jsonl unless said otherwise.")],
        responses={
            (200, LINES): OpenApiResponse(OpenApiTypes.STR, "A line of `{line, name, code, detail}` for each."),
            (200, CSV): OpenApiTypes.STR,
        },
        operation_id="imports_errors",
    )
    def get(self, request: Request, pk: str, slug: str | None = None) -> Any:
        """Download what was refused, and why."""
        made = self.own(queries.one)
        kind = "csv" if request.query_params.get("as") == "csv" else "jsonl"
        return StreamingHttpResponse(
            queries.refusals(made, kind=kind),
            content_type=CSV if kind == "csv" else LINES,
            headers={"Content-Disposition": f'attachment; filename="import-{made.pk}-refused.{kind}"'},
        )
