"""The quality pages: each chart with its numbers, its file, and the way to the images behind it."""

import csv

import pytest
from django.test import Client

from crowd.queries.quality.files import plain
from crowd.web import quality
from tests.factories import make, scene


@pytest.fixture
def played(db: None) -> scene.Scene:
    return scene.everything()


@pytest.fixture
def owner(played: scene.Scene, client: Client) -> Client:
    client.force_login(played.owner)
    return client


def test_the_frame_comes_first_and_the_charts_follow(owner: Client, played: scene.Scene) -> None:
    base = f"/projects/{played.project.slug}/quality/"
    for part, (title, makers) in quality.PARTS.items():
        frame = owner.get(f"{base}{part}/").content.decode()
        assert f'hx-get="{base}{part}/charts/"' in frame
        assert title in frame
        shown = owner.get(f"{base}{part}/charts/").content.decode()
        assert shown.count('<section class="card chart') == len(makers)
        assert " style=" not in shown


def test_numbers_lead_to_the_images_behind_them(owner: Client, played: scene.Scene) -> None:
    shown = owner.get(f"/projects/{played.project.slug}/quality/classes/charts/").content.decode()
    assert f"/projects/{played.project.slug}/images/?class=dog" in shown


def test_every_chart_is_a_file_of_the_same_numbers(owner: Client, played: scene.Scene) -> None:
    sent: dict[str, list[dict[str, str]]] = {}
    for name in quality.NAMES:
        answer = owner.get(f"/projects/{played.project.slug}/quality.csv", {"chart": name})
        assert answer["Content-Type"].startswith("text/csv")
        sent[name] = list(csv.DictReader(answer.getvalue().decode().splitlines()))  # type: ignore[attr-defined]
    assert [row["images"] for row in sent["overlap"]] == ["2"]
    assert {(row["truth"], row["given"]): row["answers"] for row in sent["confusion"]}["dog", "fox"] == "1"
    assert len(sent["workers"]) == 4


def test_a_file_is_the_owners_alone(client: Client, played: scene.Scene) -> None:
    client.force_login(make.member(played.project, "reviewer"))
    assert client.get(f"/projects/{played.project.slug}/quality.csv?chart=gold").status_code == 404


def test_a_chart_that_is_none_is_not_found(owner: Client, played: scene.Scene) -> None:
    base = f"/projects/{played.project.slug}/quality"
    for path in (".csv", ".csv?chart=nothing", "/nothing/", "/nothing/charts/"):
        assert owner.get(base + path).status_code == 404


def test_a_spreadsheet_runs_nothing_that_somebody_called_a_class() -> None:
    assert plain("=HYPERLINK(1)") == "'=HYPERLINK(1)"


def test_two_settings_are_tried_side_by_side(owner: Client, played: scene.Scene) -> None:
    given = {"overlap": 1, "max_overlap": 3, "confidence_target": 0.9, "gold_rate": 0.1, "pay_per_answer": "0.05",
             "answers_per_hour": 100, "images": 50}  # fmt: skip
    query = {f"{name}-{field}": value for name in "ab" for field, value in given.items()}
    shown = owner.get(f"/projects/{played.project.slug}/simulator/", query | {"b-overlap": 3}).content.decode()
    assert "Spending" in shown
    assert shown.count("trial__bar--a") == shown.count("trial__bar--b") > 0
    faulty = owner.get(f"/projects/{played.project.slug}/simulator/", query | {"b-overlap": 5}).content.decode()
    assert "below overlap" in faulty
