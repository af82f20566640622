"""The database that a benchmark fills and throws away."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def database(**environment: str) -> Iterator[None]:
    """Have a migrated database of its own, and Django on it, in this block; what is given stands in the environment."""
    from tests.servers import Run

    run = Run()
    try:
        data = run.folder.path / "data"
        os.environ |= {
            "CROWD_DATA_DIR": str(data),
            "CROWD_STORAGE_URL": (data / "objects").as_uri(),
            "CROWD_SECRET_KEY": secrets.token_urlsafe(48),
            "CROWD_LOG_LEVEL": "ERROR",
            "CROWD_ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "crowd.settings",
            "DATABASE_URL": run.start_database(),
            **environment,
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        run.stop()
