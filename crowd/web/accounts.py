"""Who may sign up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

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
