"""Gold: planted, listed, corrected, withdrawn."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.models import Gold
from crowd.queries import scope
from crowd.workflow import gold


class GoldSerializer(serializers.ModelSerializer):
    """A known answer, and how workers did on it."""

    image = serializers.IntegerField(source="task.image_id")
    annotation = Document()
    seen = serializers.IntegerField()
    passed = serializers.IntegerField()
    guideline = serializers.IntegerField(source="guideline.number")

    class Meta:
        model = Gold
        fields = [
            "id", "image", "task", "annotation", "guideline", "explanation", "training", "exam", "category", "served",
            "seen", "passed", "created_at",
        ]  # fmt: skip


class UseSerializer(serializers.Serializer):
    """How workers meet a known answer: hidden among the others unless one of these is true."""

    training = serializers.BooleanField(required=False, help_text="Openly, with feedback.")
    exam = serializers.BooleanField(required=False, help_text="In the exam, without feedback.")

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Replace the two by the one use that they say; none where they change nothing."""
        flags = {use: sent.pop(use, None) for use in (Gold.Use.TRAINING, Gold.Use.EXAM)}
        wanted = [use for use, flag in flags.items() if flag]
        if len(wanted) == 2:
            raise serializers.ValidationError({"exam": ["It is for training or for the exam, not for both."]})
        if wanted:
            sent["use"] = wanted[0]
        elif isinstance(self.instance, Gold) and flags.get(Gold.Use(self.instance.use)) is False:
            sent["use"] = Gold.Use.HIDDEN
        return sent


class PlantSerializer(UseSerializer):
    """An image and its answer."""

    image = serializers.CharField(max_length=500, help_text="Id, name or sha256.")
    annotation = Document()
    explanation = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class CorrectSerializer(UseSerializer):
    """What may be changed about a gold answer."""

    annotation = Document(required=False)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class GoldView(ApiView):
    """What both addresses answer with."""

    def counted(self) -> QuerySet[Gold]:
        """Return the gold of the caller's projects, with how often each was met and passed."""
        return scope.gold(user=self.user).annotate(
            seen=Count("checks"), passed=Count("checks", filter=Q(checks__passed=True))
        )


class GoldList(GoldView):
    """The gold of a project."""

    @extend_schema(responses=GoldSerializer(many=True), operation_id="gold_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the known answers, with how often they were met and passed."""
        return self.page(self.counted().filter(task__project=self.project(scope.OWNERS)), GoldSerializer)

    @extend_schema(request=PlantSerializer, responses={201: GoldSerializer}, operation_id="gold_plant")
    def post(self, request: Request, slug: str) -> Response:
        """Say what an image's answer is; workers meet it hidden, openly as training, or in the exam."""
        project = self.project(scope.OWNERS)
        sent = PlantSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        image = gold.find_image(project=project, reference=fields.pop("image"))
        planted = gold.plant(image=image, by=self.user, now=timezone.now(), **fields)
        return Response(GoldSerializer(self.counted().get(pk=planted.pk)).data, status=201)


class GoldDetail(GoldView):
    """One known answer."""

    @extend_schema(request=CorrectSerializer, responses=GoldSerializer, operation_id="gold_correct")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Correct a known answer; everybody who met it is scored anew."""
        found = scope.one_gold(user=self.user, pk=pk, slug=slug)
        sent = CorrectSerializer(found, data=request.data)
        sent.is_valid(raise_exception=True)
        gold.correct(gold=found, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(GoldSerializer(self.counted().get(pk=found.pk)).data)

    @extend_schema(responses={204: None}, operation_id="gold_withdraw")
    def delete(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Make a gold image an ordinary one again."""
        gold.withdraw(gold=scope.one_gold(user=self.user, pk=pk, slug=slug), by=self.user, now=timezone.now())
        return Response(status=204)
