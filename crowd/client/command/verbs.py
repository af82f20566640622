"""What each command does with a client; returns the exit status."""

import argparse
import getpass
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from crowd.client.command import account
from crowd.client.command.telling import Teller, size
from crowd.client.errors import ClientError, Forbidden
from crowd.client.images import Uploaded
from crowd.client.releases import Pulled
from crowd.client.sync import Client

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
MANIFESTS: Final = frozenset({".jsonl", ".ndjson", ".csv"})
PARTLY: Final = 6  # some of it was refused
Json = dict[str, Any]


def login(words: argparse.Namespace, teller: Teller) -> int:
    """Keep a token, once the site knows it."""
    url = account.checked(words.url)
    token = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not token.strip():
        raise account.NoAccountError("no token was given: make one on the site, or by `crowd token USERNAME`")
    with Client(url, token.strip(), patience=words.patience) as client:
        try:
            client.call("GET", "projects/")
        except Forbidden as refusal:
            if refusal.code != "scope":  # one that may only read releases is known as well
                raise
    path = account.keep(account.Account(url, token.strip()))
    teller.result({"url": url, "kept": str(path)}, f"Signed in to {url}. The token is in {path}, for you alone.")
    return 0


def status(words: argparse.Namespace, teller: Teller, client: Client) -> int:
    """Say how projects stand."""
    projects = {row["slug"]: row for row in client.projects()}
    if words.project is None:
        for slug, row in projects.items():
            teller.result(
                row, f"{slug:30}  {row['role']:8}  {row['name']}{'  (archived)' if row['archived_at'] else ''}"
            )
        return 0
    role = projects.get(words.project, {}).get("role")
    if role == "worker":
        own = client.me(words.project)
        teller.result(
            own, f"{own['status']}{': ' + own['reason'] if own['reason'] else ''}; {own['labels']} labels count"
        )
    elif role == "reviewer":
        open_ = sum(1 for _ in client.conflicts(words.project))
        teller.result({"conflicts": open_}, f"{open_} conflicts wait for a reviewer")
    else:
        _owners(client.stats(words.project), teller)
    return 0


def _owners(stats: Json, teller: Teller) -> None:
    tasks, workers, alpha = stats["tasks"], stats["workers"], stats["agreement"]["krippendorff_alpha"]
    lines = [
        f"tasks    {tasks['resolved']} of {tasks['total']} settled, {tasks['open']} open, {tasks['conflict']} in doubt",
        f"labels   {stats['labels']}",
        f"workers  {workers['active']} active, {workers['paused']} paused, {workers['banned']} banned",
        f"quality  agreement {_figure(alpha)}, gold {_figure(stats['gold_accuracy'])}",
        f"pace     {stats['throughput_per_hour']:.0f} an hour, done {stats['eta'] or 'at a time that nobody knows'}",
    ]
    teller.result(stats, "\n".join(lines))


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def push(words: argparse.Namespace, teller: Teller, client: Client) -> int:
    """Send images, or the manifest that names them."""
    paths = [Path(name) for name in words.files]
    if missing := [str(path) for path in paths if not path.exists()]:
        raise ClientError(f"there is no {', '.join(missing)}")
    if any(path.suffix.lower() in MANIFESTS and path.is_file() for path in paths):
        return max(_push_manifest(client, words.project, path, teller) for path in paths)
    files = [file for path in paths for file in _pictures(path)]
    if not files:
        raise ClientError(f"no images are there; they end in {', '.join(sorted(PICTURES))}")
    with teller.progress("Sending") as progress:

        def show(told: Uploaded) -> None:
            progress.at(told.sent, len(files))

        show(Uploaded())
        told = client.upload_images(words.project, files, hands=words.hands, on_progress=show)
    for row in told.rejected:
        teller.aside(f"refused {row['name']}: {row['detail']}")
    counts = {"created": len(told.created), "duplicates": len(told.duplicates), "rejected": told.rejected}
    teller.result(
        counts, f"{len(told.created)} new, {len(told.duplicates)} there already, {len(told.rejected)} refused"
    )
    return PARTLY if told.rejected else 0


def _pictures(path: Path) -> Iterator[Path]:
    """The file itself, or the pictures below a folder."""
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and file.suffix.lower() in PICTURES and not hidden:
            yield file


def _push_manifest(client: Client, project: str, path: Path, teller: Teller) -> int:
    begun = client.import_manifest(project, path)
    with teller.progress("Importing") as progress:
        told = client.wait_import(
            begun["id"], project=project, on_progress=lambda now: progress.at(now["seen"], now["total"])
        )
    counts = f"{told['created']} new, {told['duplicates']} there already, {told['rejected']} refused"
    teller.result(told, f"import {told['id']} is {told['state']}: {counts}")
    if told["rejected"]:
        teller.aside(f"what was refused and why: {told['errors_url']}")
    return PARTLY if told["rejected"] or told["state"] != "done" else 0


def pull(words: argparse.Namespace, teller: Teller, client: Client) -> int:
    """Bring a release."""
    project, _, number = words.project.partition("@")
    if number and not number.isdecimal():
        raise ClientError(f"{words.project!r}: name a release as PROJECT@NUMBER, or PROJECT for the newest")
    with teller.progress(f"Pulling {project}") as progress:

        def show(told: Pulled) -> None:
            progress.at(told.files, told.of_files, size(told.bytes))

        release = client.pull(
            project,
            int(number) if number else None,
            to=words.out,
            formats=words.format or ["jsonl"],
            with_images=words.images,
            hands=words.hands,
            on_progress=show,
        )
    images = release.manifest["images"]
    document = {"project": project, "release": release.number, "folder": str(release.folder), "images": images}
    teller.result(document, f"Release {release.number} of {project}, {images} images, is in {release.folder}")
    return 0


def watch(words: argparse.Namespace, teller: Teller, client: Client) -> int:
    """Tell labels and events as they come, until Ctrl-C."""
    feeds = {"labels": client.labels, "events": client.events}
    if words.since and words.only is None:
        raise ClientError("--since goes on in one feed: name it with --only labels or --only events")
    places = dict.fromkeys([words.only] if words.only else feeds, words.since or "")
    if words.new:
        places = {name: _end(feeds[name](words.project, since=place), place) for name, place in places.items()}
    while True:
        for name, place in places.items():
            for row in feeds[name](words.project, since=place):
                teller.result({"feed": name, **row}, _line(name, row))
                places[name] = row["cursor"]
        if words.once:
            return 0
        time.sleep(words.every)


def _end(rows: Iterator[Json], place: str) -> str:
    for row in rows:
        place = row["cursor"]
    return place


def _line(feed: str, row: Json) -> str:
    if feed == "events":
        return f"{row['at'][:19]}  {row['type']:22}  {row['actor'] or ''}"
    answers, objects = row["annotation"].get("classifications", {}), row["annotation"].get("objects", [])
    said = ", ".join(
        [*(f"{name} {value}" for name, value in answers.items()), *([f"{len(objects)} objects"] * bool(objects))]
    )
    return f"{row['resolved_at'][:19]}  label  {row['image']['name']}: {said or 'nothing'} ({row['method']})"
