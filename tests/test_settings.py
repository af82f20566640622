"""What the environment says of the database reaches the connection."""

import json
import os
import subprocess
import sys

import pytest

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
