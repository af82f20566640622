"""What one machine holds, what more hold, and what a million labels cost: arithmetic, checked by a queueing simulation.

    python -m tests.benchmarks.capacity [--rates 50 200 1000] [--web 5.4] [--database 3.8] [--worker 12] [--jobs 8]
                                        [--answer-bytes 1570] [--core-hour 0.04] [--gib-month 0.12]

The demands are milliseconds of CPU for each cycle of one claim and one submit: of the web processes, of PostgreSQL for
the requests, of the Celery workers for the jobs behind an answer, and of PostgreSQL for these jobs. They come from
`python -m tests.benchmarks.load` (and `--scenario crowd`, which counts the jobs); the bytes come from
`python -m tests.benchmarks.scale`. Prices are yours to put in: of a core for an hour, of a GiB in the database's disk
for a month.

For each rate of cycles a second: the cores that keep every part at most half busy (`BUSY`), and what a simulation says
of them: requests arrive at random (Poisson), two a cycle, each waits for a free web core, then for a free core of the
database; the jobs' work on the database goes on beside them. Half, 95 % and 99 % of the requests were answered within
so many milliseconds, and 99 % of the answers were merged within so many.

The simulation is first come, first served at every part (a G/G/c queue by the recursion of Kiefer and Wolfowitz, 1955,
Transactions of the AMS 78), its service times log-normal with the coefficient of variation `SPREAD`. With exponential
ones it gives Erlang's formula C, which `tests/benchmarks/test_capacity.py` checks. Time on the network and waiting for
the disk at a commit are not in it: add two round trips and two commits to each request.
"""

import argparse
import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUSY = 0.5
SPREAD = 1.0
CYCLES = 20_000
REQUESTS = 2  # of a cycle

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Demands:
    """Milliseconds of CPU of each part for one cycle."""

    web: float
    database: float
    worker: float
    jobs: float


@dataclass(frozen=True)
class Plan:
    """Cores of each part."""

    web: int
    database: int
    worker: int

    @property
    def cores(self) -> int:
        """All of them."""
        return self.web + self.database + self.worker


def plan(rate: float, demands: Demands) -> Plan:
    """Return the least cores that keep each part at most half busy at so many cycles a second."""

    def least(milliseconds: float) -> int:
        return max(1, math.ceil(rate * milliseconds / 1000 / BUSY))

    return Plan(least(demands.web), least(demands.database + demands.jobs), least(demands.worker))


def served(arrivals: Times, services: Times, servers: int) -> Times:
    """Return when each is done: first come, first served by so many servers; in seconds, shape as given."""
    free, order = [0.0] * servers, np.argsort(arrivals, kind="stable")
    done = np.empty_like(arrivals)
    for at in order:
        start = max(float(arrivals[at]), free[0])
        done[at] = start + services[at]
        heapq.heapreplace(free, float(done[at]))
    return done


def waits(arrivals: Times, services: Times, servers: int) -> Times:
    """Return how long each waited before it was served."""
    return served(arrivals, services, servers) - services - arrivals


def erlang_c(rate: float, service: float, servers: int) -> float:
    """Return the mean wait in an M/M/c queue, in units of `service`'s; infinite where it has no rest.

    Source: A. K. Erlang (1917); L. Kleinrock, Queueing Systems I (1975), section 3.5.
    """
    load = rate * service
    if load >= servers:
        return math.inf
    terms = [1.0]
    for n in range(1, servers + 1):
        terms.append(terms[-1] * load / n)
    last = terms[-1] * servers / (servers - load)
    return last / (sum(terms[:-1]) + last) * service / (servers - load)


def log_normal(rng: np.random.Generator, mean: float, count: int) -> Times:
    """Return times of this mean, in seconds, with the coefficient of variation `SPREAD`."""
    sigma2 = math.log(1 + SPREAD**2)
    return rng.lognormal(math.log(mean) - sigma2 / 2, math.sqrt(sigma2), count)


def simulate(rate: float, demands: Demands, cores: Plan, *, seed: int = 1) -> tuple[Times, Times]:
    """Return how long requests took, and how long it was from an answer to its merging; in seconds."""
    rng = np.random.default_rng(seed)
    count = CYCLES * REQUESTS
    arrivals = np.cumsum(rng.exponential(1 / (rate * REQUESTS), count))
    done = served(arrivals, log_normal(rng, demands.web / 1000 / REQUESTS, count), cores.web)
    answered = done[REQUESTS - 1 :: REQUESTS]  # each cycle's submit
    worked = served(answered, log_normal(rng, demands.worker / 1000, len(answered)), cores.worker)
    asked = np.concatenate([done, worked])
    work = np.concatenate(
        [
            log_normal(rng, demands.database / 1000 / REQUESTS, count),
            log_normal(rng, demands.jobs / 1000, len(worked)),
        ]
    )
    finished = served(asked, work, cores.database)
    return finished[:count] - arrivals, finished[count:] - answered


def closed(cores: int, demands: Demands, clients: float) -> float:
    """Return the cycles a second that one machine reaches when every core is always busy, its clients' work on it."""
    return 1000 * cores / (demands.web + demands.database + clients)


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[1, 10, 50, 200, 1000])
    for name, value in (("web", 5.4), ("database", 3.8), ("worker", 12.0), ("jobs", 8.0)):
        parser.add_argument(f"--{name}", type=float, default=value)
    parser.add_argument("--answer-bytes", type=float, default=1570)
    parser.add_argument("--core-hour", type=float, default=0.04)
    parser.add_argument("--gib-month", type=float, default=0.12)
    given = parser.parse_args(words)
    demands = Demands(given.web, given.database, given.worker, given.jobs)
    columns = ("cycles/s", "a day", "web", "database", "worker", "p50", "p95", "p99", "merged p99", "a million")
    print("".join(f"{name:>12}" for name in columns))
    for rate in given.rates:
        cores = plan(rate, demands)
        took, merged = (1000 * times for times in simulate(rate, demands, cores))
        cost = 1e6 / rate / 3600 * cores.cores * given.core_hour
        half, most, nearly = np.percentile(took, [50, 95, 99])
        print(
            f"{rate:>12g}{rate * 86400:>12,.0f}{cores.web:>12}{cores.database:>12}{cores.worker:>12}"
            f"{half:>12.1f}{most:>12.1f}{nearly:>12.1f}{np.percentile(merged, 99):>12.1f}{cost:>12.2f}"
        )
    gib = 1e6 * given.answer_bytes / 2**30
    print(f"\na million answers in the database: {gib:.2f} GiB, {gib * given.gib_month:.2f} a month")
    print(f"two cores shared with clients that cost 1 ms a cycle, jobs put off: {closed(2, demands, 1.0):.0f} cycles/s")


if __name__ == "__main__":
    main()
