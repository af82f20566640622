"""Tasks as owners and reviewers see them, and rulings."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document
from crowd.api.images import ImageSerializer
from crowd.errors import Invalid
from crowd.models import ApiToken, Assignment, Consensus, GuidelineExample, Task, User
from crowd.queries import blind, scope
from crowd.workflow import tasks
from crowd.workflow.conflicts import adjudication, asking


class ConsensusSerializer(serializers.ModelSerializer):
    """The label in force and where it came from."""

    guideline = serializers.IntegerField(source="guideline.number")
    annotation = Document()
    by = serializers.CharField(source="by.username", default=None, allow_null=True)

    class Meta:
        model = Consensus
        fields = ["annotation", "confidence", "agreement", "method", "guideline", "by"]


class AssignmentOfTaskSerializer(serializers.ModelSerializer):
    """One worker's turn at the task."""

    worker = serializers.CharField(source="worker.username")
    annotation = Document(allow_null=True)
    guideline = serializers.IntegerField(source="guideline.number")

    class Meta:
        model = Assignment
        fields = ["id", "worker", "state", "guideline", "annotation", "submitted_at", "seconds", "reason"]


class TaskSerializer(serializers.ModelSerializer):
    """A task with its answers and its label."""

    image = ImageSerializer()
    gold = serializers.SerializerMethodField()
    consensus = ConsensusSerializer(allow_null=True)
    assignments = AssignmentOfTaskSerializer(many=True)

    class Meta:
        model = Task
        fields = ["id", "image", "state", "priority", "skill", "overlap", "labels", "gold", "consensus", "assignments"]

    def to_representation(self, task: Any) -> Any:
        """Return it, without its label for whoever may yet give the second ruling."""
        told = super().to_representation(task)
        return {**told, "consensus": None} if task.hidden else told

    def get_gold(self, task: Task) -> bool:
        """Whether the answer is known."""
        gold = getattr(task, "gold", None)
        return gold is not None and gold.withdrawn_at is None


class TaskChangeSerializer(serializers.Serializer):
    """What an owner may change."""

    priority = serializers.IntegerField(min_value=-(2**31), max_value=2**31 - 1, required=False)
    overlap = serializers.IntegerField(min_value=1, max_value=100, required=False)
    skill = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="Only workers with this tag are given the task."
    )
    state = serializers.ChoiceField(choices=["open", "excluded"], required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2_000, help_text="Of an exclusion.")


class RulingExampleSerializer(serializers.Serializer):
    """An example for the guideline's draft, made of the ruling; owners only."""

    label = serializers.CharField(max_length=200)  # type: ignore[assignment]  # a field of that name, not the title
    verdict = serializers.ChoiceField(choices=GuidelineExample.Verdict.choices, required=False, default="right")
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class AdjudicateSerializer(serializers.Serializer):
    """A ruling: a document, or whose answer to accept."""

    annotation = Document(required=False)
    accept = serializers.CharField(required=False, help_text="“consensus”, or an assignment's id")
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    gold = serializers.BooleanField(required=False, default=False)
    tell = serializers.BooleanField(
        required=False, default=False, help_text="Those who answered otherwise read the comment."
    )
    example = RulingExampleSerializer(required=False)


class ReopenSerializer(serializers.Serializer):
    """Why a settled task is taken up again."""

    reason = serializers.CharField(max_length=2_000)


def _full(user: User) -> Any:
    """Return tasks with all that is told of them, and whether their label is kept from this reader."""
    hidden = Exists(blind.waiting(user).filter(task=OuterRef("pk")))
    related = Task.objects.annotate(hidden=hidden).select_related(
        "image", "project", "consensus__guideline", "consensus__by", "gold"
    )
    turns = Assignment.objects.select_related("worker", "guideline").order_by("leased_at", "pk")
    return related.prefetch_related(Prefetch("assignments", queryset=turns))


class TaskList(ApiView):
    """The tasks of a project."""

    read_with = frozenset({ApiToken.Scope.READ_LABELS})

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=Task.State.values)],
        responses=TaskSerializer(many=True),
        operation_id="tasks_list",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the tasks, of one state or of all."""
        rows = _full(self.user).filter(project=self.project(scope.OVERSEERS))
        if state := request.query_params.get("state"):
            if state not in Task.State.values:
                told = f"Choose one of {', '.join(Task.State.values)}."
                raise Invalid(f"state: {told}", errors={"state": [told]})
            rows = rows.filter(state=state)
        return self.page(rows, TaskSerializer)


class TaskDetail(ApiView):
    """One task."""

    read_with = frozenset({ApiToken.Scope.READ_LABELS})

    def answer(self, task: Task) -> Response:
        """Return the task as it is now."""
        return Response(TaskSerializer(_full(self.user).get(pk=task.pk), context={"request": self.request}).data)

    @extend_schema(responses=TaskSerializer, operation_id="tasks_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read a task with its answers and its label."""
        return self.answer(self.own(scope.task))

    @extend_schema(request=TaskChangeSerializer, responses=TaskSerializer, operation_id="tasks_change")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Change priority or overlap, or exclude the image."""
        task = self.own(scope.task)
        sent = TaskChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        tasks.change(task=task, by=self.user, now=timezone.now(), **sent.validated_data)
        return self.answer(task)


class TaskAdjudicate(TaskDetail):
    """A reviewer's ruling."""

    http_method_names = ["post", "options"]

    @extend_schema(request=AdjudicateSerializer, responses=TaskSerializer, operation_id="tasks_adjudicate")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Settle a task; nothing automatic ever overwrites it."""
        task = self.own(scope.task)
        sent = AdjudicateSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        adjudication.adjudicate(task=task, by=self.user, now=timezone.now(), **sent.validated_data)
        return self.answer(task)


class TaskReopen(TaskDetail):
    """A settled task taken up again."""

    http_method_names = ["post", "options"]

    @extend_schema(request=ReopenSerializer, responses=TaskSerializer, operation_id="tasks_reopen")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Reopen a task, with a reason."""
        task = self.own(scope.task)
        sent = ReopenSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        adjudication.reopen(task=task, by=self.user, now=timezone.now(), reason=sent.validated_data["reason"])
        return self.answer(task)


class AskSerializer(serializers.Serializer):
    """How many more, and why."""

    answers = serializers.IntegerField(min_value=1, max_value=asking.MOST, required=False, default=1)
    reason = serializers.CharField(max_length=2_000)


class TaskAsk(TaskDetail):
    """A task sent back to the crowd."""

    http_method_names = ["post", "options"]

    @extend_schema(request=AskSerializer, responses=TaskSerializer, operation_id="tasks_ask")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Reject what the answers came to, and ask so many more people."""
        task = self.own(scope.task)
        sent = AskSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asking.ask(task=task, by=self.user, now=timezone.now(), **sent.validated_data)
        return self.answer(task)
