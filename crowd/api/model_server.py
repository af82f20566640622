"""The model server of a project, and the rounds in which it is asked."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.fields import Document, Reference, WebAddress
from crowd.errors import Missing
from crowd.models import ModelRun, ModelServer
from crowd.queries import scope
from crowd.workflow.predictions import model_runs, model_servers

PROTOCOL = """Say where your model is asked. It is sent, by POST, one image at a time:

`{"protocol": 1, "project", "guideline": number, "schema": {…}, "model": {"name", "version"},
"image": {"id", "name", "sha256", "width", "height", "orientation", "content_type", "data": "base64 of the file"}}`

and answers with 200 and `{"annotation": {…}, "score"?: 0…1, "version"?: "…"}`, the annotation being a document as
workers hand it in, in pixels of the picture as people see it (`orientation` applied), or with
`{"annotation": null, "reason"?: "…"}` where it has nothing to propose. 408, 425, 429, 5xx and silence are tried again,
later each time; 401, 403, 404, 405 and another `version` end the run; any other 4xx refuses the one image.
"""


class ModelServerSerializer(serializers.Serializer):
    """Where the model is asked, and which version answers there; the secret is never shown."""

    url = WebAddress()
    model = serializers.CharField(max_length=100, source="name")
    version = serializers.CharField(max_length=90)
    header = serializers.CharField(max_length=100, required=False, help_text="That carries the secret.")
    secret = serializers.CharField(
        max_length=1400, required=False, write_only=True, allow_blank=True, trim_whitespace=False
    )
    seconds = serializers.IntegerField(min_value=1, max_value=120, required=False)
    has_secret = serializers.SerializerMethodField()

    def get_has_secret(self, server: ModelServer) -> bool:
        """Return whether one is sent."""
        return bool(server.secret)


class ModelRunFaultSerializer(serializers.Serializer):
    """An image that got no pre-label, and why."""

    image = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ModelRunSerializer(serializers.ModelSerializer):
    """A round of asking, and how far it is."""

    model = serializers.CharField(source="model.name", read_only=True)
    by = serializers.CharField(source="by.username", read_only=True)
    faults = ModelRunFaultSerializer(many=True, read_only=True, help_text="The first that were refused.")

    class Meta:
        model = ModelRun
        fields = [
            *("id", "model", "scope", "by", "state", "wanted", "taken", "refused", "faults", "trouble", "next_at"),
            *("created_at", "finished_at"),
        ]
        read_only_fields = [
            *("id", "state", "wanted", "taken", "refused", "trouble", "next_at", "created_at", "finished_at"),
        ]


class ModelTrySerializer(serializers.Serializer):
    """Which image: id, name or sha256; the newest where none is named."""

    image = Reference(required=False, allow_blank=True)


class ModelTrialSerializer(serializers.Serializer):
    """What the model says of it; nothing of it is kept."""

    image = serializers.IntegerField(source="image.pk")
    annotation = Document(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    seconds = serializers.FloatField()


class ModelServerDetail(ApiView):
    """The project's model server."""

    @extend_schema(responses=ModelServerSerializer, operation_id="model_server_read")
    def get(self, request: Request, slug: str) -> Response:
        """Read where the model is asked."""
        found = ModelServer.objects.filter(project=self.project(scope.OWNERS)).first()
        if found is None:
            raise Missing("This project names no model server.")
        return Response(ModelServerSerializer(found).data)

    @extend_schema(
        request=ModelServerSerializer,
        responses={201: ModelServerSerializer},
        operation_id="model_server_name",
        description=PROTOCOL,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say where the model is asked; without `secret` the one it has stays, if the address does."""
        project = self.project(scope.OWNERS)
        sent = ModelServerSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        made = model_servers.name(project=project, by=self.user, now=timezone.now(), model=given.pop("name"), **given)
        return Response(ModelServerSerializer(made).data, status=201)

    @extend_schema(responses={204: None}, operation_id="model_server_forget")
    def delete(self, request: Request, slug: str) -> Response:
        """Forget it and its secret; what it proposed stays."""
        model_servers.forget(project=self.project(scope.OWNERS), by=self.user, now=timezone.now())
        return Response(status=204)


class ModelServerTry(ApiView):
    """One question to the model."""

    one_transaction = False  # nothing is written; a database's transaction must not wait for a stranger

    @extend_schema(request=ModelTrySerializer, responses=ModelTrialSerializer, operation_id="model_server_try")
    def post(self, request: Request, slug: str) -> Response:
        """Ask about one image, to see whether all is well."""
        project = self.project(scope.OWNERS)
        sent = ModelTrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        trial = model_servers.try_out(project=project, image=sent.validated_data.get("image", ""))
        return Response(ModelTrialSerializer(trial).data)


class ModelRunList(ApiView):
    """Rounds of asking."""

    heavy = frozenset({"POST"})

    @extend_schema(responses=ModelRunSerializer(many=True), operation_id="model_runs_list")
    def get(self, request: Request, slug: str) -> Response:
        """List them, and how far each is."""
        rows = ModelRun.objects.filter(project=self.project(scope.OWNERS)).select_related("by", "model")
        return self.page(rows, ModelRunSerializer)

    @extend_schema(request=ModelRunSerializer, responses={202: ModelRunSerializer}, operation_id="model_runs_begin")
    def post(self, request: Request, slug: str) -> Response:
        """Have the model asked, in the background, about images that lack its version's pre-label."""
        project = self.project(scope.OWNERS)
        sent = ModelRunSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        over = sent.validated_data.get("scope", ModelRun.Scope.FRESH)
        made = model_runs.begin(project=project, by=self.user, now=timezone.now(), over=over)
        return Response(ModelRunSerializer(made).data, status=202)


class ModelRunDetail(ApiView):
    """One of them."""

    @extend_schema(responses=ModelRunSerializer, operation_id="model_runs_read")
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Read how far it is, and what was refused."""
        rows = ModelRun.objects.filter(project=self.project(scope.OWNERS)).select_related("by", "model")
        found = rows.filter(pk=pk).first() if pk < 2**63 else None
        if found is None:
            raise Missing(scope.MISSING)
        return Response(ModelRunSerializer(found).data)


class ModelRunCancel(ApiView):
    """The end of one that is under way."""

    @extend_schema(request=None, responses=ModelRunSerializer, operation_id="model_runs_cancel")
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Stop it; what was taken stays."""
        project = self.project(scope.OWNERS)
        if pk >= 2**63:
            raise Missing(scope.MISSING)
        made = model_runs.cancel(project=project, pk=pk, by=self.user, now=timezone.now())
        return Response(ModelRunSerializer(made).data)
