"""One's own account."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.errors import Invalid
from crowd.workflow import erasing


class EraseAccountSerializer(serializers.Serializer):
    """One's own user name, so that nobody erases themselves by accident."""

    username = serializers.CharField(max_length=150)


class Account(ApiView):
    """The account of whoever calls."""

    @extend_schema(request=EraseAccountSerializer, responses={204: None}, operation_id="account_erase")
    def delete(self, request: Request) -> Response:
        """Erase one's own account, not to be undone. The answers stay, under their pseudonyms."""
        sent = EraseAccountSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if sent.validated_data["username"] != self.user.username:
            told = "Send your own user name."
            raise Invalid(f"username: {told}", errors={"username": [told]})
        erasing.erase_user(user=self.user, now=timezone.now())
        return Response(status=204)
