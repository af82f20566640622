"""Who may sign up, and how their second factors are kept."""

import base64
import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from crowd import sealing
from crowd.errors import Missing
from crowd.workflow.projects import inviting


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up is by invitation unless the operator opens it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether this visitor may make an account: anybody, or whoever opened an invitation that holds."""
        token = request.session.get("invitation") if hasattr(request, "session") else None
        if settings.CROWD_OPEN_SIGNUP or token is None:
            return settings.CROWD_OPEN_SIGNUP
        try:
            inviting.find(token=token, now=timezone.now())
        except Missing:
            return False
        return True


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie sealed."""

    def encrypt(self, text: str) -> str:
        """Seal."""
        return sealing.seal(text, purpose=sealing.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal; where no key opens it, answer with a secret that nobody has, so that no code is right."""
        try:
            return sealing.unseal(encrypted_text, purpose=sealing.SECOND_FACTOR)
        except sealing.Unreadable:
            return base64.b32encode(secrets.token_bytes(20)).decode()
