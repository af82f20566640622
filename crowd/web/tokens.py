"""Access tokens: what programs sign in with, made and ended by whoever they act for."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crowd.models import ApiToken, Project, User
from crowd.queries import tokens as queries
from crowd.web.access import Request, signed_in
from crowd.web.forms import Form
from crowd.web.language import in_english
from crowd.workflow import accounts

ENDLESS = "0"
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "a year"), (ENDLESS, "until I end it")]
EVERYTHING = "*"  # no project has such a slug


class TokenForm(Form):
    """What a token is for, how long it lasts, and how far it reaches."""

    name = forms.CharField(
        max_length=100, label="Name", help_text="Where it will be used, for example “training cluster”."
    )
    days = forms.ChoiceField(choices=LIFETIMES, initial="90", label="Valid for")
    project = forms.ChoiceField(
        required=False, label="It reaches", help_text="The less it may do, the less is lost with it."
    )
    scopes = forms.MultipleChoiceField(
        required=False,
        label="In that project it may",
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ_RELEASES],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.projects = {one.slug: one for one in queries.projects_to_confine_to(user=user)}
        confined = ((slug, f"{one.name} only") for slug, one in self.projects.items())
        reach = self.fields["project"]
        assert isinstance(reach, forms.ChoiceField)
        reach.choices = [(EVERYTHING, "all that I may do"), *confined]
        if not self.projects:
            del self.fields["scopes"]

    def clean(self) -> dict[str, Any]:
        """Ask what a token may do that is confined to a project; without one it is not asked."""
        given = super().clean() or self.cleaned_data
        if self.confined_to and not given.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", "Choose what it may do there.")
        return given

    @property
    def confined_to(self) -> Project | None:
        """The project that was chosen; None for all that its user may do."""
        return self.projects.get(self.cleaned_data.get("project", ""))

    def scopes_chosen(self) -> tuple[ApiToken.Scope, ...]:
        """Return what it may do there; nothing where it is not confined."""
        return tuple(map(ApiToken.Scope, self.cleaned_data["scopes"])) if self.confined_to else ()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@in_english
def tokens(request: Request) -> HttpResponse:
    """List one's tokens; make one, and show its secret this once."""
    form, secret, now = TokenForm(request.POST or None, user=request.user), "", timezone.now()
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        secret = accounts.issue_token(
            user=request.user,
            now=now,
            name=form.cleaned_data["name"],
            scopes=form.scopes_chosen(),
            project=form.confined_to,
            lifetime=None if days == ENDLESS else timedelta(days=int(days)),
        )
        form = TokenForm(user=request.user)
    rows = [(row, row.expires_at is not None and row.expires_at <= now) for row in queries.of_user(user=request.user)]
    site = request.build_absolute_uri("/").rstrip("/")
    return render(request, "tokens/list.html", {"form": form, "secret": secret, "rows": rows, "site": site})


@require_POST
@signed_in
@in_english
def revoke(request: Request, pk: int) -> HttpResponse:
    """End a token at once."""
    accounts.revoke_own_token(user=request.user, pk=pk)
    messages.success(request, "The token is ended; whatever uses it is refused from now on.")
    return redirect("tokens")
