"""Direct uploads: an address for each file, and the word that it is there."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.images import ImageSerializer
from crowd.models import ApiToken, DirectUpload
from crowd.queries import scope, uploads
from crowd.workflow.importing import direct

MOST = 100


class AnnouncedSerializer(serializers.Serializer):
    """A file that is to come."""

    name = serializers.CharField(max_length=1000)
    bytes = serializers.IntegerField(min_value=1, max_value=2**53, help_text="Exactly as many may be put.")
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", required=False, help_text="With it, what is here already need not be sent."
    )


class AnnouncementSerializer(serializers.Serializer):
    """Files that are to come."""

    files = serializers.ListField(child=AnnouncedSerializer(), min_length=1, max_length=MOST)


class DirectUploadSerializer(serializers.ModelSerializer):
    """One file: while it waits, PUT its bytes to `url` and then complete it."""

    url = serializers.SerializerMethodField(help_text="Null for one that is over.")
    headers = serializers.SerializerMethodField(help_text="To be sent with the bytes.")
    expires_at = serializers.SerializerMethodField()
    image = serializers.IntegerField(source="image_id", allow_null=True)
    details = ImageSerializer(source="image", allow_null=True, help_text="The image, as lists have it.")

    class Meta:
        model = DirectUpload
        fields = ["id", "name", "state", "url", "headers", "expires_at", "image", "details", "code", "detail"]

    def get_url(self, upload: DirectUpload) -> str | None:
        """Return where to put the bytes."""
        return direct.address(upload)

    def get_headers(self, upload: DirectUpload) -> dict[str, str]:
        """Return what to send beside them; their length goes by itself."""
        return {}

    def get_expires_at(self, upload: DirectUpload) -> str:
        """Return until when the address takes them."""
        return (timezone.now() + timedelta(seconds=direct.SECONDS)).isoformat()


class DirectUploadsSerializer(serializers.Serializer):
    """An upload for each file, in the order of the files."""

    results = DirectUploadSerializer(many=True)


class UploadList(ApiView):
    """Uploads into the bucket."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})

    @extend_schema(
        request=AnnouncementSerializer, responses={201: DirectUploadsSerializer}, operation_id="uploads_begin"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask for addresses to which files can be put, past this server; 409 where images are not kept in a bucket."""
        project = self.project(scope.OWNERS)
        sent = AnnouncementSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        files = [direct.Announced(**file) for file in sent.validated_data["files"]]
        made: Any = direct.begin(project=project, files=files, by=self.user, now=timezone.now())
        data = DirectUploadSerializer(made, many=True, context={"request": request}).data
        return Response({"results": data}, status=201)


class UploadComplete(ApiView):
    """A file that was put."""

    write_with = frozenset({ApiToken.Scope.WRITE_IMAGES})
    one_transaction = False  # the bytes are kept before the row that names them

    @extend_schema(request=None, responses=DirectUploadSerializer, operation_id="uploads_complete")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Have a file looked at that was put at its address: it becomes an image, is a duplicate, or is refused."""
        upload = self.own(uploads.one)
        done = direct.complete(upload=upload, by=self.user, now=timezone.now())
        return Response(DirectUploadSerializer(done, context={"request": request}).data)
