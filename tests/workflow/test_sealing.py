"""Secrets that must be read again lie sealed: a copy of the database opens none, and a new key takes them over."""

import base64
import secrets
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from crowd import sealing
from crowd.models import Delivery, ModelServer, Process, Project, User, Webhook
from crowd.models.sealed import Unopened
from crowd.workflow import webhooks
from crowd.workflow.predictions import model_servers
from crowd.workflow.upkeep import resealing, retention
from crowd.workflow.webhooks import delivering, signing

pytestmark = pytest.mark.django_db
OTHER = "another-key-for-tests-" + "x" * 30
BEARER = "Bearer of-good-news"


def lies(table: str, column: str) -> list[str]:
    """What a copy of the database shows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def hook(project: Project, owner: User) -> Webhook:
    made = webhooks.create(project=project, by=owner, url="https://8.8.8.8/", now=timezone.now())
    return webhooks.rotate(webhook=made, by=owner, now=timezone.now())


@pytest.fixture
def server(project: Project, owner: User) -> ModelServer:
    return model_servers.name(
        project=project, by=owner, url="https://8.8.8.8/", model="m", version="1", secret=BEARER, now=timezone.now()
    )


@pytest.fixture
def app(owner: User) -> str:
    """The key in the owner's authenticator app; recovery codes are there as well."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    RecoveryCodes.activate(owner)
    return secret


def code(secret: str) -> str:
    """What the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def opens(owner: User, secret: str) -> bool:
    """Whether the app's code lets its owner in."""
    row = Authenticator.objects.get(user=owner, type=Authenticator.Type.TOTP)
    return bool(row.wrap().validate_code(code(secret)))


def recovery(owner: User) -> list[str]:
    row = Authenticator.objects.get(user=owner, type=Authenticator.Type.RECOVERY_CODES)
    codes: list[str] = row.wrap().generate_codes()
    return codes


def all_lying() -> str:
    columns = [("crowd_webhook", "secret"), ("crowd_webhook", "old_secret"), ("crowd_modelserver", "secret")]
    return " ".join(text for each in [*columns, ("mfa_authenticator", "data")] for text in lies(*each))


def in_clear(hook: Webhook, owner: User, app: str) -> None:
    """Have everything lie as the release before wrote it."""
    seed = get_adapter().decrypt(Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data["seed"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crowd_webhook SET secret = %s, old_secret = %s", [hook.secret, hook.old_secret])
        cursor.execute("UPDATE crowd_modelserver SET secret = %s", [BEARER])
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).update(data={"secret": app})
    Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).update(data={"seed": seed, "used_mask": 3})


def test_no_secret_lies_in_clear(hook: Webhook, server: ModelServer, app: str, owner: User) -> None:
    seed = get_adapter().decrypt(Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data["seed"])
    lying = all_lying()
    for secret in (hook.secret, hook.old_secret, BEARER, app, seed):
        assert secret
        assert secret not in lying
        assert base64.b64encode(secret.encode()).decode().rstrip("=") not in lying
    assert lying.count(sealing.prefix()) == 5
    afresh = Webhook.objects.get()
    assert (afresh.secret, afresh.old_secret) == (hook.secret, hook.old_secret)
    assert afresh.secret.startswith(signing.PREFIX)
    assert ModelServer.objects.get().secret == BEARER
    assert opens(owner, app)


def test_what_lies_in_clear_is_read_as_it_is_and_sealed_once_all_processes_are_new(
    hook: Webhook, server: ModelServer, app: str, owner: User, settings: Any
) -> None:
    codes = recovery(owner)
    in_clear(hook, owner, app)
    assert Webhook.objects.get().secret == hook.secret
    assert opens(owner, app)
    told = {"role": "web", "host": "h", "pid": 1, "started_at": timezone.now(), "seen_at": timezone.now()}
    old = Process.objects.create(key="00000000-0000-0000-0000-000000000001", version="0.0.1", **told)
    assert (resealing.go_on(now=timezone.now()), resealing.left()) == (0, 5)
    Process.objects.filter(pk=old.pk).update(seen_at=timezone.now() - timedelta(hours=1))
    retention.forget(now=timezone.now())
    assert (resealing.left(), all_lying().count(sealing.prefix())) == (0, 5)
    assert Webhook.objects.get().secret == hook.secret
    assert ModelServer.objects.get().secret == BEARER
    row = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert (row.data["used_mask"], recovery(owner)) == (3, codes)


def test_a_new_key_takes_over_what_lies_under_the_earlier_one(
    hook: Webhook, server: ModelServer, app: str, owner: User, settings: Any
) -> None:
    earlier = sealing.prefix()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OTHER, [settings.SECRET_KEY]
    assert Webhook.objects.get().secret == hook.secret
    assert resealing.left() == 5
    assert resealing.go_on(now=timezone.now()) == 5
    settings.SECRET_KEY_FALLBACKS = []
    assert (earlier in all_lying(), all_lying().count(sealing.prefix())) == (False, 5)
    assert (Webhook.objects.get().secret, ModelServer.objects.get().secret) == (hook.secret, BEARER)
    assert opens(owner, app)


def test_a_secret_that_no_key_opens_lets_nobody_in(
    hook: Webhook, server: ModelServer, app: str, owner: User, project: Project, settings: Any
) -> None:
    before = all_lying()
    settings.SECRET_KEY = OTHER
    assert not opens(owner, app)
    assert recovery(owner) != recovery(owner)  # of a seed that is drawn each time: no code stays right
    lost = Webhook.objects.get()
    assert (lost.secret, isinstance(lost.secret, Unopened)) == ("", True)
    told = {"event": project.events.order_by("pk")[0], "created_at": timezone.now(), "asked_at": timezone.now()}
    Delivery.objects.create(webhook=hook, **told)
    turn = delivering.begin(webhook_id=hook.pk, now=timezone.now())
    assert turn is not None
    assert delivering.send(turn, now=timezone.now()).error.startswith("Its secret cannot be read here")
    lost.description = "another"
    lost.save()
    assert resealing.go_on(now=timezone.now()) == 0
    assert all_lying() == before  # nothing was written over: the earlier key would open it still
    again = webhooks.rotate(webhook=lost, by=owner, now=timezone.now())
    assert Webhook.objects.get().secret == again.secret != ""


def test_a_sealed_text_is_for_one_purpose_and_cannot_be_changed() -> None:
    made = sealing.seal("open sesame", purpose=sealing.WEBHOOK)
    assert made != sealing.seal("open sesame", purpose=sealing.WEBHOOK)
    assert sealing.unseal(made, purpose=sealing.WEBHOOK) == "open sesame"
    spoilt = made[:-2] + ("A" if made[-2] != "A" else "B") + made[-1]
    for text, purpose in ((made, sealing.MODEL_SERVER), (spoilt, sealing.WEBHOOK), (made[:20], sealing.WEBHOOK)):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(text, purpose=purpose)
    for nonsense in ("s1:", "s1:x", "s1::", sealing.prefix(), sealing.prefix() + "ü"):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(nonsense, purpose=sealing.WEBHOOK)


def test_what_does_not_fit_once_sealed_is_refused(server: ModelServer) -> None:
    field = ModelServer._meta.get_field("secret")
    longest = "x" * sealing.room(2000)
    assert len(sealing.seal(longest, purpose=field.purpose)) <= 2000
    server.secret = longest
    server.full_clean()
    server.save()
    server.secret = longest + "x"
    with pytest.raises(ValidationError):
        server.full_clean()
    assert len(sealing.seal(signing.new_secret(), purpose=sealing.WEBHOOK)) <= 120
    assert len(secrets.token_hex(40)) < sealing.room(2000)
