"""Members and their roles, and tokens confined to a project."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView, absolute
from crowd.models import ApiToken, Invitation, Membership
from crowd.queries import scope
from crowd.workflow import accounts
from crowd.workflow.projects import inviting, members


def limit(name: str, told: str) -> serializers.IntegerField:
    """Return the field of a limit."""
    return serializers.IntegerField(
        min_value=members.LEAST[name], max_value=members.MOST_LIMIT, allow_null=True, required=False, help_text=told
    )


class MemberSerializer(serializers.ModelSerializer):
    """A user's role in a project."""

    username = serializers.CharField(source="user.username", max_length=150)
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text="Groups and skills; images may ask for one.",
    )
    answers_per_hour = limit("answers_per_hour", "Answers in any hour; null: as many as the project allows.")
    most_answers = limit("most_answers", "Answers in all; null: as many as the project allows.")
    max_leases = limit("max_leases", "Images held at once; null: as many as the project allows.")

    class Meta:
        model = Membership
        fields = ["username", "role", "expert", "tags", *members.LEAST, "created_at"]
        read_only_fields = ["created_at"]


class MemberChangeSerializer(MemberSerializer):
    """What is changed about a member; what is not sent stays."""

    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)

    class Meta(MemberSerializer.Meta):
        read_only_fields = ["username", "created_at"]
        fields = ["username", "role", "expert", "tags", *members.LEAST, "created_at"]


class MemberView(ApiView):
    """What both addresses do."""

    def changed(self, member: Membership, sent: Mapping[str, Any]) -> Membership:
        """Return the member with the tags, limits and expertise that were sent."""
        how: dict[str, Any] = {"by": self.user, "now": timezone.now()}
        project, username = member.project, member.user.username
        if "tags" in sent:
            member = members.set_tags(project=project, username=username, tags=sent["tags"], **how)
        if limits := {name: sent[name] for name in members.LEAST if name in sent}:
            member = members.set_limits(project=project, username=username, limits=limits, **how)
        if "expert" in sent:
            member = members.set_expert(project=project, username=username, expert=sent["expert"], **how)
        return member


class MemberList(MemberView):
    """Who takes part."""

    @extend_schema(responses=MemberSerializer(many=True), operation_id="members_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the members."""
        project = self.project(scope.OWNERS)
        return self.page(project.memberships.select_related("user"), MemberSerializer)

    @extend_schema(request=MemberSerializer, responses={201: MemberSerializer}, operation_id="members_add")
    def post(self, request: Request, slug: str) -> Response:
        """Give a user a role, or another one."""
        project = self.project(scope.OWNERS)
        sent = MemberSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        member = members.add(
            project=project,
            username=sent.validated_data["user"]["username"],
            role=sent.validated_data["role"],
            by=self.user,
            now=timezone.now(),
        )
        return Response(MemberSerializer(self.changed(member, sent.validated_data)).data, status=201)


class MemberDetail(MemberView):
    """One member."""

    @extend_schema(request=MemberChangeSerializer, responses=MemberSerializer, operation_id="members_change")
    def patch(self, request: Request, slug: str, username: str) -> Response:
        """Change a member's role, tags, or limits."""
        project = self.project(scope.OWNERS)
        member = members.get(project=project, username=username)
        sent = MemberChangeSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        if "role" in sent.validated_data and sent.validated_data["role"] != member.role:
            role = sent.validated_data["role"]
            member = members.add(project=project, username=username, role=role, by=self.user, now=timezone.now())
        return Response(MemberSerializer(self.changed(member, sent.validated_data)).data)

    @extend_schema(responses={204: None}, operation_id="members_remove")
    def delete(self, request: Request, slug: str, username: str) -> Response:
        """End a membership; the answers given stay."""
        members.remove(project=self.project(scope.OWNERS), username=username, by=self.user, now=timezone.now())
        return Response(status=204)


class InvitationSerializer(serializers.ModelSerializer):
    """A link that gives a role."""

    days = serializers.IntegerField(min_value=1, max_value=inviting.MOST_DAYS, default=7, write_only=True)
    uses = serializers.IntegerField(min_value=1, max_value=inviting.MOST_USES, default=1)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), default=list)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ["id", "role", "uses", "days", "tags", "used", "url", "created_at", "expires_at"]
        read_only_fields = ["id", "used", "created_at", "expires_at"]

    def get_url(self, invitation: Invitation) -> str:
        """What whoever is invited opens."""
        return absolute(self.context["request"], inviting.path_of(invitation))


class InvitationList(ApiView):
    """Links that let people in."""

    @extend_schema(responses=InvitationSerializer(many=True), operation_id="invitations_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the invitations that are open."""
        rows = self.project(scope.OWNERS).invitations.filter(
            withdrawn_at__isnull=True, expires_at__gt=timezone.now(), used__lt=F("uses")
        )
        return self.page(rows, InvitationSerializer)

    @extend_schema(
        request=InvitationSerializer, responses={201: InvitationSerializer}, operation_id="invitations_create"
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a link that gives a role to whoever opens it and signs in."""
        project = self.project(scope.OWNERS)
        sent = InvitationSerializer(data=request.data, context={"request": request})
        sent.is_valid(raise_exception=True)
        made = inviting.invite(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(InvitationSerializer(made, context={"request": request}).data, status=201)


class InvitationDetail(ApiView):
    """One of them."""

    @extend_schema(responses={204: None}, operation_id="invitations_withdraw")
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """End an invitation; who came in by it stays."""
        inviting.withdraw(project=self.project(scope.OWNERS), pk=pk, by=self.user, now=timezone.now())
        return Response(status=204)


class TokenSerializer(serializers.ModelSerializer):
    """A token confined to this project; the secret is shown once."""

    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.choices), min_length=1)
    days = serializers.IntegerField(min_value=1, max_value=3650, required=False, write_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "scopes", "days", "created_at", "expires_at", "last_used_at"]
        read_only_fields = ["id", "created_at", "expires_at", "last_used_at"]


class NewTokenSerializer(serializers.Serializer):
    """The secret, shown once."""

    token = serializers.CharField(read_only=True)


class TokenList(ApiView):
    """Tokens for clients that pull this project's releases."""

    answers_a_secret = True

    @extend_schema(responses=TokenSerializer(many=True), operation_id="tokens_list")
    def get(self, request: Request, slug: str) -> Response:
        """List the tokens, without their secrets."""
        return self.page(self.project(scope.OWNERS).tokens.all(), TokenSerializer)

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer}, operation_id="tokens_create")
    def post(self, request: Request, slug: str) -> Response:
        """Make a token; keep the secret, it is not shown again."""
        project = self.project(scope.OWNERS)
        sent = TokenSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        days = sent.validated_data.get("days")
        secret = accounts.issue_token(
            user=self.user,
            now=timezone.now(),
            name=sent.validated_data.get("name", ""),
            scopes=tuple(ApiToken.Scope(name) for name in sent.validated_data["scopes"]),
            project=project,
            lifetime=timedelta(days=days) if days else None,
        )
        return Response({"token": secret}, status=201)


class TokenDetail(ApiView):
    """One token."""

    @extend_schema(responses={204: None}, operation_id="tokens_revoke")
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Revoke a token at once."""
        accounts.revoke_token(project=self.project(scope.OWNERS), pk=pk)
        return Response(status=204)
