"""A worker's work: claim, autosave, submit, skip; and their own record."""

import random
from dataclasses import asdict
from datetime import UTC
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.appeals import OwnAppealSerializer
from crowd.api.base import ApiView, absolute, taken
from crowd.api.fields import Document, Said
from crowd.models import Assignment, Note
from crowd.queries import callers, scope, work
from crowd.queries.qualification import Stage
from crowd.queries.sentences import said
from crowd.workflow.assignments import claiming, leasing, submission


class ShownImageSerializer(serializers.Serializer):
    """The image to be labelled."""

    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class AssignmentSerializer(serializers.Serializer):
    """An assignment as its worker sees it, and nothing more."""

    id = serializers.UUIDField()
    project = serializers.SlugField()
    image = ShownImageSerializer()
    guideline = serializers.IntegerField()
    prelabel = Document(allow_null=True)
    draft = Document(allow_null=True)
    expires_at = serializers.DateTimeField()
    state = serializers.CharField()


class ClaimSerializer(serializers.Serializer):
    """How much work to claim."""

    count = serializers.IntegerField(min_value=1, max_value=claiming.MAX_BATCH, required=False, default=1)


class ClaimedSerializer(serializers.Serializer):
    """The work given."""

    results = AssignmentSerializer(many=True)


class DraftSerializer(serializers.Serializer):
    """Unfinished work, kept as it is."""

    draft = serializers.DictField()


class AnswerSerializer(serializers.Serializer):
    """An answer."""

    annotation = Document()
    seconds = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1e7)


class FeedbackSerializer(serializers.Serializer):
    """What a training task tells."""

    score = serializers.FloatField()
    explanation = serializers.CharField()
    expected = Document()


class SubmittedSerializer(serializers.Serializer):
    """What became of the answer."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    reason = Said(required=False, help_text="Why the answer is kept but not counted.")
    feedback = FeedbackSerializer(allow_null=True)


class SkipSerializer(serializers.Serializer):
    """Why the task is given back."""

    reason = serializers.CharField(max_length=500)


class GoldRecordSerializer(serializers.Serializer):
    """Checked images so far."""

    seen = serializers.IntegerField(source="gold_seen")
    passed = serializers.IntegerField(source="gold_passed")


class QualificationSerializer(serializers.Serializer):
    """Your way to work: training, then the exam, where the project asks for them."""

    stage = serializers.ChoiceField(choices=[one.value for one in Stage])
    attempt = serializers.IntegerField(help_text="At the exam; 0 where there is none.")
    answered = serializers.IntegerField(help_text="Images of this stage.")
    needed = serializers.IntegerField()
    pass_mark = serializers.FloatField(allow_null=True)
    reason = Said(help_text="Why you are given no work, once the exam is failed.")


class NoteSerializer(serializers.ModelSerializer):
    """What a reviewer says of one of your answers."""

    class Meta:
        model = Note
        fields = ["text", "at"]


class MeSerializer(serializers.Serializer):
    """A worker's own record."""

    status = serializers.CharField()
    reason = Said()
    warning = Said(help_text="What would lead to a pause; as of the last tenth answer.")
    labels = serializers.IntegerField(help_text="Answers that count.")
    handed_in = serializers.IntegerField(help_text="Answers, those that do not count included.")
    gold = GoldRecordSerializer(source="*")
    training = serializers.ListField(child=serializers.DictField())
    qualification = QualificationSerializer()
    appeal = OwnAppealSerializer(allow_null=True)
    may_appeal = serializers.BooleanField()
    notes = NoteSerializer(many=True, help_text="What reviewers say of your answers, the newest first.")


def shown(request: Request, assignment: Assignment) -> dict[str, Any]:
    """Return an assignment as its worker sees it."""
    document = work.for_worker(assignment)
    document["image"]["url"] = absolute(request, document["image"]["url"])
    document["expires_at"] = document["expires_at"].astimezone(UTC).isoformat().replace("+00:00", "Z")
    return document  # of JSON's own types already: the serializer only describes it


class OwnView(ApiView):
    """An endpoint at one's own assignment."""

    in_steps = True

    def named(self) -> dict[str, Any]:
        """Return the assignment's key, to be read along with its worker."""
        key = callers.assignment_key(self.kwargs["pk"])
        return {"assignment": key} if key else {}

    def assignment(self) -> Assignment:
        """Return the assignment of the address, if it is the caller's own."""
        known, auth = None, self.request.auth
        if isinstance(auth, callers.Caller):  # once: whoever asks again is told how things are then
            known, auth.assignment = auth.assignment, None
        return scope.assignment(user=self.user, pk=self.kwargs["pk"], slug=self.kwargs.get("slug"), known=known)


class Claim(ApiView):
    """Getting work."""

    though_archived = True  # such a project is paused, which says more
    in_steps = True

    def named(self) -> dict[str, Any]:
        """Return the project's name: of the project itself a claim's own statements read what they need."""
        return {"work_in": self.kwargs["slug"]}

    @extend_schema(
        request=ClaimSerializer,
        responses={201: ClaimedSerializer, 204: OpenApiResponse(description="Nothing now; see Crowd-Queue.")},
        operation_id="assignments_claim",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Claim work; 204 with `Crowd-Queue: busy` (come back soon) or `empty` when there is none for you.

        `Crowd-Queue-Reason` then says why, where that is not that all is done: `pilot` (only a pilot's images are given
        for now) or `share` (you gave as many answers as one person may).
        """
        project = self.project(scope.WORKERS)
        claim = claiming.claim(
            project=project,
            worker=self.user,
            count=taken(ClaimSerializer, request.data)["count"],
            now=timezone.now(),
            rng=random.SystemRandom(),
        )
        if not claim.assignments:
            return Response(status=204, headers={"Crowd-Queue": claim.queue, "Crowd-Queue-Reason": claim.why})
        return Response({"results": [shown(request, one) for one in claim.assignments]}, status=201)


class AssignmentDetail(OwnView):
    """One's own assignment."""

    @extend_schema(responses=AssignmentSerializer, operation_id="assignments_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read an assignment, with the draft that was saved."""
        return Response(shown(request, self.assignment()))

    @extend_schema(request=DraftSerializer, responses=AssignmentSerializer, operation_id="assignments_autosave")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Keep a draft and renew the lease."""
        assignment = self.assignment()
        sent = DraftSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        leasing.autosave(assignment=assignment, draft=sent.validated_data["draft"], now=timezone.now())
        return Response(shown(request, self.assignment()))


class AssignmentSubmit(OwnView):
    """Handing in."""

    @extend_schema(request=AnswerSerializer, responses=SubmittedSerializer, operation_id="assignments_submit")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Hand an answer in, for good."""
        assignment = self.assignment()
        sent = taken(AnswerSerializer, request.data)
        done = submission.submit(
            assignment=assignment,
            annotation=sent["annotation"],
            seconds=sent.get("seconds"),
            now=timezone.now(),
        )
        kept = done.assignment
        body: dict[str, Any] = {"id": str(kept.pk), "state": work.shown_state(kept)}
        if kept.reason and kept.overtaken_at is None:
            body["reason"] = said(kept.reason)
        return Response({**body, "feedback": asdict(done.feedback) if done.feedback else None})


class AssignmentSkip(OwnView):
    """Giving back."""

    @extend_schema(request=SkipSerializer, responses=SubmittedSerializer, operation_id="assignments_skip")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Give a task back for good, with a reason."""
        assignment = self.assignment()
        sent = SkipSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        done = leasing.skip(assignment=assignment, reason=sent.validated_data["reason"], now=timezone.now())
        return Response(
            SubmittedSerializer({"id": done.pk, "state": done.state, "reason": done.reason, "feedback": None}).data
        )


class Me(ApiView):
    """One's own record."""

    @extend_schema(responses=MeSerializer, operation_id="me_read")
    def get(self, request: Request, slug: str) -> Response:
        """Read your counts, your standing and, where you are paused, why."""
        project = self.project(scope.WORKERS)
        return Response(MeSerializer(work.record(project=project, worker=self.user)).data)
