"""The queueing simulation agrees with what is known in closed form."""

import numpy as np
import pytest

from tests.benchmarks import capacity
from tests.benchmarks.capacity import Demands, Plan


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.7), (16, 0.8)])
def test_with_exponential_times_it_gives_erlangs_formula(servers: int, load: float) -> None:
    rng, count = np.random.default_rng(7), 200_000
    arrivals = np.cumsum(rng.exponential(1 / (servers * load), count))
    waited = capacity.waits(arrivals, rng.exponential(1.0, count), servers)
    assert waited.min() >= -1e-9
    assert waited.mean() == pytest.approx(capacity.erlang_c(servers * load, 1.0, servers), rel=0.08)


def test_a_part_that_is_asked_for_more_than_it_has_never_rests() -> None:
    assert capacity.erlang_c(2.0, 1.0, 2) == float("inf")


def test_log_normal_times_have_the_mean_and_the_spread_that_are_asked_for() -> None:
    times = capacity.log_normal(np.random.default_rng(3), 0.02, 200_000)
    assert times.mean() == pytest.approx(0.02, rel=0.02)
    assert times.std() / times.mean() == pytest.approx(capacity.SPREAD, rel=0.05)


def test_no_part_of_a_plan_is_more_than_half_busy_and_a_core_less_would_be() -> None:
    demands = Demands(web=6.3, database=4.4, worker=12, jobs=8)
    assert capacity.plan(200, demands) == Plan(web=3, database=5, worker=5)
    assert capacity.plan(0.001, demands) == Plan(1, 1, 1)
