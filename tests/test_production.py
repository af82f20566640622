"""What production refuses to start with, and what it sends with every answer."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client, override_settings

from crowd.models import Project, User
from tests.factories import make

SECRET = "kQ3v" * 12
NAMES = (
    *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"),
    *("SECURE_HSTS_SECONDS", "DEBUG", "PASSWORD_HASHERS", "ALLAUTH_TRUSTED_PROXY_COUNT", "CROWD_OPEN_SIGNUP"),
    *("SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"),
)
TOLD = f"import json; from django.conf import settings as s; print(json.dumps({{n: getattr(s, n) for n in {NAMES}}}))"


def started(**environment: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CROWD_", "PYTEST_"))}
    clean |= {
        "CROWD_DATA_DIR": "/nonexistent",
        "DATABASE_URL": "postgresql://u:p@h/db",
        "DJANGO_SETTINGS_MODULE": "crowd.settings",
        **environment,
    }
    return subprocess.run([sys.executable, "-c", TOLD], env=clean, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"CROWD_SECRET_KEY": "short"},
        {"CROWD_SECRET_KEY": "changeme" * 8},
        {"CROWD_SECRET_KEY": "django-insecure-" + SECRET},
        {"CROWD_SECRET_KEY": SECRET, "CROWD_HTTPS": "true", "CROWD_DEBUG": "true"},
        {"CROWD_SECRET_KEY": SECRET, "CROWD_HTTPS": "true", "CROWD_ALLOWED_HOSTS": "*"},
        {"CROWD_SECRET_KEY": SECRET, "CROWD_REQUIRE_MFA": "everybody"},
        {"CROWD_SECRET_KEY": SECRET, "CROWD_EGRESS_ALLOW": "http://x"},
    ],
    ids=lambda given: " ".join(f"{name}={value[:12]}" for name, value in given.items()) or "nothing",
)
def test_production_does_not_start(environment: dict[str, str]) -> None:
    ran = started(**environment)
    assert ran.returncode != 0
    assert "ImproperlyConfigured" in ran.stderr
    assert SECRET not in ran.stderr


def test_production_keeps_its_cookies_and_passwords_well() -> None:
    ran = started(CROWD_SECRET_KEY=SECRET, CROWD_HTTPS="true", CROWD_ALLOWED_HOSTS="crowd.example")
    told = json.loads(ran.stdout)
    assert (told["SESSION_COOKIE_NAME"], told["CSRF_COOKIE_NAME"]) == ("__Host-sessionid", "__Host-csrftoken")
    assert (told["SESSION_COOKIE_DOMAIN"], told["SESSION_COOKIE_PATH"]) == (None, "/")  # as the prefix demands
    assert (told["SESSION_COOKIE_SECURE"], told["CSRF_COOKIE_SECURE"], told["SESSION_COOKIE_HTTPONLY"]) == (True,) * 3
    assert (told["SESSION_COOKIE_SAMESITE"], told["SECURE_HSTS_SECONDS"]) == ("Lax", 31_536_000)
    assert told["SECURE_SSL_REDIRECT"]
    assert (told["DEBUG"], told["CROWD_OPEN_SIGNUP"], told["ALLAUTH_TRUSTED_PROXY_COUNT"]) == (False, False, 1)
    assert told["PASSWORD_HASHERS"][0] == "crowd.web.hashers.Argon2Hasher"


def test_a_password_kept_the_old_way_is_kept_by_argon2_from_the_next_sign_in(db: None) -> None:
    hashers = ["crowd.web.hashers.Argon2Hasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        user = make.user("old")
        user.password = make_password("a fairly long word", hasher="pbkdf2_sha256")
        user.save()
        assert user.check_password("a fairly long word")
        kept = User.objects.get(pk=user.pk).password
        assert identify_hasher(kept).algorithm == "argon2"
        assert "$m=19456,t=2,p=1$" in kept  # what OWASP asks for, and no more of the server's memory


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/api/v1/projects/", "/nowhere", "/healthz", "/objects/x"])
def test_every_answer_keeps_other_sites_away(client: Client, owner: User, path: str) -> None:
    client.force_login(owner)
    answer = client.get(path, secure=True)
    for name, value in HEADERS.items():
        assert answer[name] == value, (path, name)
    assert "camera=()" in answer["Permissions-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


def test_a_connection_in_the_clear_is_sent_to_tls_but_for_the_questions_of_machines(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    browser = Client()
    answer = browser.get("/accounts/login/?next=/x")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/accounts/login/?next=/x")
    assert [browser.get(path).status_code for path in ("/healthz", "/livez")] == [200, 200]
    assert browser.get("/accounts/login/", secure=True)["Strict-Transport-Security"] == "max-age=60"


def test_a_form_sent_from_elsewhere_changes_nothing(project: Project, owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    for path in (f"/projects/{project.slug}/settings/", "/tokens/", "/accounts/logout/", "/language/"):
        assert browser.post(path, {"name": "x"}).status_code == 403, path
