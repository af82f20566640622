"""The command line, in processes of its own, against a real site."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crowd.models import Image
from tests.client.scenes import answered
from tests.factories import make

Ran = subprocess.CompletedProcess[str]
START = [sys.executable, "-c", "from crowd.management.entry import main; main()"]
WITHOUT_DJANGO = "import sys; sys.modules['django'] = None; from crowd.management.entry import main; main()"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has nothing of the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CROWD_", "DATABASE", "DJANGO"))}
    return {**kept, "XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.fixture
def crowd(environment: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run `crowd WORDS`, in a process that could not import Django if it wanted to."""

    def run(*words: str, stdin: str = "", **more: str) -> Ran:
        command = [sys.executable, "-c", WITHOUT_DJANGO, *words, *(["--patience", "5"] if words[0] != "--help" else [])]
        return subprocess.run(
            command, env={**environment, **more}, cwd=tmp_path, input=stdin, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def account(site, owner) -> dict[str, str]:
    """The owner's site and token, as variables."""
    return {"CROWD_URL": site, "CROWD_TOKEN": make.token(owner)}


def test_one_signs_in_once_and_the_token_is_kept_for_oneself(crowd, site, owner, pets, tmp_path):
    refused = crowd("login", site, stdin="crowd_wrong\n")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.count("\n") == 1
    assert "run `crowd login URL`" in refused.stderr
    token = make.token(owner)
    assert crowd("login", site, stdin=f"{token}\n").returncode == 0
    kept = tmp_path / "config" / "crowd" / "account.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    shown = crowd("status", "--json")
    assert [json.loads(line)["slug"] for line in shown.stdout.splitlines()] == [pets.slug]
    elsewhere = crowd("status", CROWD_URL="http://127.0.0.1:9")  # the kept token goes nowhere else
    assert (elsewhere.returncode, "set CROWD_TOKEN" in elsewhere.stderr) == (3, True)
    kept.chmod(0o644)
    loose = crowd("status")
    assert (loose.returncode, f"chmod 600 {kept}" in loose.stderr) == (3, True)
    told = [refused, shown, elsewhere, loose]
    assert not [one for one in told if token in one.stdout + one.stderr]


def test_images_are_pushed_labels_watched_and_a_release_pulled(crowd, account, ann, pets, tmp_path):
    answered(pets, 2)
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    for name in ("photos/a.png", "photos/deep/b.png"):
        (tmp_path / name).write_bytes(make.picture())
    (tmp_path / "photos" / "notes.txt").write_text("not an image")
    pushed = crowd("push", pets.slug, "photos", "--json", **account)
    assert (pushed.returncode, json.loads(pushed.stdout)) == (0, {"created": 2, "duplicates": 0, "rejected": []})
    (tmp_path / "bad\x1b[31m.png").write_text("no picture")
    partly = crowd("push", pets.slug, "photos/a.png", "bad\x1b[31m.png", **account)
    assert (partly.returncode, partly.stdout) == (6, "0 new, 1 there already, 1 refused\n")
    assert "\x1b" not in partly.stderr
    assert Image.objects.filter(project=pets).count() == 4

    seen = crowd("watch", pets.slug, "--once", "--json", **account)
    rows = [json.loads(line) for line in seen.stdout.splitlines()]
    assert [row["feed"] for row in rows].count("labels") == 2
    since = next(row["cursor"] for row in rows if row["feed"] == "labels")
    rest = crowd("watch", pets.slug, "--once", "--only", "labels", "--since", since, **account)
    assert rest.stdout.count("scene cat (adjudication)\n") == 1
    assert "2 of 4 settled" in crowd("status", pets.slug, **account).stdout

    ann.cut_release(pets.slug)
    pulled = crowd("pull", f"{pets.slug}@1", "--format", "coco", "--images", "--out", "here", "--json", **account)
    folder = tmp_path / "here" / f"{pets.slug}-1"
    assert json.loads(pulled.stdout) == {
        "project": pets.slug,
        "release": 1,
        "folder": f"here/{pets.slug}-1",
        "images": 2,
    }
    assert (
        len(json.loads((folder / "coco.json").read_bytes())["images"]) == len(list((folder / "images").iterdir())) == 2
    )


def test_each_fault_is_one_line_and_has_its_exit_status(crowd, account, pets, server):
    anonymous = crowd("pull", "pets")
    assert (anonymous.returncode, "crowd login URL" in anonymous.stderr) == (3, True)
    faults = [
        (4, crowd("pull", "no-such", **account)),
        (1, crowd("pull", pets.slug, **account)),
        (1, crowd("push", pets.slug, "missing.png", **account)),
        (1, crowd("pull", f"{pets.slug}@last", **account)),
        (5, crowd("status", CROWD_URL="http://127.0.0.1:9", CROWD_TOKEN="t", **{})),
        (3, anonymous),
    ]
    assert [ran.returncode for _, ran in faults] == [status for status, _ in faults]
    assert [ran.stderr.count("\n") for _, ran in faults] == [1] * len(faults)
    assert [ran.stdout for _, ran in faults] == [""] * len(faults)
    assert crowd("pull").returncode == 2


def test_ctrl_c_stops_in_good_order(environment, account, pets, tmp_path):
    answered(pets, 1)
    process = subprocess.Popen(
        # a run in the background ignores Ctrl-C, and so would what it starts
        ["env", "--default-signal=INT", *START, "watch", pets.slug, "--json", "--every", "60"],
        env={**environment, **account},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["feed"] == "labels"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (130, "stopped; repeat the command to go on\n")


def test_help_tells_the_commands_and_their_exit_statuses(crowd):
    told = crowd("pull", "--help")
    assert told.returncode == 0
    assert "PROJECT[@N]" in told.stdout
    assert "exit status:" in told.stdout


def test_the_help_of_the_whole_names_these_commands_beside_the_sites_own(environment):
    told = subprocess.run(
        [*START, "--help"],
        env={**environment, "CROWD_SECRET_KEY": "k" * 40},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"[crowd]", "[client]", "    pull", "    check_integrity"} <= set(told.stdout.splitlines())
