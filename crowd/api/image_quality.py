"""How the images of a project look, and the ones that may not be worth labelling."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.images import ImageSerializer
from crowd.errors import Invalid
from crowd.models import ImageQuality, Task
from crowd.queries import image_quality as queries
from crowd.queries import scope
from crowd.workflow.importing import looks_report


class FlagsSerializer(serializers.Serializer):
    """How many images each list has."""

    near = serializers.IntegerField(help_text="Nearly the same as an earlier image.")
    blurred = serializers.IntegerField(help_text=f"Sharpness below {queries.BLURRED_BELOW:g}.")
    dark = serializers.IntegerField(help_text="Half of it black, or dark on the whole.")
    bright = serializers.IntegerField(help_text="Half of it white, or bright on the whole.")
    tiny = serializers.IntegerField(help_text=f"A side shorter than {queries.TINY_BELOW} pixels.")
    unread = serializers.IntegerField(help_text="Could not be looked at.")


class CameraSerializer(serializers.Serializer):
    """A camera, and how many images are by it."""

    camera = serializers.CharField()
    images = serializers.IntegerField()


class QualitySerializer(serializers.Serializer):
    """How a project's images look."""

    images = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Not looked at yet.")
    duplicates = serializers.IntegerField(help_text="Of imports: same bytes as an image that was here; not kept.")
    groups = serializers.IntegerField(help_text="Images that others are near to.")
    flags = FlagsSerializer(help_text="Of images in work.")
    excluded = FlagsSerializer(help_text="Of excluded images.")
    cameras = CameraSerializer(many=True, help_text="The most frequent ones.")
    sharpness = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Images by variance of the Laplacian at 512 pixels, plus one: entry n is 2^n up to 2^(n+1).",
    )
    brightness = serializers.ListField(
        child=serializers.IntegerField(), help_text="Images by mean brightness, in steps from 0 to 1."
    )
    side = serializers.ListField(
        child=serializers.IntegerField(), help_text="Images by shorter side: entry n is 2^n up to 2^(n+1) pixels."
    )
    counted_at = serializers.DateTimeField(
        allow_null=True, help_text="As of when, in a project of many images; null where it is now."
    )


class FoundSerializer(serializers.ModelSerializer):
    """An image and how it looks; numbers are null until it was looked at, and where that failed (`fault`)."""

    image = ImageSerializer()
    task = serializers.IntegerField(source="image.task.pk")
    state = serializers.ChoiceField(choices=Task.State.choices, source="image.task.state")
    near = serializers.IntegerField(source="near_id", allow_null=True, help_text="The earlier image that it resembles.")

    class Meta:
        model = ImageQuality
        fields = [
            "image", "task", "state", "sharpness", "brightness", "dark", "bright", "camera", "near", "fault",
            "measured_at",
        ]  # fmt: skip


class ImageQualityReport(ApiView):
    """The report."""

    @extend_schema(responses=QualitySerializer, operation_id="images_quality")
    def get(self, request: Request, slug: str) -> Response:
        """Read how the images look: near duplicates, blur, exposure, sizes, cameras."""
        report = looks_report.report(project=self.project(scope.OVERSEERS), now=timezone.now())
        return Response(QualitySerializer(report).data)


class ImageQualityFound(ApiView):
    """The images behind the report."""

    @extend_schema(
        parameters=[
            OpenApiParameter("flag", str, enum=list(queries.FLAGS)),
            OpenApiParameter("camera", str),
            OpenApiParameter("excluded", bool, description="Excluded images instead of those in work."),
        ],
        responses=FoundSerializer(many=True),
        operation_id="images_quality_found",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List images with how they look; exclude one by `PATCH tasks/{id}/` with the state `excluded`."""
        project = self.project(scope.OVERSEERS)
        asked: Any = request.query_params
        flag = asked.get("flag", "")
        if flag and flag not in queries.FLAGS:
            told = f"Choose one of {', '.join(queries.FLAGS)}."
            raise Invalid(f"flag: {told}", errors={"flag": [told]})
        camera = asked.get("camera", "").replace("\0", "")
        rows = queries.found(project, flag=flag, camera=camera, excluded=_flag(asked.get("excluded", "")))
        return self.page(rows, FoundSerializer, ordering="image")


def _flag(asked: str) -> bool:
    if asked.lower() not in {"", "0", "1", "false", "true"}:
        raise Invalid("excluded: true or false.", errors={"excluded": ["true or false."]})
    return asked.lower() in {"1", "true"}
