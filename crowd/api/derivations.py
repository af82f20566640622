"""Projects made of a release."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.errors import Missing
from crowd.labels.reshaping import SHAPES
from crowd.labels.starters import STARTERS
from crowd.models import Derivation
from crowd.queries import derivations, releases, scope
from crowd.workflow.projects import deriving


class DerivationFilterSerializer(serializers.Serializer):
    """Which of the release's images; each condition optional, all of them together."""

    has_objects = serializers.CharField(required=False, allow_blank=True, max_length=500)
    confidence_above = serializers.FloatField(required=False, min_value=0, max_value=1)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the one that Python cannot name."""
        told = "A name that the label speaks: a class, or an option with those below it."
        named = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text=told)
        return {"class": named, **super().get_fields()}


class DeriveSerializer(serializers.Serializer):
    """What the new project is to be; its schema is the release's where none of the last three says otherwise."""

    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(max_length=60, required=False)
    filter = DerivationFilterSerializer(required=False)
    carry = serializers.ChoiceField(choices=Derivation.Carry.choices, required=False)
    shape = serializers.ChoiceField(
        choices=SHAPES, required=False, help_text="Mark all regions so: boxes become where masks begin."
    )
    starter = serializers.ChoiceField(choices=list(STARTERS), required=False)
    schema = Document(required=False)


class DerivationSerializer(serializers.ModelSerializer):
    """What a project was made of, and how far that is."""

    project = serializers.CharField(source="project.slug", read_only=True)
    of = serializers.CharField(source="release.project.slug", read_only=True, help_text="The project released.")
    release = serializers.IntegerField(source="release.number", read_only=True)
    filter = Document()
    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = Derivation
        fields = [
            *("project", "of", "release", "filter", "carry", "state", "images", "carried", "left_out", "error"),
            *("by", "created_at", "finished_at"),
        ]


class ReleaseDerive(ApiView):
    """What is made of a release."""

    heavy = frozenset({"POST"})

    @extend_schema(responses=DerivationSerializer(many=True), operation_id="releases_derived")
    def get(self, request: Request, slug: str, number: int) -> Response:
        """List the projects made of it that you are a member of."""
        release = releases.get(project=self.project(scope.OWNERS), number=number)
        return self.page(
            derivations.of_release(release=release, user=self.user), DerivationSerializer, ordering="project_id"
        )

    @extend_schema(request=DeriveSerializer, responses={202: DerivationSerializer}, operation_id="releases_derive")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Make a project of it: images by reference, labels as pre-labels as far as the new schema can hold them."""
        release = releases.get(project=self.project(scope.OWNERS), number=number)
        sent = DeriveSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(sent.validated_data)
        asked = given.get("filter", {})
        made = deriving.derive(
            release=release,
            by=self.user,
            now=timezone.now(),
            name=given["name"],
            slug=given.get("slug", ""),
            carry_labels=given.get("carry", Derivation.Carry.PRELABELS),
            shape=given.get("shape", ""),
            starter=given.get("starter", ""),
            schema=given.get("schema"),
            wanted=deriving.Wanted(
                asked.get("class", ""), asked.get("has_objects", ""), asked.get("confidence_above", 0.0)
            ),
        )
        return Response(DerivationSerializer(derivations.origin(project=made)).data, status=202)


class Origin(ApiView):
    """What the project was made of."""

    @extend_schema(responses=DerivationSerializer, operation_id="projects_origin")
    def get(self, request: Request, slug: str) -> Response:
        """Read of which release the project was made, and how far that is."""
        found = derivations.origin(project=self.project(scope.OWNERS))
        if found is None:
            raise Missing("This project was not made of a release.")
        return Response(DerivationSerializer(found).data)
