"""What leads to a draft, and from a draft to its publication: another tool's labels, an old version, a second owner."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.guidelines import GuidelineSerializer
from crowd.labels.importing import MAX_TEXT, READERS, read_labels
from crowd.queries import scope
from crowd.workflow.guidelines import approving, publishing


class ImportSerializer(serializers.Serializer):
    """A file of another tool, as text."""

    text = serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False)
    format = serializers.ChoiceField(
        choices=[(key, reader.title) for key, reader in READERS.items()],
        required=False,
        help_text="Whatever the text looks like, where none is given.",
    )


class ImportedSerializer(serializers.Serializer):
    """The schema that it comes to, and a sentence on each thing that could not be carried."""

    schema = serializers.DictField()
    notes = serializers.ListField(child=serializers.CharField())


class GuidelineImport(ApiView):
    """A label schema from another tool."""

    @extend_schema(request=ImportSerializer, responses=ImportedSerializer, operation_id="guidelines_import")
    def post(self, request: Request, slug: str) -> Response:
        """Read COCO categories, a Label Studio configuration or CVAT labels; nothing is saved."""
        self.project(scope.OWNERS)
        sent = ImportSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        found = read_labels(sent.validated_data["text"], format_name=sent.validated_data.get("format", ""))
        return Response({"schema": found.schema, "notes": list(found.notes)})


class GuidelineBegin(ApiView):
    """A draft from another version."""

    @extend_schema(request=None, responses={201: GuidelineSerializer}, operation_id="guidelines_begin")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Begin a draft with the text, schema and examples of a version: also the way back to an old one."""
        made = publishing.begin(project=self.project(scope.OWNERS), number=number, by=self.user, now=timezone.now())
        return Response(GuidelineSerializer(made).data, status=201)


class GuidelineReview(ApiView):
    """A question to the other owners."""

    @extend_schema(request=None, responses=GuidelineSerializer, operation_id="guidelines_review")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Ask another owner to read a draft."""
        project = self.project(scope.OWNERS)
        return Response(
            GuidelineSerializer(approving.ask(project=project, number=number, by=self.user, now=timezone.now())).data
        )


class GuidelineApprove(ApiView):
    """A second owner's word."""

    @extend_schema(request=None, responses=GuidelineSerializer, operation_id="guidelines_approve")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Approve a draft that another owner asked about."""
        project = self.project(scope.OWNERS)
        return Response(
            GuidelineSerializer(
                approving.approve(project=project, number=number, by=self.user, now=timezone.now())
            ).data
        )
