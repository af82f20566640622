"""Images in, and the list of them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView, absolute
from crowd.errors import Invalid
from crowd.models import Image
from crowd.queries import scope, work
from crowd.workflow import importing


class ImageSerializer(serializers.ModelSerializer):
    """An image; `url` gives the bytes and expires."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = ["id", "name", "sha256", "width", "height", "url"]

    def get_url(self, image: Image) -> str:
        """Return an address that expires."""
        return absolute(self.context["request"], work.image_url(image))


class DuplicateSerializer(serializers.Serializer):
    """A file whose bytes are there already."""

    name = serializers.CharField()
    image = serializers.IntegerField(source="image.pk")


class RejectionSerializer(serializers.Serializer):
    """A file that was refused."""

    name = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class UploadSerializer(serializers.Serializer):
    """What became of each file."""

    created = ImageSerializer(many=True)
    duplicates = DuplicateSerializer(many=True)
    rejected = RejectionSerializer(many=True)


class ImageList(ApiView):
    """The images of a project."""

    one_transaction = False  # each file, each line has its own

    parser_classes = [MultiPartParser]

    @extend_schema(responses=ImageSerializer(many=True), operation_id="images_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the images."""
        project = self.project(scope.OVERSEERS)
        return self.page(Image.objects.filter(project=project), ImageSerializer)

    @extend_schema(
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                "required": ["file"],
            }
        },
        responses={201: UploadSerializer},
        operation_id="images_upload",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Upload one or many files named `file`; each becomes an image with a task, or is refused with a reason."""
        project = self.project(scope.OWNERS)
        files: list[Any] = request.FILES.getlist("file")
        if not files:
            raise Invalid("file: send one or more files in fields named “file”.", errors={"file": ["None was sent."]})
        upload = importing.add_images(
            project=project, files=((file.name or "", file) for file in files), by=self.user, now=timezone.now()
        )
        return Response(UploadSerializer(upload, context={"request": request}).data, status=201)
