"""Members and their roles, and tokens confined to a project."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView
from crowd.models import ApiToken, Membership
from crowd.queries import scope
from crowd.workflow import accounts, members


class MemberSerializer(serializers.ModelSerializer):
    """A user's role in a project."""

    username = serializers.CharField(source="user.username", max_length=150)
    role = serializers.ChoiceField(choices=Membership.Role.choices)

    class Meta:
        model = Membership
        fields = ["username", "role", "created_at"]
        read_only_fields = ["created_at"]


class MemberList(ApiView):
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
        return Response(MemberSerializer(member).data, status=201)


class MemberDetail(ApiView):
    """One member."""

    @extend_schema(responses={204: None}, operation_id="members_remove")
    def delete(self, request: Request, slug: str, username: str) -> Response:
        """End a membership; the answers given stay."""
        members.remove(project=self.project(scope.OWNERS), username=username, by=self.user, now=timezone.now())
        return Response(status=204)


class TokenSerializer(serializers.ModelSerializer):
    """A token confined to this project; the secret is shown once."""

    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.choices), allow_empty=False)
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
