"""Users and their tokens."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from crowd.errors import Invalid, Missing
from crowd.models import ApiToken, Project, User
from crowd.models.token import digest_of, new_secret


@transaction.atomic
def create_user(*, username: str, password: str | None = None, email: str = "", staff: bool = False) -> User:
    """Make a user; one without a password signs in by token only."""
    user = User(username=username, email=email, is_staff=staff)
    try:
        if email:
            validate_email(email)
        User.username_validator(username)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), errors={"username": error.messages}) from None
    if User.objects.filter(username=username).exists():
        raise Invalid(f"The user name {username} is taken.", code="taken", errors={"username": ["It is taken."]})
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    return user


@transaction.atomic
def issue_token(
    *,
    user: User,
    now: datetime,
    name: str = "",
    scopes: tuple[ApiToken.Scope, ...] = (),
    project: Project | None = None,
    lifetime: timedelta | None = None,
) -> str:
    """Make a token and return its secret, which is kept nowhere; scopes confine it to one project."""
    if scopes and project is None:
        raise Invalid("A token with scopes needs a project.", errors={"project": ["Name one."]})
    secret = new_secret()
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        scopes=list(scopes),
        project=project,
        created_at=now,
        expires_at=now + lifetime if lifetime else None,
    )
    return secret


def find_user(*, username: str) -> User:
    """Return a user by name; Missing with what to do where there is none."""
    user = User.objects.filter(username=username, erased_at__isnull=True).first()
    if user is None:
        raise Missing(f"There is no user {username}. Make one with: crowd token {username} --create", code="no_user")
    return user


def revoke_token(*, project: Project, pk: int) -> None:
    """End a token of a project; Missing where the project has no such token."""
    deleted, _ = ApiToken.objects.filter(project=project, pk=pk).delete()
    if not deleted:
        raise Missing("This project has no such token.")


def revoke_own_token(*, user: User, pk: int) -> None:
    """End a token that acts for the user; Missing where they have no such token."""
    deleted, _ = ApiToken.objects.filter(user=user, pk=pk).delete()
    if not deleted:
        raise Missing("You have no such token.")


def make_staff(*, user: User) -> None:
    """Make a user an operator."""
    user.is_staff = True
    user.save(update_fields=["is_staff"])
