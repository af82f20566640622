"""Images in, and the list of them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView, absolute
from crowd.errors import Invalid, Missing
from crowd.models import ApiToken, Image, Membership
from crowd.queries import scope, thumbnails, work
from crowd.workflow import erasing, importing

FILE = {"type": "string", "format": "binary"}


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

    read_with = frozenset({ApiToken.Scope.READ_IMAGES})
    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})
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
                "properties": {"file": {"type": "array", "minItems": 1, "items": FILE}},
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


class EraseImageSerializer(serializers.Serializer):
    """Why it is erased; whoever asks for the image afterwards is told."""

    reason = serializers.CharField(max_length=500)


class ImageDetail(ApiView):
    """One image."""

    though_archived = True  # what must not be kept must not be kept there either

    @extend_schema(responses=ImageSerializer, operation_id="images_read")
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Read an image; 410 `image_erased`, with the reason, for one that was erased."""
        image = self._image(scope.OVERSEERS)
        if image.erased_at is not None:
            erasing.explain(thumbnails.gone_key(image))
        return Response(ImageSerializer(image, context={"request": request}).data)

    @extend_schema(request=EraseImageSerializer, responses={204: None}, operation_id="images_erase")
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Erase an image everywhere, not to be undone: its bytes, its name, its metadata.

        Released data keep its checksum and its labels, files of releases with packed images that hold it go; projects
        made of a release lose it too. What lies in a bucket of yours is unlinked, and is yours to remove.
        """
        image = self._image(scope.OWNERS)
        sent = EraseImageSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        erasing.erase_image(image=image, reason=sent.validated_data["reason"], by=self.user, now=timezone.now())
        return Response(status=204)

    def _image(self, roles: frozenset[Membership.Role]) -> Image:
        key = self.kwargs["pk"]
        found = Image.objects.filter(project=self.project(roles), pk=key if key < 2**63 else 0).first()
        if found is None:
            raise Missing(scope.MISSING)
        return found
