"""What tests of formats share: readers that are not among the project's own dependencies."""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def datumaro() -> Iterator[Any]:
    """Datumaro, which warns of itself. It holds pandas below 3, so it is installed without what it asks for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not os.environ.get("CROWD_REQUIRE_DATUMARO"):
            pytest.importorskip("datumaro", reason="pip install --no-deps datumaro==1.13.12 to have this looked at")
        import datumaro

        yield datumaro
