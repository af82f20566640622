"""Charts: numbers that are the rows' own, read from figures kept up to date."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from crowd.models import Figure, Project, Summary
from crowd.queries import forecast, stats
from crowd.queries.quality import agreeing, classes, people, progress, reading
from crowd.queries.quality.cells import HOUR, QUARTER, QUARTER_MINUTE, stretch
from tests.factories import scene

NOON = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)


@pytest.fixture
def played(db: None) -> scene.Scene:
    return scene.everything()


def figure(project: Project, measure: str, n: int, total: int = 0, **where: object) -> None:
    Figure.objects.create(project=project, measure=measure, n=n, total=total, **where)


def test_time_is_counted_in_quarters_of_a_minute_then_of_an_hour_then_in_hours() -> None:
    def step(age: timedelta) -> int:
        return next(step for step in (HOUR, QUARTER, QUARTER_MINUTE) if stretch(NOON + age, NOON) % step == 0)

    ages = (timedelta(seconds=20), timedelta(minutes=80), timedelta(days=3), -timedelta(hours=1))
    assert [step(age) for age in ages] == [QUARTER_MINUTE, QUARTER, HOUR, HOUR]
    assert stretch(NOON, None) % HOUR == 0


def test_charts_say_what_happened(played: scene.Scene) -> None:
    project, now = played.project, timezone.now()
    assert [row["done"] for row in progress.progress(project, now).rows][-1] == 2
    assert sum(row["answers"] for row in progress.spend(project, now).rows) == 7
    assert [(row["answers"], row["images"]) for row in progress.overlap(project).rows] == [(3, 2)]
    assert [(row["seen"], row["passed"]) for row in agreeing.gold(project, now).rows] == [(1, 1)]
    pairs = {(row["truth"], row["given"]): row["answers"] for row in classes.confusion(project, None).rows}
    assert pairs == {("cat", "cat"): 4, ("dog", "cat"): 1, ("dog", "dog"): 1, ("dog", "fox"): 1}
    [found] = classes.recall(project, None).rows
    assert (found["class"], found["recall"], found["precision"]) == ("cat", 1.0, 1.0)
    assert {row["class"]: row["number"] for row in classes.labels(project, None).rows} == {"cat": 1, "dog": 1}
    assert sum(row["answers"] for row in people.scatter(project).rows) == 7
    assert sum(row["images"] for row in agreeing.calibration(project).rows) == 1


def test_figures_of_a_version_are_that_versions_own(played: scene.Scene) -> None:
    assert classes.versions_of(played.project) == [1]
    assert classes.labels(played.project, 2).rows == []


def test_stats_say_the_same_from_figures_as_from_rows(played: scene.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    counted = stats.project_stats(project=played.project, now=now)
    monkeypatch.setattr(stats, "COUNTED_AT_ONCE", 0)
    summed = stats.project_stats(project=played.project, now=now)
    for name in ("tasks", "labels", "labels_per_resolved_task", "gold_accuracy"):
        assert summed[name] == counted[name], name


def test_figures_that_are_not_complete_are_not_believed(played: scene.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    Summary.objects.filter(project=played.project).update(through=0)
    Figure.objects.filter(project=played.project, measure="task").update(n=99)
    monkeypatch.setattr(stats, "COUNTED_AT_ONCE", 0)
    assert stats.project_stats(project=played.project, now=timezone.now())["tasks"]["total"] == 4


def test_a_steady_pace_is_done_when_it_adds_up() -> None:
    low, middle, high = forecast.steps_to(100, [10, 10, 10, 10]) or (0, 0, 0)
    assert (low, middle, high) == pytest.approx((10, 10, 10))


def test_an_uneven_pace_promises_less() -> None:
    low, middle, high = forecast.steps_to(100, [0, 20, 5, 15]) or (0, 0, 0)
    assert low < 10 < high
    assert low < middle < high


def test_who_does_nothing_is_never_done() -> None:
    assert forecast.steps_to(10**9, [0, 1]) is None


def test_a_long_way_is_told_without_walking_it() -> None:
    found = forecast.steps_to(100_000, [90, 110, 100, 100])
    assert found is not None
    assert found[0] < found[1] < found[2]
    assert found[1] == pytest.approx(1000)


def test_what_is_left_counts_what_settled_images_took(project: Project) -> None:
    figure(project, "left", 10, key="fresh")
    figure(project, "left", 4, 6, key="begun")
    assert forecast.remaining(project) == (14, 10 * project.overlap + 6)
    figure(project, "settled", 10, 25, key="crowd")
    assert forecast.remaining(project) == (14, 25 + 6)


def test_a_year_is_drawn_in_no_more_than_a_few_hundred_points(project: Project) -> None:
    year = int(timedelta(days=365).total_seconds())
    for at in (HOUR, HOUR + year):
        figure(project, "answer", 1, at=at)
    assert year / reading.step_of(project, "answer") <= 400
