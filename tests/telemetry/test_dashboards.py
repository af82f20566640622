"""Dashboards and alerts speak of figures that there are, and every alert says what to do."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from crowd.models import Measure
from crowd.queries import metrics
from crowd.telemetry import measures

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
SECTIONS = ("## What it means", "## What to look at", "## What to do")
NAME = re.compile(r"\b(crowd_\w+)(?:\{([^}]*)\})?")
UNSEEN = {"queue", "webhook", "project", "state", "status", "kind"}  # of figures that have no line in this test
BY = re.compile(r"\bby \(([^)]*)\)")


def expressions() -> Iterator[tuple[str, str]]:
    for file in sorted((DEPLOY / "grafana").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            yield from ((f"{file.name}: {panel['title']}", target["expr"]) for target in panel["targets"])
    yield from ((rule["alert"], rule["expr"]) for rule in RULES)


@pytest.mark.django_db
def test_dashboards_and_alerts_name_only_figures_and_labels_that_there_are() -> None:
    for name, family in measures.FAMILIES.items():
        buckets = [1] * (len(family.bounds) + 1) if family.bounds else []
        Measure.objects.create(name=name, labels=["x"] * len(family.labels), count=1, total=1, buckets=buckets)
    text = metrics.text().decode()
    known: dict[str, set[str]] = {name: set() for name in re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            known[sample.name] = known.get(sample.name, set()) | set(sample.labels)
    asked = list(expressions())
    assert len(asked) > 50
    for where, expression in asked:
        found = NAME.findall(expression)
        assert found or "up{" in expression, where
        labels = {label.strip() for part in BY.findall(expression) for label in part.split(",")}
        labels.discard("instance")  # each scrape's own
        for name, selectors in found:
            assert name in known, (where, name)
            of = known[name] | (
                {"queue", "webhook", "project", "state", "status", "kind"} if not known[name] else set()
            )
            assert labels | set(re.findall(r"(\w+)\s*(?:=~|!=|=)", selectors)) <= of, (where, name)


def test_dashboards_are_of_their_own_and_draw_nothing_over_another() -> None:
    boards = [json.loads(file.read_text()) for file in (DEPLOY / "grafana").glob("*.json")]
    assert len({board["uid"] for board in boards}) == len(boards) == 4
    for board in boards:
        cells: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert not own & cells, panel["title"]
            assert max(x for x, _ in own) < 24
            cells |= own


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    runbooks = {file.stem: file.read_text() for file in (DEPLOY / "runbooks").glob("*.md")}
    assert {rule["alert"] for rule in RULES} == set(runbooks)
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"deploy/runbooks/{rule['alert']}.md"
        assert rule["labels"]["severity"] in {"page", "ticket"}
    for name, text in runbooks.items():
        assert text.startswith(f"# {name}\n")
        assert [line for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
        assert {link.removesuffix(".md") for link in re.findall(r"\]\((\w+\.md)\)", text)} <= set(runbooks)


def test_each_alert_rings_when_it_should_and_rests_else() -> None:
    promtool = shutil.which("promtool")
    if promtool is None and not os.environ.get("CROWD_REQUIRE_PROMTOOL"):
        pytest.skip("Needs promtool: apt-get install prometheus")
    assert promtool is not None
    for words in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"]):
        done = subprocess.run([promtool, *words], cwd=ALERTS.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
