"""Gold: planted, listed, corrected, withdrawn."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document, Reference
from crowd.models import ApiToken, Gold, Project, User
from crowd.queries import gold as queries
from crowd.queries import scope
from crowd.workflow import gold
from crowd.workflow.gold import weighing


class TrustedSerializer(serializers.Serializer):
    """How workers did on it whose record on gold proves them reliable."""

    seen = serializers.IntegerField(source="trusted_seen")
    passed = serializers.IntegerField(source="trusted_passed")


class SuspicionSerializer(serializers.Serializer):
    """Another answer that trusted workers agree on; until you decide, nobody is judged by this gold."""

    at = serializers.DateTimeField(source="suspected_at")
    annotation = Document(source="suspicion.annotation")
    gave = serializers.IntegerField(source="suspicion.gave", help_text="Trusted workers who gave it.")
    of = serializers.IntegerField(source="suspicion.of", help_text="Trusted workers who met the gold.")
    probability = serializers.FloatField(source="suspicion.probability", help_text="That it is right.")

    def to_representation(self, gold: Any) -> Any:
        """Return nothing where there is no suspicion."""
        return None if gold.suspected_at is None else super().to_representation(gold)


class GoldSerializer(serializers.ModelSerializer):
    """A known answer, and how workers did on it."""

    image = serializers.IntegerField(source="task.image_id")
    annotation = Document()
    guideline = serializers.IntegerField(source="guideline.number")
    seen = serializers.IntegerField()
    passed = serializers.IntegerField()
    mean_score = serializers.FloatField(allow_null=True)
    pass_rate = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), help_text="95 % credible interval of the pass rate.", min_length=2, max_length=2
    )
    difficulty = serializers.FloatField(
        allow_null=True, help_text="Share that fails it: of trusted workers, once three have met it."
    )
    trusted = TrustedSerializer(source="*")
    suspected = SuspicionSerializer(source="*", allow_null=True)

    class Meta:
        model = Gold
        fields = [
            "id", "image", "task", "annotation", "guideline", "explanation", "training", "exam", "category", "source",
            "served", "seen", "passed", "mean_score", "pass_rate", "interval", "difficulty", "trusted", "suspected",
            "created_at",
        ]  # fmt: skip

    def to_representation(self, gold: Any) -> dict[str, Any]:
        """Return the gold with its figures."""
        for name, value in vars(queries.figures(gold)).items():
            setattr(gold, name, value)
        return super().to_representation(gold)


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

    image = Reference(help_text="Id, name or sha256.")
    annotation = Document()
    explanation = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class CorrectSerializer(UseSerializer):
    """What may be changed about a gold answer."""

    annotation = Document(required=False)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


def counted(*, user: User, project: Project) -> QuerySet[Gold]:
    """Return the gold of the caller's project, with how workers did on it."""
    return queries.weighed(scope.gold(user=user).filter(project=project), project=project)


class GoldList(ApiView):
    """The gold of a project."""

    write_with = frozenset({ApiToken.Scope.WRITE_GOLD})

    @extend_schema(responses=GoldSerializer(many=True), operation_id="gold_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the known answers, with how often they were met and passed."""
        return self.page(counted(user=self.user, project=self.project(scope.OWNERS)), GoldSerializer)

    @extend_schema(request=PlantSerializer, responses={201: GoldSerializer}, operation_id="gold_plant")
    def post(self, request: Request, slug: str) -> Response:
        """Say what an image's answer is; workers meet it hidden, openly as training, or in the exam."""
        project = self.project(scope.OWNERS)
        sent = PlantSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        image = gold.find_image(project=project, reference=fields.pop("image"))
        planted = gold.plant(image=image, by=self.user, now=timezone.now(), **fields)
        return Response(GoldSerializer(counted(user=self.user, project=project).get(pk=planted.pk)).data, status=201)


class GoldDetail(ApiView):
    """One known answer."""

    write_with = frozenset({ApiToken.Scope.WRITE_GOLD})

    def answer(self, gold: Gold) -> Response:
        """Return the gold as it is now."""
        return Response(GoldSerializer(counted(user=self.user, project=gold.project).get(pk=gold.pk)).data)

    @extend_schema(responses=GoldSerializer, operation_id="gold_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read a known answer, and how workers did on it."""
        return self.answer(self.own(scope.one_gold))

    @extend_schema(request=CorrectSerializer, responses=GoldSerializer, operation_id="gold_correct")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Correct a known answer; everybody who met it is scored anew."""
        found = self.own(scope.one_gold)
        sent = CorrectSerializer(found, data=request.data)
        sent.is_valid(raise_exception=True)
        gold.correct(gold=found, by=self.user, now=timezone.now(), **sent.validated_data)
        return self.answer(found)

    @extend_schema(responses={204: None}, operation_id="gold_withdraw")
    def delete(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Make a gold image an ordinary one again."""
        gold.withdraw(gold=self.own(scope.one_gold), by=self.user, now=timezone.now())
        return Response(status=204)


class GoldConfirm(GoldDetail):
    """Suspected gold that is right."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=GoldSerializer, operation_id="gold_confirm")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Say that a known answer is right all the same: it counts again."""
        found = self.own(scope.one_gold)
        weighing.confirm(gold=found, by=self.user, now=timezone.now())
        return self.answer(found)
