"""Pilots: begun, ended, read; and the rest opened."""

import random
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.agreement import Measure, Reliability
from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.bulk import FilterSerializer
from crowd.models import Pilot
from crowd.queries import pilots as queries
from crowd.queries import scope
from crowd.queries.comparing import Comparison
from crowd.workflow.guidelines import piloting


def interval() -> serializers.ListField:
    """Return the field of a 95 % interval."""
    return serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)


class PilotProgressSerializer(serializers.Serializer):
    """How far it is."""

    answered = serializers.IntegerField()
    asked = serializers.IntegerField()
    images_done = serializers.IntegerField()
    leased = serializers.IntegerField()


class PilotSerializer(serializers.ModelSerializer):
    """Some images answered by many, while the rest of the project waits."""

    size = serializers.IntegerField(
        min_value=1, max_value=piloting.MOST_IMAGES, default=piloting.USUAL_SIZE, help_text="Images, drawn by lot."
    )
    overlap = serializers.IntegerField(
        min_value=2,
        max_value=piloting.MOST_ANSWERS,
        required=False,
        help_text="Answers to each image; without it, one of every worker who may work now.",
    )
    filter = FilterSerializer(required=False, write_only=True, help_text="Draw from the open images that match.")
    guideline = serializers.IntegerField(source="guideline.number", read_only=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True)
    holds = serializers.SerializerMethodField(help_text="Whether all other images wait for it.")
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Pilot
        fields = [
            "number", "state", "size", "overlap", "filter", "guideline", "created_by", "created_at", "finished_at",
            "holds", "progress",
        ]  # fmt: skip
        read_only_fields = ["number", "state", "created_at", "finished_at"]

    def get_holds(self, pilot: Pilot) -> bool:
        """Whether all other images wait for it."""
        return bool(pilot.project.pilot_id == pilot.pk)

    @extend_schema_field(PilotProgressSerializer)
    def get_progress(self, pilot: Pilot) -> dict[str, Any]:
        """How far it is."""
        return dict(PilotProgressSerializer(queries.progress(pilot)).data)


class MeasureSerializer(serializers.Serializer):
    """A figure with its 95 % interval."""

    value = serializers.FloatField(allow_null=True)
    interval = interval()


class ClassFiguresSerializer(serializers.Serializer):
    """How reliably a class is told from the rest."""

    question = serializers.CharField()
    name = serializers.CharField(allow_null=True, help_text="None: the question as a whole.")
    given = serializers.IntegerField()
    kappa = MeasureSerializer(help_text="Cohen's of two workers, else Fleiss'.")
    alpha = MeasureSerializer(help_text="Krippendorff's.")


class CrossedSerializer(serializers.Serializer):
    """Pairs of answers that say one and the other; empty: that it is not there."""

    question = serializers.CharField()
    one = serializers.CharField(allow_blank=True)
    other = serializers.CharField(allow_blank=True)
    pairs = serializers.IntegerField()


class ConfusedSerializer(serializers.Serializer):
    """Two classes to sharpen: of `of` pairs of answers that say either, `apart` say one and the other."""

    question = serializers.CharField()
    one = serializers.CharField(allow_blank=True)
    other = serializers.CharField(allow_blank=True)
    apart = serializers.IntegerField()
    of = serializers.IntegerField()


class DisputedSerializer(serializers.Serializer):
    """An image, and the mean share of the other answers that say the same."""

    task = serializers.IntegerField(source="key")
    agreement = serializers.FloatField()
    answers = serializers.IntegerField(source="number")


class PilotWorkerSerializer(serializers.Serializer):
    """A worker, and the mean share of others that say the same."""

    username = serializers.CharField(source="key")
    agreement = serializers.FloatField()
    interval = interval()
    images = serializers.IntegerField(source="number")


class FindingsSerializer(serializers.Serializer):
    """What the answers of a pilot say."""

    images = serializers.IntegerField(help_text="Of two answers and more.")
    answers = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    interval = interval()
    classes = ClassFiguresSerializer(many=True)
    crossed = CrossedSerializer(many=True)
    sharpen = ConfusedSerializer(many=True)
    disputed = DisputedSerializer(many=True)
    workers = PilotWorkerSerializer(many=True)


class PilotDetailSerializer(PilotSerializer):
    """A pilot with what its answers say."""

    findings = serializers.SerializerMethodField()

    class Meta(PilotSerializer.Meta):
        fields = [*PilotSerializer.Meta.fields, "findings"]

    @extend_schema_field(FindingsSerializer)
    def get_findings(self, pilot: Pilot) -> dict[str, Any]:
        """What the answers say."""
        return dict(FindingsSerializer(_findings(queries.findings(pilot))).data)


def _findings(found: Comparison) -> dict[str, Any]:
    classes = [_figures(question, None, 0, of) for question, of in found.questions.items()]
    classes += [_figures(one.question, one.name, one.given, one.reliability) for one in found.classes]
    crossed = [
        {"question": question, "one": one, "other": other, "pairs": number}
        for question, cells in found.crossed.items()
        for (one, other), number in sorted(cells.items())
    ]
    return {
        **{name: getattr(found, name) for name in ("images", "answers", "agreement", "interval")},
        "classes": classes,
        "crossed": crossed,
        "sharpen": found.confused,
        "disputed": found.disputed,
        "workers": found.workers,
    }


def _figures(question: str, name: str | None, given: int, of: Reliability) -> dict[str, Any]:
    return {"question": question, "name": name, "given": given, "kappa": _told(of.kappa), "alpha": _told(of.alpha)}


def _told(measure: Measure) -> dict[str, Any]:
    return {"value": measure.value, "interval": measure.interval}


class PilotList(ApiView):
    """Pilots of a project."""

    @extend_schema(responses=PilotSerializer(many=True), operation_id="pilots_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the pilots."""
        return self.page(
            self.project(scope.OWNERS).pilots.select_related("project", "guideline", "created_by"), PilotSerializer
        )

    @extend_schema(request=PilotSerializer, responses={201: PilotSerializer}, operation_id="pilots_start")
    def post(self, request: Request, slug: str) -> Response:
        """Have some open images answered by many workers; all other images wait until you open the rest."""
        project = self.project(scope.OWNERS)
        sent = PilotSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted = dict(sent.validated_data)
        query = wanted.pop("filter", None)
        made = piloting.start(
            project=project,
            by=self.user,
            now=timezone.now(),
            rng=random.SystemRandom(),
            query=query,
            **wanted,
        )
        return Response(PilotSerializer(made).data, status=201)


class PilotDetail(ApiView):
    """One pilot."""

    @extend_schema(responses=PilotDetailSerializer, operation_id="pilots_read")
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Read how far it is, and what its answers say of the guideline."""
        return Response(PilotDetailSerializer(piloting.get(project=self.project(scope.OWNERS), number=number)).data)


class PilotFinish(ApiView):
    """A pilot that is over."""

    @extend_schema(request=None, responses=PilotSerializer, operation_id="pilots_finish")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """End it with the answers it has; all other images wait on."""
        pilot = piloting.get(project=self.project(scope.OWNERS), number=number)
        return Response(PilotSerializer(piloting.finish(pilot=pilot, by=self.user, now=timezone.now())).data)


class PilotCancel(ApiView):
    """A pilot that is called off."""

    @extend_schema(request=None, responses=PilotSerializer, operation_id="pilots_cancel")
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Call it off, and open the rest."""
        pilot = piloting.get(project=self.project(scope.OWNERS), number=number)
        piloting.cancel(pilot=pilot, by=self.user, now=timezone.now())
        return Response(PilotSerializer(piloting.get(project=pilot.project, number=number)).data)


class PilotOpenRest(ApiView):
    """The images that wait for a pilot."""

    @extend_schema(request=None, responses={204: None}, operation_id="pilots_open_rest")
    def post(self, request: Request, slug: str) -> Response:
        """Give all images out again."""
        piloting.open_rest(project=self.project(scope.OWNERS), by=self.user, now=timezone.now())
        return Response(status=204)
