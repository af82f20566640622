"""What is not to be undone: one's own account, and an image."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crowd.errors import CrowdError
from crowd.models import Image, Membership, User
from crowd.web.access import Request, owners, signed_in, though_archived
from crowd.web.forms import Form, attempt
from crowd.workflow import erasing


class EraseAccountForm(Form):
    """One's name, and the password where there is one: nobody does it by accident, or at another's desk."""

    username = forms.CharField(
        max_length=150, label=gettext_lazy("Your user name"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        max_length=4096,
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_username(self) -> str:
        """Return the name, which must be one's own."""
        if self.cleaned_data["username"] != self.user.username:
            raise forms.ValidationError(_("Type your own user name."))
        return self.user.username

    def clean_password(self) -> str:
        """Return the password, which must be right."""
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))
        return str(self.cleaned_data["password"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: Request) -> HttpResponse:
    """Erase one's own account, after saying what goes and what stays."""
    form = EraseAccountForm(request.POST or None, user=request.user)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, erasing.erase_user, user=request.user, now=timezone.now()) is not None
    ):
        logout(request)
        messages.success(request, _("Your account is erased. Thank you for all that you did here."))
        return redirect("account_login")
    return render(request, "account/erase.html", {"form": form})


@require_POST
@owners
@though_archived
def image(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Erase an image; what is refused is said on its page."""
    found = get_object_or_404(Image, project=member.project, task=pk)
    try:
        erasing.erase_image(image=found, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
        messages.success(request, "The image is erased.")
    except CrowdError as fault:
        messages.error(request, fault.detail)
    return redirect("image", member.project.slug, pk)
