"""What the tables say fits a terminal of eighty columns."""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from crowd.demo import outcome, report
from crowd.demo.cast import Cast, Player
from crowd.demo.crowd import PEOPLE
from crowd.demo.releases import File
from crowd.demo.shift import Shift
from tests.demo.runs import good_run


def row(person):
    paused = person.kind == "spamming"
    return {
        "status": "paused" if paused else "active",
        "gold": {"seen": 10, "passed": 1 if paused else 10},
        "weight": None if person.name == "amara" else 0.5,
    }


def told(run, slug):
    run.slug = slug
    run.workers = {person.name: row(person) for person in PEOPLE}
    run.shifts = {person.name: Shift(person, slug, None, None, answers=100) for person in PEOPLE}
    run.stats["agreement"] = {"krippendorff_alpha": 0.6}
    run.release = replace(run.release, files=(File("coco", Path("coco.json"), 123456, "0f" * 32),))
    return run, outcome.of(run)


def shown(run, **how):
    console = Console(file=io.StringIO(), width=80)
    both = [told(good_run(), "digits-2"), told(run, "photographs-2")]
    report.show(console, both, seconds=12.0, **how)
    return console.file.getvalue()


def test_every_table_fits_eighty_columns_without_cutting_a_word(run):
    text = shown(run, faults=[])
    assert "…" not in text.replace("0f0f0f0f0f0f0f0f…", "")
    assert max(map(len, text.splitlines())) <= 80


def test_the_tables_hold_the_figures(run):
    lines = [" ".join(line.split()) for line in shown(run, faults=[]).splitlines()]
    assert "images, of which gold 10, 2 10, 2" in lines
    assert "right: majority of the same answers 100.0% 100.0%" in lines
    assert "workers paused, of which planted bad 3, 3 of 3 3, 3 of 3" in lines
    assert "amara good 100 10/10 – 100 10/10 –" in lines
    assert "otto spamming 100 1/10 paused 100 1/10 paused" in lines
    assert "photographs-2 1 coco.json 123,456 0f0f0f0f0f0f0f0f…" in lines
    assert lines[-1] == "Every step worked and every check held, in 12 s."


def test_faults_stand_below_the_tables_and_nothing_says_that_all_is_well(run):
    text = shown(run, faults=["digits: it is not right."])
    assert text.splitlines()[-1] == "✗ digits: it is not right."
    assert "every check held" not in text


def test_the_sign_in_names_everybody_with_their_password():
    cast = Cast(*(Player(name, "t", f"{name}-pass") for name in ("olga", "rafael", "wanda")), workers={})
    console = Console(file=io.StringIO(), width=80)
    console.print(report.sign_in("http://127.0.0.1:8000", cast))
    lines = [" ".join(line.strip("│ ").split()) for line in console.file.getvalue().splitlines()]
    assert "Open http://127.0.0.1:8000" in lines
    assert "worker sign in as wanda password wanda-pass" in lines
    assert "owner sign in as olga password olga-pass" in lines
    assert "reviewer sign in as rafael password rafael-pass" in lines
