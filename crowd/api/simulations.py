"""Settings tried before they are set."""

from dataclasses import replace

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.queries import scope, simulation


class SimulationRequestSerializer(serializers.Serializer):
    """What to try; what is not sent is as the project has it."""

    overlap = serializers.IntegerField(min_value=1, max_value=100, required=False)
    max_overlap = serializers.IntegerField(min_value=1, max_value=100, required=False)
    confidence_target = serializers.FloatField(min_value=0, max_value=1, required=False)
    gold_rate = serializers.FloatField(min_value=0, max_value=0.9, required=False)
    pay_per_answer = serializers.DecimalField(max_digits=10, decimal_places=4, min_value=0, required=False)
    answers_per_hour = serializers.FloatField(
        min_value=0.1, max_value=1e9, required=False, help_text="Of everybody together; by default the pace so far."
    )
    images = serializers.IntegerField(
        min_value=1, max_value=10**9, required=False, help_text="By default those that are left."
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=0)


class SimulatedSettingsSerializer(serializers.Serializer):
    """What was tried."""

    overlap = serializers.IntegerField()
    max_overlap = serializers.IntegerField()
    confidence_target = serializers.FloatField()
    gold_rate = serializers.FloatField()
    pay_per_answer = serializers.DecimalField(max_digits=10, decimal_places=4)
    answers_per_hour = serializers.FloatField()
    images = serializers.IntegerField()


class SimulationSerializer(serializers.Serializer):
    """What may be expected; intervals hold it with 95 % probability if the models are right."""

    settings = SimulatedSettingsSerializer()
    models = serializers.ChoiceField(
        choices=["learnt", "assumed"],
        help_text="`learnt` from this project's answers, or `assumed` of crowds in general as there are none yet.",
    )
    accuracy = serializers.FloatField(
        help_text="Of computed labels, before review: the mean right share of a document."
    )
    accuracy_interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    review_share = serializers.FloatField(help_text="Images that reviewers have to decide.")
    answers_per_image = serializers.FloatField()
    answers = serializers.IntegerField(help_text="In all, those to gold included.")
    answers_interval = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    gold_answers = serializers.IntegerField()
    spend = serializers.DecimalField(max_digits=24, decimal_places=4)
    spend_interval = serializers.ListField(
        child=serializers.DecimalField(max_digits=24, decimal_places=4), min_length=2, max_length=2
    )
    currency = serializers.CharField()
    finish = serializers.DateTimeField()


class Simulate(ApiView):
    """What other settings would lead to."""

    heavy = frozenset({"GET", "POST"})

    @extend_schema(
        request=SimulationRequestSerializer, responses=SimulationSerializer, operation_id="projects_simulate"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Try settings on the project's own worker models; nothing is changed."""
        project = self.project(scope.OWNERS)
        sent = SimulationRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        now = timezone.now()
        values = dict(sent.validated_data)
        seed = values.pop("seed")
        settings = replace(simulation.defaults(project, now), **values)
        expected = simulation.expect(project=project, settings=settings, now=now, seed=seed)
        return Response(SimulationSerializer({**vars(expected), "currency": project.currency}).data)
