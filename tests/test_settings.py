"""What the environment says of the database reaches the connection."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from crowd.environment import EnvironmentFileError, told

TOLD = "import json, django.conf; print(json.dumps(django.conf.settings.DATABASES['default']['OPTIONS']))"


def options(query: str, **more: str) -> dict[str, object]:
    """The options of a connection to the address, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CROWD_", "PYTEST_"))}
    environment |= {
        "DATABASE_URL": f"postgresql://u:p@h/db{query}",
        "CROWD_SECRET_KEY": "k" * 40,
        "DJANGO_SETTINGS_MODULE": "crowd.settings",
        **more,
    }
    ran = subprocess.run([sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


@pytest.mark.parametrize("pooled", [False, True])
def test_an_address_keeps_its_own_options(pooled: bool) -> None:
    more = {"CROWD_PREPARE_THRESHOLD": "0"} if pooled else {}
    found = options("?sslmode=require&options=-c%20statement_timeout%3D5000", **more)
    assert found["sslmode"] == "require"
    assert "statement_timeout=5000" in str(found["options"])
    assert ("prepare_threshold" in found) == (not pooled)
    assert ("plan_cache_mode" in str(found["options"])) == (not pooled)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("by a file\n")
    monkeypatch.delenv("CROWD_X", raising=False)
    assert told("CROWD_X") == ""
    monkeypatch.setenv("CROWD_X_FILE", str(file))
    assert told("CROWD_X") == "by a file"
    monkeypatch.setenv("CROWD_X", "plainly")
    assert told("CROWD_X") == "plainly"
    monkeypatch.delenv("CROWD_X")
    file.unlink()
    with pytest.raises(EnvironmentFileError, match=r"CROWD_X_FILE names .*secret, which cannot be read"):
        told("CROWD_X")


@pytest.mark.django_db
def test_a_peer_that_is_gone_without_a_word_is_noticed_on_both_sides() -> None:
    found = options("")
    assert (found["connect_timeout"], found["tcp_user_timeout"], found["keepalives_idle"]) == (5, 20_000, 10)
    assert "-c tcp_keepalives_idle=10" in str(found["options"])
    assert options("?tcp_user_timeout=7000")["tcp_user_timeout"] == 7000
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tcp_keepalives_idle'), current_setting('tcp_user_timeout')")
        assert cursor.fetchone() == ("10", "20000")
