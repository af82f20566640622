"""Real commits, in an object store of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture
def kept(transactional_db: None, tmp_path: Path) -> Iterator[Path]:
    """The folder that backups go to."""
    with override_settings(STORAGE_URL=(tmp_path / "objects").as_uri()):
        yield tmp_path / "backups"
