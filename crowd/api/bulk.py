"""One action on many tasks: those named, or all that match a filter."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.errors import Missing
from crowd.models import Bulk, Task
from crowd.queries import scope
from crowd.queries.browse_filter import ORDERS
from crowd.workflow.tasks import bulk


class FilterSerializer(serializers.Serializer):
    """Which tasks: the filters of the page of images, each optional, all of them together."""

    state = serializers.ChoiceField(choices=Task.State.choices, required=False)
    worker = serializers.CharField(required=False, help_text="Who answered: a pseudonym, for owners also a user name.")
    guideline = serializers.IntegerField(required=False, min_value=1, help_text="The version of the label in force.")
    gold = serializers.BooleanField(required=False)
    confidence_below = serializers.FloatField(required=False)
    confidence_above = serializers.FloatField(required=False)
    agreement_below = serializers.FloatField(required=False)
    agreement_above = serializers.FloatField(required=False)
    score_below = serializers.FloatField(required=False, help_text="The pre-label's.")
    score_above = serializers.FloatField(required=False)
    uncertainty_below = serializers.FloatField(required=False)
    uncertainty_above = serializers.FloatField(required=False)
    q = serializers.CharField(required=False, help_text="A part of the name, or `key=value` of the metadata.")
    order = serializers.ChoiceField(choices=ORDERS, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields, with the one that Python cannot name."""
        told = "A name that the label in force speaks: a class, or an option with those below it."
        return {**super().get_fields(), "class": serializers.CharField(required=False, help_text=told)}


class BulkFaultSerializer(serializers.Serializer):
    """A task that was left as it is, and why."""

    task = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkSerializer(serializers.ModelSerializer):
    """What was asked for, and how far it is."""

    by = serializers.CharField(source="by.username", read_only=True)
    filter = FilterSerializer(required=False, write_only=True, help_text="Or `ids`.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, write_only=True, max_length=bulk.MOST_IDS
    )
    value = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**31), max_value=2**31 - 1, help_text="Of a priority or overlap."
    )
    skill = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="That the tasks ask for; empty for none."
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, help_text="Of a reopening.")
    faults = BulkFaultSerializer(many=True, read_only=True, help_text="The first that were refused.")

    class Meta:
        model = Bulk
        fields = [
            *(
                "id",
                "action",
                "value",
                "reason",
                "skill",
                "filter",
                "ids",
                "by",
                "state",
                "done",
                "unchanged",
                "refused",
            ),
            *("faults", "created_at", "finished_at"),
        ]
        read_only_fields = ["id", "state", "done", "unchanged", "refused", "created_at", "finished_at"]


class BulkView(ApiView):
    """What the addresses have in common."""

    def found(self, pk: int) -> Bulk:
        """Return a change of this project."""
        rows = Bulk.objects.select_related("by").filter(project=self.project(scope.OVERSEERS))
        found = rows.filter(pk=pk).first() if pk < 2**63 else None
        if found is None:
            raise Missing(scope.MISSING)
        return found


class BulkList(BulkView):
    """Changes of many tasks."""

    heavy = frozenset({"POST"})

    @extend_schema(responses=BulkSerializer(many=True), operation_id="bulk_list")
    def get(self, request: Request, slug: str) -> Response:
        """List what was asked for, and how far it is."""
        rows = Bulk.objects.filter(project=self.project(scope.OVERSEERS)).select_related("by")
        return self.page(rows, BulkSerializer)

    @extend_schema(
        request=BulkSerializer, responses={200: BulkSerializer, 202: BulkSerializer}, operation_id="bulk_begin"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Do one action to many tasks: at once for a few that are named (200), else in the background (202)."""
        project = self.project(scope.OVERSEERS)
        sent = BulkSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        if given["action"] == Bulk.Action.GOLD:
            self.project(scope.OWNERS)
        made = bulk.begin(
            project=project,
            by=self.user,
            now=timezone.now(),
            action=given["action"],
            ids=given.get("ids"),
            query=given.get("filter"),
            value=given.get("value"),
            reason=given.get("reason", ""),
            skill=given.get("skill", ""),
        )
        at_once = made.query is None and len(made.ids) <= bulk.AT_ONCE
        if at_once:
            bulk.run(bulk_id=made.pk, clock=timezone.now)
        return Response(BulkSerializer(self.found(made.pk)).data, status=200 if at_once else 202)


class BulkDetail(BulkView):
    """One of them."""

    @extend_schema(responses=BulkSerializer, operation_id="bulk_read")
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Read how far it is."""
        return Response(BulkSerializer(self.found(pk)).data)


class BulkCancel(BulkView):
    """The end of one that is under way."""

    @extend_schema(request=None, responses=BulkSerializer, operation_id="bulk_cancel")
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Stop it; what is changed stays so."""
        made = bulk.cancel(project=self.project(scope.OVERSEERS), pk=pk, by=self.user, now=timezone.now())
        return Response(BulkSerializer(made).data)
