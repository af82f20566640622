"""Signing in: few attempts, a second factor where it is wanted, and nothing told to whoever guesses."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from crowd.models import Project, User
from tests.api.world import V1
from tests.factories import make

pytestmark = pytest.mark.django_db
WORD = "a fairly long word"
LOGIN = "/accounts/login/"
TEN = {"login_failed": "10/m/ip,5/5m/key"}  # fewer by address than in use, so that a test meets them


@pytest.fixture
def ann() -> User:
    user = make.user("ann")
    user.email = "ann@a.example"
    user.set_password(WORD)
    user.save()
    return user


def signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def code(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def with_app(browser: Client, user: User) -> str:
    """Turn two-step sign-in on, as a person does on the pages; return the app's secret."""
    browser.post(LOGIN, {"login": user.username, "password": WORD})
    browser.post("/accounts/reauthenticate/", {"password": WORD})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret: str = page.context["form"].secret
    assert browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    return secret


def test_attempts_run_out_for_all_processes_together(client: Client, ann: User) -> None:
    """Counted in the database: another process, which a new client here stands for, begins at no new count."""
    for number in range(5):
        client.post(LOGIN, {"login": "ann", "password": f"wrong {number}"})
    other = Client()
    answer = other.post(LOGIN, {"login": "ann", "password": WORD})
    assert not signed_in(other)
    assert "Too many failed" in answer.content.decode()
    assert type(cache._connections["default"]).__name__ == "DatabaseCache"  # type: ignore[attr-defined]


def test_a_whole_office_may_sign_in_from_one_address(client: Client, ann: User) -> None:
    """An attempt counts as failed while its password is looked at: eleven at once are eleven places."""
    for number in range(11):
        client.post(LOGIN, {"login": f"user {number}", "password": "x"})
    client.post(LOGIN, {"login": "ann", "password": WORD})
    assert signed_in(client)


def test_a_lie_about_where_one_calls_from_buys_no_attempts(client: Client, settings: Any, ann: User) -> None:
    settings.ACCOUNT_RATE_LIMITS = TEN
    for number in range(11):
        lie = {"X-Forwarded-For": f"8.8.8.{number}"}
        answer = client.post(LOGIN, {"login": f"user {number}", "password": "x"}, headers=lie)
    assert "Too many failed" in answer.content.decode()


def test_behind_a_proxy_it_is_the_proxys_word_that_counts(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.ACCOUNT_RATE_LIMITS = 1, TEN
    for number in range(11):
        lie = {"X-Forwarded-For": f"8.8.8.{number}, 9.9.9.9"}
        answer = client.post(LOGIN, {"login": f"user {number}", "password": "x"}, headers=lie)
    assert "Too many failed" in answer.content.decode()
    honest = client.post(LOGIN, {"login": "x", "password": "x"}, headers={"X-Forwarded-For": "9.9.9.8"})
    assert "Too many failed" not in honest.content.decode()


def test_a_session_is_a_new_one_after_signing_in(client: Client, ann: User) -> None:
    client.get(LOGIN)
    client.session["x"] = 1
    before = client.session.session_key
    client.post(LOGIN, {"login": "ann", "password": WORD})
    assert signed_in(client)
    assert client.session.session_key != before


def test_a_new_password_ends_the_other_sessions(client: Client, ann: User) -> None:
    other = Client()
    for one in (client, other):
        one.post(LOGIN, {"login": "ann", "password": WORD})
    fresh = {"oldpassword": WORD, "password1": "another long word", "password2": "another long word"}
    assert client.post("/accounts/password/change/", fresh).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/tokens/").status_code == 302


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(client: Client, ann: User) -> None:
    answers = [client.post("/accounts/password/reset/", {"email": f"{who}@a.example"}) for who in ("ann", "nobody")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]
    assert [one.to for one in mail.outbox] == [["ann@a.example"], ["nobody@a.example"]]


def test_nobody_signs_up_uninvited(client: Client, db: None) -> None:
    fields = {"username": "eve", "email": "", "password1": WORD, "password2": WORD}
    assert "By invitation" in client.post("/accounts/signup/", fields).content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_with_a_second_factor_the_password_alone_opens_nothing(client: Client, ann: User) -> None:
    with_app(client, ann)
    other = Client()
    answer = other.post(LOGIN, {"login": "ann", "password": WORD})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/authenticate/")
    assert not signed_in(other)
    assert other.get("/tokens/").status_code == 302
    assert "One more step" in other.get("/accounts/2fa/authenticate/").content.decode()
    assert other.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not signed_in(other)


def test_a_recovery_code_opens_once(client: Client, ann: User) -> None:
    with_app(client, ann)
    [first, *_] = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    found = []
    for _ in range(2):
        other = Client()
        other.post(LOGIN, {"login": "ann", "password": WORD})
        other.post("/accounts/2fa/authenticate/", {"code": first})
        found.append(signed_in(other))
    assert found == [True, False]


def test_a_code_that_was_used_opens_nothing_again(client: Client, ann: User) -> None:
    secret = with_app(client, ann)
    shown, found = code(secret), []
    for _ in range(2):
        other = Client()
        other.post(LOGIN, {"login": "ann", "password": WORD})
        other.post("/accounts/2fa/authenticate/", {"code": shown})
        found.append(signed_in(other))
    assert found == [True, False]


@pytest.mark.parametrize(
    ("required", "who"), [("operators", {"staff"}), ("owners", {"staff", "owner"}), ("all", {"staff", "owner", "ann"})]
)
def test_whoever_must_have_a_second_factor_is_sent_to_set_one_up(
    settings: Any, project: Project, owner: User, ann: User, required: str, who: set[str]
) -> None:
    settings.CROWD_REQUIRE_MFA = required
    staff = make.user("staff")
    staff.is_staff = True
    staff.save()
    for name, user in {"staff": staff, "owner": owner, "ann": ann}.items():
        browser = Client()
        browser.force_login(user)
        page, call = browser.get("/tokens/"), browser.get(f"{V1}projects/")
        if name in who:
            assert page["Location"] == "/accounts/2fa/totp/activate/"
            assert (call.status_code, call.json()["code"]) == (403, "second_factor")
        else:
            assert (page.status_code, call.status_code) == (200, 200)


def test_with_a_second_factor_all_is_open_again(client: Client, settings: Any, ann: User) -> None:
    with_app(client, ann)
    settings.CROWD_REQUIRE_MFA = "all"
    assert client.get("/tokens/").status_code == 200


@pytest.mark.parametrize(
    "path", ["", "totp/activate/", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/"]
)
def test_the_pages_about_it_are_ours(client: Client, ann: User, path: str) -> None:
    if path != "totp/activate/":
        with_app(client, ann)
    else:
        client.post(LOGIN, {"login": "ann", "password": WORD})
        client.post("/accounts/reauthenticate/", {"password": WORD})
    page = client.get(f"/accounts/2fa/{path}").content.decode()
    assert 'class="entrance"' in page
    assert "<script>" not in page
    assert " style=" not in page
