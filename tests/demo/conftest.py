"""What the tests of the demo share: a run in which all went well."""

import pytest

from crowd.demo.story import Run
from tests.demo.runs import good_run


@pytest.fixture
def run() -> Run:
    return good_run()
