"""The people of one run, as users with tokens: new ones each time, so that nobody who is there already is touched."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from crowd.demo.crowd import PEOPLE
from crowd.models import User
from crowd.workflow import accounts

OWNER, REVIEWER, VISITOR = "olga", "rafael", "wanda"


@dataclass(frozen=True)
class Player:
    """One user of the demo; only those whose sign-in is printed have a password."""

    username: str
    token: str
    password: str | None = None


@dataclass(frozen=True)
class Cast:
    """Everybody who takes part."""

    owner: Player
    reviewer: Player
    visitor: Player  # a worker who has done nothing yet, for whoever signs in to try
    workers: Mapping[str, Player]  # by the simulated person's name


@transaction.atomic
def assemble(*, sign_in: bool) -> Cast:
    """Make the users and their tokens; with `sign_in` the owner, reviewer and visitor get random passwords."""
    leads = (OWNER, REVIEWER, VISITOR)
    names = [*leads, *(person.name for person in PEOPLE)]
    suffix = _free_suffix(names)
    players = {name: _player(name + suffix, sign_in=sign_in and name in leads) for name in names}
    owner, reviewer, visitor = (players.pop(name) for name in leads)
    return Cast(owner, reviewer, visitor, workers=players)


def _player(username: str, *, sign_in: bool) -> Player:
    password = secrets.token_urlsafe(9) if sign_in else None
    user = accounts.create_user(username=username, password=password)
    return Player(username, accounts.issue_token(user=user, now=timezone.now(), name="demo"), password)


def _free_suffix(names: list[str]) -> str:
    """Return what to append so that none of the names is taken."""
    taken = set(User.objects.values_list("username", flat=True))
    number, suffix = 1, ""
    while taken.intersection(name + suffix for name in names):
        number += 1
        suffix = f"-{number}"
    return suffix
