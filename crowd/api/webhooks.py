"""Webhooks: endpoints that are told what happens, and what became of each telling."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.conditional import KeptView
from crowd.api.fields import WebAddress
from crowd.models import Delivery, Webhook
from crowd.queries import scope
from crowd.queries import webhooks as queries
from crowd.workflow import webhooks

TYPES = "Event types such as task.resolved; none for all."


class WebhookSerializer(serializers.ModelSerializer):
    """An endpoint. `failing_since` is when it last began to fail, `next_at` when it is tried again."""

    events = serializers.ListField(child=serializers.CharField(max_length=40), help_text=TYPES)

    class Meta:
        model = Webhook
        fields = [
            "id", "url", "events", "description", "state", "reason", "created_at", "failing_since", "next_at",
            "old_secret_until",
        ]  # fmt: skip


class SecretWebhookSerializer(WebhookSerializer):
    """An endpoint with its secret (`whsec_…`), which is shown this once."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class NewWebhookSerializer(serializers.Serializer):
    """Where to tell, and of what."""

    url = WebAddress(help_text="https://…")
    events = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, source="types", max_length=50, help_text=TYPES
    )
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)


class WebhookChangesSerializer(NewWebhookSerializer):
    """What may be changed; made active again, an endpoint is told all that it missed."""

    url = WebAddress(required=False)
    state = serializers.ChoiceField(choices=[Webhook.State.ACTIVE.value, Webhook.State.PAUSED.value], required=False)


class DeliverySerializer(serializers.ModelSerializer):
    """What became of telling an endpoint of an event: the last answer's status, time and first bytes."""

    type = serializers.CharField(source="event.type")
    message = serializers.CharField(help_text="The `webhook-id` that it is sent under.")
    next_at = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = [
            "id", "webhook", "event", "type", "message", "state", "attempts", "created_at", "last_at", "next_at",
            "status", "milliseconds", "excerpt", "error",
        ]  # fmt: skip

    def get_next_at(self, row: Delivery) -> str | None:
        """Return when it is tried again; null where it is not."""
        moment = row.webhook.next_at if row.state == Delivery.State.PENDING else None
        return serializers.DateTimeField().to_representation(moment) if moment else None


class WebhookList(ApiView):
    """The webhooks of a project."""

    answers_a_secret = True

    @extend_schema(responses=WebhookSerializer(many=True), operation_id="webhooks_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the endpoints, without their secrets."""
        return self.page(Webhook.objects.filter(project=self.project(scope.OWNERS)), WebhookSerializer)

    @extend_schema(
        request=NewWebhookSerializer, responses={201: SecretWebhookSerializer}, operation_id="webhooks_create"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add an endpoint; keep its secret, it is not shown again. Messages are signed as Standard Webhooks says."""
        project = self.project(scope.OWNERS)
        sent = NewWebhookSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = webhooks.create(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(SecretWebhookSerializer(made).data, status=201)


class WebhookDetail(KeptView):
    """One endpoint."""

    def hold(self) -> None:
        """Lock the endpoint."""
        found = self.own(queries.one_webhook)
        Webhook.objects.filter(pk=found.pk, project=found.project_id).select_for_update(no_key=True).first()

    @extend_schema(responses=WebhookSerializer, operation_id="webhooks_read")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Read how an endpoint stands."""
        return Response(WebhookSerializer(self.own(queries.one_webhook)).data)

    @extend_schema(request=WebhookChangesSerializer, responses=WebhookSerializer, operation_id="webhooks_change")
    def patch(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Change, pause or resume an endpoint."""
        found = self.own(queries.one_webhook)
        sent = WebhookChangesSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        changed = webhooks.change(webhook=found, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(WebhookSerializer(changed).data)

    @extend_schema(responses={204: None}, operation_id="webhooks_remove")
    def delete(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Remove an endpoint and what is kept of its deliveries."""
        found = self.own(queries.one_webhook)
        webhooks.remove(webhook=found, by=self.user, now=timezone.now())
        return Response(status=204)


class WebhookRotate(ApiView):
    """A new secret."""

    answers_a_secret = True

    @extend_schema(request=None, responses=SecretWebhookSerializer, operation_id="webhooks_rotate")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Give an endpoint a new secret; for a day, messages carry the old one's signature too."""
        found = self.own(queries.one_webhook)
        return Response(SecretWebhookSerializer(webhooks.rotate(webhook=found, by=self.user, now=timezone.now())).data)


class WebhookDeliveries(ApiView):
    """What an endpoint was told."""

    @extend_schema(responses=DeliverySerializer(many=True), operation_id="webhooks_deliveries")
    def get(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """List the deliveries of the last thirty days, newest first."""
        found = self.own(queries.one_webhook)
        return self.page(queries.deliveries(found), DeliverySerializer, ordering="-id")


class DeliveryRedeliver(ApiView):
    """A delivery once more."""

    @extend_schema(request=None, responses=DeliverySerializer, operation_id="deliveries_redeliver")
    def post(self, request: Request, pk: str, slug: str | None = None) -> Response:
        """Send an event to its endpoint again, under the same message id."""
        found: Any = self.own(queries.one_delivery)
        webhooks.redeliver(delivery=found, now=timezone.now())
        return Response(DeliverySerializer(found).data)
