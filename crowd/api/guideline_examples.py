"""Right and wrong examples of a guideline version's labels."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document, Reference
from crowd.api.images import ImageSerializer
from crowd.models import GuidelineExample
from crowd.queries import guidelines as read
from crowd.queries import scope
from crowd.workflow.guidelines import examples


class ExampleSerializer(serializers.ModelSerializer):
    """What a label looks like, or what it does not, drawn on an image of the project."""

    image = ImageSerializer(read_only=True)
    annotation = Document()

    class Meta:
        model = GuidelineExample
        fields = ["id", "label", "verdict", "note", "annotation", "image"]


class ExampleChangeSerializer(serializers.Serializer):
    """What is to change."""

    label = serializers.CharField(max_length=500)  # type: ignore[assignment]  # the word here, and DRF's own
    verdict = serializers.ChoiceField(choices=GuidelineExample.Verdict.choices)
    annotation = Document()
    note = serializers.CharField(max_length=500, allow_blank=True, required=False)


class NewExampleSerializer(ExampleChangeSerializer):
    """A new example."""

    image = Reference(help_text="Its id, sha256 or name.")


class ExampleView(ApiView):
    """What the addresses answer with."""

    def shown(self, example: GuidelineExample) -> dict[str, Any]:
        """Return an example as it is answered."""
        return ExampleSerializer(example, context={"request": self.request}).data


class ExampleList(ExampleView):
    """The examples of a version."""

    @extend_schema(responses=ExampleSerializer(many=True), operation_id="guideline_examples_list")
    def get(self, request: Request, slug: str, number: int) -> Response:
        """List a version's examples; those of drafts are the owners' alone."""
        version = read.get(user=self.user, slug=slug, number=number)
        return self.page(version.examples.select_related("image"), ExampleSerializer)

    @extend_schema(
        request=NewExampleSerializer, responses={201: ExampleSerializer}, operation_id="guideline_examples_add"
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Add an example to a draft."""
        project = self.project(scope.OWNERS)
        sent = NewExampleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = examples.add(project=project, number=number, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(self.shown(made), status=201)


class ExampleDetail(ExampleView):
    """One example."""

    @extend_schema(responses=ExampleSerializer, operation_id="guideline_examples_read")
    def get(self, request: Request, slug: str, number: int, pk: int) -> Response:
        """Read an example."""
        return Response(self.shown(read.example(user=self.user, slug=slug, number=number, pk=pk)))

    @extend_schema(
        request=ExampleChangeSerializer(partial=True),
        responses=ExampleSerializer,
        operation_id="guideline_examples_change",
    )
    def patch(self, request: Request, slug: str, number: int, pk: int) -> Response:
        """Change a draft's example."""
        project = self.project(scope.OWNERS)
        sent = ExampleChangeSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        changed = examples.change(project=project, number=number, pk=pk, changes=sent.validated_data)
        return Response(self.shown(changed))

    @extend_schema(responses={204: None}, operation_id="guideline_examples_remove")
    def delete(self, request: Request, slug: str, number: int, pk: int) -> Response:
        """Take an example out of a draft."""
        examples.remove(project=self.project(scope.OWNERS), number=number, pk=pk)
        return Response(status=204)
