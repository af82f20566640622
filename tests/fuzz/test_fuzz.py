"""A few hundred spoilt inputs for each reader, the same ones each time."""

from random import Random

import pytest

from tests.fuzz.targets import TARGETS

ROUNDS = {"picture": 250, "annotation": 250}


@pytest.mark.parametrize("name", TARGETS)
def test_no_spoilt_input_does_more_than_be_refused(name: str) -> None:
    for number in range(ROUNDS.get(name, 150)):
        seed = f"{name} {number}"
        try:
            TARGETS[name](Random(seed))
        except Exception as error:
            raise AssertionError(f"Random({seed!r}) breaks it") from error
