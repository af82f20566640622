"""Guideline versions."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.conditional import KeptView
from crowd.api.fields import Document
from crowd.models import Guideline
from crowd.queries import guidelines as read
from crowd.queries import impact, scope
from crowd.workflow.guidelines import publishing

CHANGES = ("rename", "merge", "split")


class GuidelineSerializer(serializers.ModelSerializer):
    """A version: the text and the label schema together."""

    body = serializers.CharField(allow_blank=True, max_length=200_000, trim_whitespace=False)
    note = serializers.CharField(allow_blank=True, max_length=500, required=False)
    schema = Document()
    impact = serializers.ChoiceField(choices=Guideline.Impact.choices, allow_blank=True, read_only=True)
    review_asked_by = serializers.CharField(
        source="review_asked_by.username", default=None, read_only=True, allow_null=True
    )
    approved_by = serializers.CharField(source="approved_by.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Guideline
        fields = [
            "number", "state", "body", "schema", "note", "created_at", "published_at", "impact", "affected", "rename",
            "merge", "split", "review_asked_by", "approved_by",
        ]  # fmt: skip
        read_only_fields = [
            "number", "state", "created_at", "published_at", "impact", "affected", "rename", "merge", "split",
        ]  # fmt: skip


class PublishSerializer(serializers.Serializer):
    """What publishing does to the labels given before."""

    impact = serializers.ChoiceField(choices=Guideline.Impact.choices)
    affected = serializers.ListField(child=serializers.CharField(max_length=200), required=False, default=list)
    rename = serializers.DictField(child=serializers.CharField(max_length=500), required=False, default=dict)
    merge = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=500)),
        required=False,
        default=dict,
        help_text="New label to the old ones that are joined in it.",
    )
    split = serializers.DictField(
        required=False,
        default=dict,
        help_text="Old label to “ask” (people divide it anew), or to a rule {by: question, into: {answer: new label}, "
        "otherwise?: new label}; what the rule does not tell is asked again.",
    )


class WhatIfSerializer(serializers.Serializer):
    """What would be published."""

    impact = serializers.ChoiceField(choices=Guideline.Impact.choices, required=False, default=Guideline.Impact.RELABEL)
    affected = serializers.ListField(child=serializers.CharField(max_length=200), required=False, default=list)
    rename = serializers.JSONField(binary=True, required=False, default=dict)
    merge = serializers.JSONField(binary=True, required=False, default=dict)
    split = serializers.JSONField(binary=True, required=False, default=dict)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no object."""
        for name in ("rename", "merge", "split"):
            if not isinstance(values[name], dict):
                raise serializers.ValidationError({name: ["Must be an object."]})
        return values


class ImpactSerializer(serializers.Serializer):
    """What a relabelling would touch."""

    tasks = serializers.IntegerField()
    answers = serializers.IntegerField()
    gold = serializers.IntegerField()
    adjudicated = serializers.IntegerField()
    releases = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True, help_text="That an answer takes.")
    hours = serializers.FloatField(allow_null=True, help_text="Of work, for the answers that are asked again.")
    gold_affected = serializers.ListField(
        child=serializers.IntegerField(), help_text="Gold that speaks of an affected label: look at it again."
    )
    gold_unreadable = serializers.ListField(
        child=serializers.IntegerField(), help_text="Gold that is given to nobody under this version until corrected."
    )


class GuidelineList(ApiView):
    """The versions of a project."""

    @extend_schema(responses=GuidelineSerializer(many=True), operation_id="guidelines_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the versions; drafts are the owners' alone."""
        return self.page(read.visible(user=self.user, slug=slug), GuidelineSerializer, ordering="number")

    @extend_schema(request=GuidelineSerializer, responses={201: GuidelineSerializer}, operation_id="guidelines_draft")
    def post(self, request: Request, slug: str) -> Response:
        """Draft the next version."""
        project = self.project(scope.OWNERS)
        sent = GuidelineSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        guideline = publishing.draft(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(GuidelineSerializer(guideline).data, status=201)


class GuidelineDetail(KeptView):
    """One version."""

    def hold(self) -> None:
        """Lock the version."""
        held = Guideline.objects.filter(project=self.project(scope.OWNERS), number=self.kwargs["number"])
        held.select_for_update(no_key=True, of=("self",)).first()

    @extend_schema(responses=GuidelineSerializer, operation_id="guidelines_read")
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Read a version."""
        return Response(GuidelineSerializer(read.get(user=self.user, slug=slug, number=number)).data)

    @extend_schema(
        request=GuidelineSerializer(partial=True), responses=GuidelineSerializer, operation_id="guidelines_edit"
    )
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Change a draft."""
        project = self.project(scope.OWNERS)
        sent = GuidelineSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        return Response(
            GuidelineSerializer(publishing.edit(project=project, number=number, **sent.validated_data)).data
        )


class GuidelinePublish(ApiView):
    """Putting a version in force."""

    @extend_schema(request=PublishSerializer, responses=GuidelineSerializer, operation_id="guidelines_publish")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Publish a draft; it never changes again."""
        project = self.project(scope.OWNERS)
        sent = PublishSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        guideline = publishing.publish(
            project=project, number=number, by=self.user, now=timezone.now(), **sent.validated_data
        )
        return Response(GuidelineSerializer(guideline).data)


class GuidelineAcknowledge(ApiView):
    """A worker's word that they have read it."""

    @extend_schema(request=None, responses={204: None}, operation_id="guidelines_acknowledge")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Acknowledge a version."""
        project = self.project(scope.WORKERS)
        publishing.acknowledge(project=project, number=number, worker=self.user, now=timezone.now())
        return Response(status=204)


class GuidelineDiff(ApiView):
    """The difference between two versions."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, operation_id="guidelines_diff")
    def get(self, request: Request, slug: str, number: int, other: int) -> Response:
        """Compare two versions: the text line by line, the schema by meaning."""
        before = read.get(user=self.user, slug=slug, number=number)
        after = read.get(user=self.user, slug=slug, number=other)
        return Response(read.difference(before=before, after=after))


class GuidelineImpact(ApiView):
    """What publishing would invalidate."""

    heavy = frozenset({"GET"})

    @extend_schema(
        parameters=[
            OpenApiParameter("impact", str, enum=Guideline.Impact.values, default=Guideline.Impact.RELABEL),
            OpenApiParameter("affected", str, many=True, description="A label that is redefined; may be repeated."),
            *(OpenApiParameter(name, str, description="As in publishing, as JSON.") for name in CHANGES),
        ],
        responses=ImpactSerializer,
        operation_id="guidelines_impact",
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Count what relabelling would void, before doing it."""
        self.project(scope.OWNERS)
        guideline = read.get(user=self.user, slug=slug, number=number)
        sent = WhatIfSerializer(data=request.query_params)
        sent.is_valid(raise_exception=True)
        relabels = sent.validated_data["impact"] == Guideline.Impact.RELABEL
        labels = [label for value in sent.validated_data["affected"] for label in value.split(",") if label]
        changes = {name: sent.validated_data[name] for name in CHANGES}
        return Response(
            ImpactSerializer(
                impact.consequences(guideline=guideline, affected=labels if relabels else [], **changes)
            ).data
        )
