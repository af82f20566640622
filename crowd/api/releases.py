"""Releases: cut, read, compared, pulled."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from crowd import storage
from crowd.api import serializers
from crowd.api.base import ApiView, absolute
from crowd.api.feeds import SIZE, PieceSerializer
from crowd.api.images import ImageSerializer
from crowd.api.pagination import page_size
from crowd.errors import Invalid
from crowd.formats import BY_DEFAULT, WRITERS
from crowd.formats.options import IMAGES, INCLUDE, SETTLED_BY
from crowd.models import ApiToken, Release, ReleaseFile
from crowd.queries import releases as read
from crowd.queries import scope
from crowd.workflow import releasing

LONGEST_PLACE = 15  # digits


class FiltersSerializer(serializers.Serializer):
    """Which labels; what is not given keeps all."""

    min_confidence = serializers.FloatField(min_value=0, max_value=1, required=False)
    classes = serializers.ListField(
        child=serializers.CharField(max_length=500),
        required=False,
        max_length=1000,
        help_text="Classes of objects, or answers as `question/path`. Images that have none of them are left out.",
    )
    guidelines = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1), required=False, max_length=1000
    )
    settled_by = serializers.ListField(child=serializers.ChoiceField(choices=SETTLED_BY), required=False, max_length=3)


class SplitsSerializer(serializers.Serializer):
    """Shares by name; an image keeps the split it once had in every later release."""

    fractions = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1), help_text="They add up to 1."
    )
    group_by = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="A metadata field: images that agree in it stay together.",
    )
    stratify = serializers.BooleanField(required=False, help_text="Whether each class is spread alike; by default yes.")


class ReleaseFileSerializer(serializers.ModelSerializer):
    """One file; `files/{format}/` gives its bytes. What a format could not say is in the manifest."""

    class Meta:
        model = ReleaseFile
        fields = ["format", "path", "bytes", "sha256"]


class ProgressSerializer(serializers.Serializer):
    """How far the building is: files written, of how many, and the one under way."""

    files = serializers.IntegerField()
    of = serializers.IntegerField()
    now = serializers.CharField(allow_null=True)


class ReleaseSerializer(serializers.ModelSerializer):
    """A data set that never changes."""

    files = ReleaseFileSerializer(many=True, read_only=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Release
        fields = [
            "number", "state", "created_at", "images", "annotations", "guidelines", "manifest_sha256", "note", "error",
            "options", "progress", "files",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, release: Release) -> dict[str, Any]:
        """Return how far the building is."""
        return asdict(read.progress(release, release.files.all()))


class CutSerializer(serializers.Serializer):
    """What to release; nothing chosen is everything that is resolved, in the default formats, without splits."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    filters = FiltersSerializer(required=False)
    splits = SplitsSerializer(required=False)
    include = serializers.ListField(
        child=serializers.ChoiceField(choices=INCLUDE),
        required=False,
        max_length=len(INCLUDE),
        help_text="Files beside the labels: every answer under its worker's pseudonym; shares of the weight.",
    )
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=list(WRITERS)),
        required=False,
        max_length=len(WRITERS),
        help_text=f"By default {', '.join(BY_DEFAULT)}; `jsonl` is always there.",
    )
    images = serializers.ChoiceField(
        choices=IMAGES,
        required=False,
        help_text="By default `reference`: named by their SHA-256, linked by `images/` at any time. `packed`: in the "
        "release as they came, in tar files of about 1 GiB.",
    )


class ReleaseList(ApiView):
    """The releases of a project."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})
    heavy = frozenset({"POST"})
    read_with = frozenset({ApiToken.Scope.READ_RELEASES})

    @extend_schema(responses=ReleaseSerializer(many=True), operation_id="releases_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the releases."""
        rows = self.project(scope.OVERSEERS).releases.prefetch_related("files")
        return self.page(rows, ReleaseSerializer, ordering="number")

    @extend_schema(request=CutSerializer, responses={202: ReleaseSerializer}, operation_id="releases_cut")
    def post(self, request: Request, slug: str) -> Response:
        """Cut a release; it is built in the background."""
        project = self.project(scope.OWNERS)
        sent = CutSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        note = sent.validated_data.pop("note", "")
        release = releasing.cut(
            project=project, by=self.user, now=timezone.now(), note=note, options=_plain(sent.validated_data)
        )
        return Response(ReleaseSerializer(release).data, status=202)


def _plain(value: Any) -> Any:
    """Return what DRF validated as plain JSON."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


class ReleaseCancel(ApiView):
    """A release that is called off."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})

    @extend_schema(request=None, responses=ReleaseSerializer, operation_id="releases_cancel")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Call off a release that is still being built; its state is then `failed`."""
        release = read.get(project=self.project(scope.OWNERS), number=number)
        return Response(ReleaseSerializer(releasing.cancel(release=release, by=self.user, now=timezone.now())).data)


class ReleaseDetail(ApiView):
    """One release."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})
    read_with = frozenset({ApiToken.Scope.READ_RELEASES})

    @extend_schema(responses=ReleaseSerializer, operation_id="releases_read")
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Read a release's state and files."""
        return Response(ReleaseSerializer(read.get(project=self.project(scope.OVERSEERS), number=number)).data)


class ReleaseDiff(ApiView):
    """The difference between two releases."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})
    heavy = frozenset({"GET"})
    read_with = frozenset({ApiToken.Scope.READ_RELEASES})

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, operation_id="releases_diff")
    def get(self, request: Request, slug: str, number: int, other: int) -> Response:
        """Tell which images were added, removed or labelled otherwise, and why."""
        project = self.project(scope.OVERSEERS)
        before, after = read.get(project=project, number=number), read.get(project=project, number=other)
        return Response(read.difference(before=before, after=after))


class ReleasedImageSerializer(ImageSerializer):
    """An image of a release; `url` gives the bytes and expires, `file_name` is what the release's files call it."""

    file_name = serializers.CharField()

    class Meta(ImageSerializer.Meta):
        fields = [*ImageSerializer.Meta.fields, "file_name"]


class ReleasedImagesSerializer(PieceSerializer):
    """A piece of the list; `next` is null at its end."""

    results = ReleasedImageSerializer(many=True)


class ReleaseImages(ApiView):
    """The images of a release."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})
    read_with = frozenset({ApiToken.Scope.READ_RELEASES})
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter("since", int, description="As in `next`; nothing for the beginning."), SIZE],
        responses=ReleasedImagesSerializer,
        operation_id="releases_images",
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """List the images of a release, each with an address of its bytes."""
        release = read.get(project=self.project(scope.OVERSEERS), number=number)
        rows, place = read.images(release=release, place=_place(request), limit=page_size(request))
        for image, name in rows:
            vars(image)["file_name"] = name
        data = ReleasedImageSerializer([image for image, _ in rows], many=True, context={"request": request}).data
        following = replace_query_param(request.build_absolute_uri(), "since", place) if place else None
        return Response({"next": following, "previous": None, "results": data})


def _place(request: Request) -> int:
    given = request.query_params.get("since") or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_PLACE):
        raise Invalid("since: use the “next” that this list gave you.", errors={"since": ["Not a place."]})
    return int(given)


class ReleaseFileDetail(ApiView):
    """One file of a release."""

    write_with = frozenset({ApiToken.Scope.WRITE_RELEASES})
    read_with = frozenset({ApiToken.Scope.READ_RELEASES})

    @extend_schema(
        responses={302: OpenApiResponse(description="A signed address of the bytes.")}, operation_id="releases_file"
    )
    def get(self, request: Request, slug: str, number: int, format_name: str) -> Response:
        """Go to the bytes of a file; 410 `image_erased` for one that held an image which was erased since."""
        file = read.file(project=self.project(scope.OVERSEERS), number=number, format_name=format_name)
        url: Any = storage.store().url(
            file.key,
            expires_in=settings.CROWD_SIGNED_URL_SECONDS,
            filename=f"{slug}-{number}-{file.path}",
            content_type=file.content_type,
        )
        return Response(status=302, headers={"Location": absolute(request, url)})
