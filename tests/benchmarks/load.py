"""How fast work is handed out and taken in, how that grows with the project, and whether anything is lost in a crowd.

    python -m tests.benchmarks.load [--tasks 10000] [--clients 16] [--seconds 20] [--no-resolve]
    python -m tests.benchmarks.load --scenario flat
    python -m tests.benchmarks.load --scenario crowd [--submits 100000] [--clients 64]

Each starts its own `up` on a fresh folder, unless `--url` and `--data` name a running one (whose data it adds to), and
fills projects by SQL. One cycle is one claim and one submit over HTTP on a kept connection, by a worker with a token.

cycles    Cycles a second, and what claim and submit took as the client saw it: half, 95 % and 99 % of them were faster.
          The clients run on the same machine; with C clients at once the times are mostly waiting for a free core, so
          compare rates there, and times with `--clients 1`.
          CPU ms per cycle is user and system time of all processes of a part. The database's includes its own
          background processes, and the statements of the jobs unless `--no-resolve` makes them wait. "All else" tells
          whether the machine was busy with other things: then nothing here is worth much.
          The floor is the same SQL sent by pgbench with as many clients: see load_floor.py. The ratio says which share
          of what the database can do we reach; the rest is HTTP, Python, Redis and waiting.
flat      One client, in turn on projects of different size, and a worker with many answers beside a new one. The ratio
          of medians to the smallest project, and to the new worker: 1.0 is flat. The first claim of the worker with
          many answers is told apart, because nobody comes by so many answers without claims.
crowd     Many clients to many submits, then the database is asked: is every answer there that a 200 acknowledged, word
          for word; did a task get more answers than it may; was an assignment given twice; deadlocks; check_integrity.
          Exit 1 if anything of this is wrong.
"""

import argparse
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import load_clients, load_site
from tests.benchmarks.load_clients import Client, Order, Outcome
from tests.benchmarks.load_site import Site

WARM_SECONDS = 3.0
TELL_SECONDS = 15.0
P99_MS = 250.0  # of claims and of submits, with 64 clients beside a server of two cores


def percentiles(times: Sequence[float]) -> str:
    """The milliseconds that half, 95 % and 99 % of them stay under."""
    if not times:
        return f"{'none':>26}"
    return "".join(f"{value * 1000:>8.1f}" for value in np.percentile(times, [50, 95, 99])) + "  "


def orders(site: Site, filled: Any, clients: int, **limits: Any) -> list[Order]:
    return [
        Order(url=site.url, slug=filled.project.slug, token=token, seed=n, **limits)
        for n, token in enumerate(filled.tokens[:clients])
    ]


def measure(site: Site, filled: Any, clients: int, **limits: Any) -> Outcome:
    """Run the clients, once to warm up and once for the record, and print what they saw and what it cost."""
    load_clients.run(orders(site, filled, clients, seconds=WARM_SECONDS))
    before = site.cpu()
    outcome = load_clients.run(orders(site, filled, clients, **limits))
    after = site.cpu()
    cycles, wall = len(outcome.submits), outcome.ended - outcome.began
    print(f"\n{clients} clients, {wall:.1f} s: {cycles} cycles, {cycles / wall:.1f} cycles/s, ", end="")
    print(f"{sum(outcome.statuses.values()) / wall:.1f} requests/s")
    print(f"{'ms':<8}{'p50':>8}{'p95':>8}{'p99':>8}")
    print(f"{'claim':<8}{percentiles(outcome.claims)}\n{'submit':<8}{percentiles(outcome.submits)}")
    spent = {part: (after[part] - before[part]) * 1000 / max(cycles, 1) for part in after}
    print("CPU ms per cycle: " + ", ".join(f"{part} {value:.2f}" for part, value in spent.items()))
    print("answers: " + ", ".join(f"{what} × {n}" for what, n in sorted(outcome.statuses.items())))
    for fault in outcome.faults[:10]:
        print(f"  fault: {fault}")
    return outcome


def cycles(site: Site, options: argparse.Namespace) -> bool:
    from tests.benchmarks import load_fill, load_floor

    filled = load_fill.fill(tasks=options.tasks, workers=options.clients, gold=options.gold, order=options.order)
    print(
        f"{options.tasks} tasks, {options.gold} gold, order {options.order}, jobs {'on' if options.resolve else 'off'}"
    )
    outcome = measure(site, filled, options.clients, seconds=options.seconds)
    if options.floor and not options.url:
        with site.without_jobs() if options.resolve else nullcontext():
            floor = load_floor.run(filled.project, filled.tokens)
        ours = len(outcome.submits) / (outcome.ended - outcome.began)
        print(f"floor (pgbench, {floor.statements:.1f} statements a cycle): {floor.rate:.1f} cycles/s; ", end="")
        print(f"ours is {ours / floor.rate:.3f} of it")
        for fault in floor.faults[:3]:
            print(f"  floor: {fault}")
    return not outcome.faults


def flat(site: Site, options: argparse.Namespace) -> bool:
    from tests.benchmarks import load_fill

    sizes = [int(size) for size in options.sizes.split(",")]
    clients: dict[str, Client] = {}
    for size in sizes:
        filled = load_fill.fill(tasks=size, workers=2, gold=options.gold, order=options.order)
        first, second = orders(site, filled, 2)
        clients[f"{size} tasks"] = Client(first)
    load_fill.give_answers(project=filled.project, worker=filled.workers[1], count=options.answers)
    clients[f"{size} tasks, {options.answers} answers"] = Client(second)
    for name, client in clients.items():
        client.cycle()
        print(f"first claim, {name}: {client.outcome.claims[0] * 1000:.1f} ms")
        for _ in range(20):
            client.cycle()
        client.outcome = Outcome()
    for _ in range(options.rounds):
        for client in clients.values():
            client.cycle()
    print(f"\n{options.rounds} cycles each, in turn; order {options.order}; ms{'claim p50':>14}{'p95':>8}{'p99':>8}")
    middles = {}
    for name, client in clients.items():
        seen = client.outcome
        middles[name] = np.median(seen.claims), np.median(seen.submits)
        print(f"{name:<32} claim {percentiles(seen.claims)} submit {percentiles(seen.submits)}")
    names = list(clients)
    for name, base in [*((name, names[0]) for name in names[1:-1]), (names[-1], names[-2])]:
        claim, submit = (mine / theirs for mine, theirs in zip(middles[name], middles[base], strict=True))
        print(f"{name} to {base}: claim {claim:.2f}, submit {submit:.2f}")
    return not any(client.outcome.faults for client in clients.values())


def crowd(site: Site, options: argparse.Namespace) -> bool:
    from tests.benchmarks import load_checks, load_fill

    tasks = options.tasks or options.submits // 2
    filled = load_fill.fill(tasks=tasks, workers=options.clients, gold=options.gold, order=options.order)
    print(f"{tasks} tasks, {options.gold} gold, order {options.order}, jobs {'on' if options.resolve else 'off'}")
    before, spent = load_checks.deadlocks(), site.cpu()
    with telling(filled.project, options.submits):
        outcome = measure(site, filled, options.clients, cycles=-(-options.submits // options.clients))
    if options.resolve:
        took = load_site.drained(seconds=600)
        print("jobs: " + (f"all done {took:.1f} s after the last answer" if took is not None else "not done in 600 s"))
        mean = {part: (after - spent[part]) * 1000 / len(outcome.submits) for part, after in site.cpu().items()}
        print("CPU ms per cycle, jobs included: " + ", ".join(f"{part} {value:.2f}" for part, value in mean.items()))
    holds = load_checks.sound(filled.project, outcome, deadlocks_before=before)
    slowest = [float(np.percentile(times, 99)) * 1000 for times in (outcome.claims, outcome.submits) if times]
    print(f"p99: {', '.join(f'{one:.0f} ms' for one in slowest)}; ", end="")
    print("within" if slowest and max(slowest) <= P99_MS else "beyond", f"the {P99_MS:.0f} ms that are asked for")
    print("verdict: " + ("nothing lost, nothing given twice" if holds else "broken, see above"))
    return holds


@contextmanager
def telling(project: Any, submits: int) -> Iterator[None]:
    """Say now and then, while the block runs, how many answers are in."""
    from django.db import connection
    from django.db.models import Sum

    from crowd.models import Standing

    done = threading.Event()

    def tell() -> None:
        before = 0
        while not done.wait(TELL_SECONDS):
            now = Standing.objects.filter(project=project).aggregate(given=Sum("handed_in"))["given"] or 0
            print(f"  {now} of {submits} answers, {(now - before) / TELL_SECONDS:.0f} a second", flush=True)
            before = now
        connection.close()

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


SCENARIOS = {"cycles": cycles, "flat": flat, "crowd": crowd}


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=SCENARIOS, default="cycles")
    parser.add_argument("--url", help="of a running `up`")
    parser.add_argument("--data", type=Path, help="its folder")
    parser.add_argument("--tasks", type=int, help="default: 10000, in a crowd half as many as submits")
    parser.add_argument("--clients", type=int, help="default: 16, in a crowd 64")
    parser.add_argument("--gold", type=int, default=100)
    parser.add_argument("--order", choices=["priority", "random", "uncertainty"], default="priority")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--submits", type=int, default=100_000, help="crowd")
    parser.add_argument("--sizes", default="1000,100000,1000000", help="flat")
    parser.add_argument("--answers", type=int, default=100_000, help="flat: of the worker who has done many")
    parser.add_argument("--rounds", type=int, default=300, help="flat: cycles of each")
    parser.add_argument("--resolve", action=argparse.BooleanOptionalAction, help="jobs run meanwhile; flat: default no")
    parser.add_argument("--floor", action=argparse.BooleanOptionalAction, default=True, help="cycles: pgbench as well")
    options = parser.parse_args(words)
    if bool(options.url) != bool(options.data):
        parser.error("--url and --data go together")
    if options.resolve is None:
        options.resolve = options.scenario != "flat"
    options.clients = options.clients or (64 if options.scenario == "crowd" else 16)
    options.tasks = options.tasks or (10_000 if options.scenario == "cycles" else None)
    with ExitStack() as stack:
        site = load_site.running(options.url, options.data) if options.url else stack.enter_context(load_site.started())
        stack.enter_context(nullcontext() if options.resolve else site.without_jobs())
        return 0 if SCENARIOS[options.scenario](site, options) else 1


if __name__ == "__main__":
    sys.exit(main())
