"""The two commands for anybody with labels, called as they are called: from a shell, without any server."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.consensus.crowds import even, votes

ROOT = Path(__file__).parents[2]


def crowd(*words, cwd):
    """The finished `crowd` command: with an environment that knows no server."""
    environment = {"PATH": os.environ["PATH"], "CROWD_DATA_DIR": str(cwd / "data"), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *map(str, words)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def table(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def write(path, header, rows):
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A folder with labels.csv of a known crowd, and truth.csv."""
    folder = tmp_path_factory.mktemp("labelled")
    triples, truth = votes(
        seed=1, tasks=120, workers=8, answers=5, confusion=even([0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.4], 3)
    )
    write(folder / "labels.csv", ("task", "worker", "label"), [(f"t{t:03}", f"w{w}", "abc"[k]) for t, w, k in triples])
    write(folder / "truth.csv", ("task", "truth"), [(f"t{t:03}", "abc"[k]) for t, k in enumerate(truth)])
    return folder


def test_labels_are_merged_into_one_a_task_with_confidence(labelled):
    done = crowd("aggregate", "labels.csv", "-o", "out.csv", "--workers", "workers.csv", cwd=labelled)
    assert done.returncode == 0, done.stderr
    truth = {row["task"]: row["truth"] for row in table(labelled / "truth.csv")}
    merged = table(labelled / "out.csv")
    assert [row["task"] for row in merged] == sorted(truth)
    assert sum(row["label"] == truth[row["task"]] for row in merged) >= 105
    assert all(0 <= float(row["confidence"]) <= 1 for row in merged)
    reliability = {row["worker"]: float(row["reliability"]) for row in table(labelled / "workers.csv")}
    assert reliability["w0"] > reliability["w5"] > reliability["w7"]


def test_without_an_output_it_prints_and_every_time_the_same(labelled):
    first, second = (crowd("aggregate", "labels.csv", "--method", "glad", cwd=labelled) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("task,label,confidence\nt000,")
    assert first.stdout == second.stdout


def test_gold_is_taken_at_its_word(labelled):
    truth = table(labelled / "truth.csv")
    wrong = "b" if truth[0]["truth"] == "a" else "a"
    write(labelled / "gold.csv", ("task", "label"), [("t000", wrong)])
    done = crowd("aggregate", "labels.csv", "--gold", "gold.csv", cwd=labelled)
    assert done.stdout.splitlines()[1] == f"t000,{wrong},1.0"


def test_names_with_commas_and_line_breaks_and_answers_given_twice_are_read_as_written(tmp_path):
    rows = [("a, b", "w\n1", "x"), ("a, b", "w2", "x"), ("a, b", "w\n1", "y"), ("c", "w2", "é")]
    write(tmp_path / "labels.csv", ("task", "worker", "label"), rows)
    done = crowd("aggregate", "labels.csv", "--workers", "workers.csv", "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [row["task"] for row in table(tmp_path / "out.csv")] == ["a, b", "c"]
    assert {row["worker"]: row["answers"] for row in table(tmp_path / "workers.csv")} == {"w\n1": "1", "w2": "2"}


def test_documents_are_merged_into_one_an_image(tmp_path):
    lines = [
        {
            "image": image,
            "worker": worker,
            "width": 100,
            "height": 100,
            "annotation": {
                "classifications": {"scene": "out/street"},
                "objects": [{"label": "car", "box": [10 + shift, 10, 30, 30], "attributes": {"parked": True}}],
            },
        }
        for image in ("one", "two")
        for worker, shift in (("a", 0), ("b", 1), ("c", -1))
    ]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = crowd("aggregate", "labels.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    merged = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["image"] for each in merged] == ["one", "two"]
    assert merged[0]["annotation"]["classifications"] == {"scene": "out/street"}
    (car,) = merged[0]["annotation"]["objects"]
    assert car["box"] == [10.0, 10.0, 30.0, 30.0]
    assert car["attributes"] == {"parked": True}
    assert merged[0]["agreement"] == 1.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("task,worker\n1,a\n", "has no column label"),
        ("task,worker,label\n1,a,\n", "line 2"),
        ("task,worker,label\n1,a\n", "line 2"),
        ("task,worker,label\n", "no answers"),
    ],
)
def test_a_file_that_is_not_a_table_of_labels_is_refused_with_a_sentence(tmp_path, text, sentence):
    (tmp_path / "labels.csv").write_text(text)
    done = crowd("aggregate", "labels.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_and_a_broken_document_are_refused_with_a_sentence(tmp_path):
    assert "cannot be read" in crowd("aggregate", "nowhere.csv", cwd=tmp_path).stderr
    (tmp_path / "bad.jsonl").write_text('{"image": "a"}\n')
    assert "line 1" in crowd("aggregate", "bad.jsonl", cwd=tmp_path).stderr


def test_a_replay_prints_what_was_spent_and_reached_and_draws_it(labelled):
    done = crowd("replay", "labels.csv", "--truth", "truth.csv", "--seeds", "1", "--max", "5", cwd=labelled)
    assert done.returncode == 0, done.stderr
    rows = {line[:24].strip(): [float(part) for part in line[24:].split()] for line in done.stdout.splitlines()[1:-1]}
    spent, reached = rows["adaptive, auto"]
    assert spent < rows["fixed 5, auto"][0] == 5.0
    assert reached >= rows["fixed 5, majority"][1] - 0.05
    with Image.open(labelled / "labels.png") as picture:
        assert picture.size == (960, 600)
        assert len(picture.getcolors(maxcolors=1 << 20)) > 5


def test_a_replay_without_known_tasks_or_with_odd_limits_is_refused(labelled):
    write(labelled / "other.csv", ("task", "truth"), [("elsewhere", "a")])
    assert "knows none" in crowd("replay", "labels.csv", "--truth", "other.csv", cwd=labelled).stderr
    assert "--min" in crowd("replay", "labels.csv", "--truth", "truth.csv", "--min", "9", cwd=labelled).stderr
