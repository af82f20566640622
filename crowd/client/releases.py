"""Releases: cut, waited for, pulled."""

import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, Final

from crowd.client import shards
from crowd.client.downloads import download
from crowd.client.errors import ClientError, Corrupt, Failed, Gone, TookTooLong
from crowd.client.line import Line, following
from crowd.client.projects import Json, of
from crowd.client.release import BY_NAME, ERASED, IMAGES, MANIFEST, Release
from crowd.client.steps import Pause, Request, Steps, Together

LOOKS: Final = 1.0  # seconds between two looks at a release that is being built
PAGE: Final = 200  # images whose addresses are asked for at once: they expire
TIMEOUT: Final = 3600.0


@dataclass
class Pulled:
    """How far a pull is: files and bytes that are here, of so many as are known of so far."""

    files: int = 0
    of_files: int = 0
    bytes: int = 0


class _Watch:
    """Keeps count while several hands pull, and tells it."""

    def __init__(self, told: Callable[[Pulled], None] | None) -> None:
        self.pulled, self.told, self.lock = Pulled(), told, Lock()

    def add(self, *, files: int = 0, of_files: int = 0, size: int = 0) -> None:
        with self.lock:
            self.pulled.files += files
            self.pulled.of_files += of_files
            self.pulled.bytes += size
            if self.told:
                self.told(self.pulled)

    def more(self, size: int) -> None:
        self.add(size=size)


def every(line: Line, /, project: str) -> Steps[None]:
    """The releases."""
    return line.rows(of(project, "releases"))


def read(line: Line, /, project: str, number: int) -> Steps[Json]:
    """One release: its state and its files."""
    return line.do("GET", of(project, "releases", number))


def cut(
    line: Line,
    /,
    project: str,
    *,
    note: str = "",
    filters: Mapping[str, Any] | None = None,
    splits: Mapping[str, float] | None = None,
    group_by: str = "",
    stratify: bool = True,
    include: Sequence[str] = (),
    formats: Sequence[str] = (),
    images: str = "",
) -> Steps[Json]:
    """Cut a release; it is built in the background. Nothing chosen is everything, in the default formats, no splits.

    `filters` are `min_confidence`, `classes`, `guidelines`, `settled_by`; `splits` shares by name, adding up to 1;
    `include` `"answers"` and `"soft_labels"`. With `images="packed"` the images lie in the release as they came.
    """
    sent: Json = {"note": note}
    if splits:
        sent["splits"] = {"fractions": dict(splits), "group_by": group_by, "stratify": stratify}
    chosen = {"filters": filters, "include": list(include), "formats": list(formats), "images": images}
    return line.do(
        "POST", of(project, "releases"), json={**sent, **{name: each for name, each in chosen.items() if each}}
    )


def difference(line: Line, /, project: str, number: int, other: int) -> Steps[Json]:
    """What changed from one release to another, and why."""
    return line.do("GET", of(project, "releases", number, "diff", other))


def images(line: Line, /, project: str, number: int) -> Steps[None]:
    """The images of a release, with addresses of their bytes that expire and the names that its files use."""
    return line.rows(of(project, "releases", number, "images"))


def wait(line: Line, /, project: str, number: int, *, timeout: float = TIMEOUT) -> Steps[Json]:
    """Wait until a release is built; raises `Failed` where it could not be, `TookTooLong` when time is over."""
    deadline = time.monotonic() + timeout
    seconds = 0.1
    while True:
        release: Json = yield from read(line, project, number)
        if release["state"] == "ready":
            return release
        if release["state"] == "failed":
            raise Failed(
                f"release {number} of {project} could not be built: {release.get('error') or 'no reason given'}"
            )
        if time.monotonic() > deadline:
            raise TookTooLong(f"release {number} of {project} is not ready after {timeout:.0f} s")
        yield Pause(seconds)
        seconds = min(LOOKS, seconds * 2)


def pull(
    line: Line,
    /,
    project: str,
    number: int | None = None,
    *,
    to: str | Path = ".",
    formats: Sequence[str] = ("jsonl",),
    with_images: bool = False,
    hands: int = 4,
    timeout: float = TIMEOUT,
    on_progress: Callable[[Pulled], None] | None = None,
) -> Steps[Release]:
    """Bring a release, the newest unless a number is given, to the folder `to`/PROJECT-NUMBER.

    Every file is checked against the manifest, and the manifest against what the site says of the release. What is
    there already is not fetched again, what was begun is gone on with: repeat a pull that was interrupted.
    """
    if number is None:
        number = yield from _newest(line, project)
    release = yield from wait(line, project, number, timeout=timeout)
    folder, watch = Path(to) / f"{project}-{number}", _Watch(on_progress)
    stated = yield from _manifest(line, project, release, folder, watch)
    wanted = _wanted(stated, formats, with_images)
    watch.add(of_files=len(wanted))
    bring = _if_there if "all" in formats else _file
    yield Together([bring(line, project, number, folder, one, watch) for one in wanted], hands)
    if with_images:
        packed = [stated[name] for name in sorted(stated) if name.startswith(shards.PACKED)]
        by_name = bool({"coco", "coco_panoptic", "all"} & set(formats))
        if packed:
            watch.add(of_files=len(packed))
            gone: list[str] = []
            yield Together([_shard(line, project, number, folder, one, watch, gone) for one in packed], hands)
            if gone:  # with an image that was erased; the others are there one by one
                yield from _images(line, project, number, folder, hands, watch, by_name=False)
            _list_missing(Release(folder))
            if by_name:
                _link_all(Release(folder))
        else:
            yield from _images(line, project, number, folder, hands, watch, by_name=by_name)
    return Release(folder)


def _newest(line: Line, project: str) -> Steps[int]:
    newest, params = 0, {"page_size": "500"}
    while True:
        page = yield from line.do("GET", of(project, "releases"), params=params)
        newest = max([newest, *(int(row["number"]) for row in page["results"] if row["state"] == "ready")])
        if not page["next"]:
            break
        params = following(page["next"])
    if not newest:
        raise ClientError(f"{project} has no release that is ready; its owner can cut one")
    return newest


def _manifest(line: Line, project: str, release: Json, folder: Path, watch: _Watch) -> Steps[dict[str, Json]]:
    """Fetch the manifest and return its files by format; what the release says of them must be the same."""
    told = {row["format"]: row for row in release["files"]}
    own = told.pop("manifest", None)
    if own is None or own["sha256"] != release["manifest_sha256"]:
        raise Corrupt(f"release {release['number']} of {project} does not name its own manifest")
    watch.add(of_files=1)
    yield from _file(line, project, release["number"], folder, own, watch)
    stated = {row["format"]: row for row in json.loads((folder / MANIFEST).read_bytes())["files"]}
    if wrong := sorted(
        name for name in told | stated if told.get(name, {}).get("sha256") != stated.get(name, {}).get("sha256")
    ):
        raise Corrupt(f"the manifest of release {release['number']} of {project} differs in: {', '.join(wrong)}")
    return stated


def _wanted(stated: dict[str, Json], formats: Iterable[str], with_images: bool) -> list[Json]:
    every_one = [name for name in stated if not name.startswith(shards.PACKED)]
    names = every_one if "all" in formats else list(dict.fromkeys([*formats, *(["jsonl"] if with_images else [])]))
    if unknown := [name for name in names if name not in stated]:
        raise ClientError(f"there is no format {', '.join(unknown)}; this release has {', '.join(sorted(stated))}")
    return [stated[name] for name in names]


def _file(line: Line, project: str, number: int, folder: Path, stated: Json, watch: _Watch) -> Steps[None]:
    def address(headers: dict[str, str]) -> Request:
        return line.request("GET", of(project, "releases", number, "files", stated["format"]), headers=headers)

    to = folder / _plain(stated["path"])
    yield from download(line, address, to=to, sha256=stated["sha256"], size=stated["bytes"], tell=watch.more)
    watch.add(files=1)


def _if_there(line: Line, project: str, number: int, folder: Path, stated: Json, watch: _Watch) -> Steps[None]:
    """Bring a file, unless it went with an image in it that was erased."""
    try:
        yield from _file(line, project, number, folder, stated, watch)
    except Gone:
        watch.add(files=1)


def _shard(
    line: Line, project: str, number: int, folder: Path, stated: Json, watch: _Watch, gone: list[str]
) -> Steps[None]:
    """Bring a shard's images; name it among those that are `gone` where the site has it no more."""
    _plain(stated["path"])
    if shards.is_unpacked(folder, stated):
        watch.add(files=1)
        return
    try:
        yield from _file(line, project, number, folder, stated, watch)
    except Gone:
        gone.append(stated["format"])
        watch.add(files=1)
    else:
        shards.unpack(folder, stated)


def _images(
    line: Line, project: str, number: int, folder: Path, hands: int, watch: _Watch, *, by_name: bool
) -> Steps[None]:
    params: dict[str, str] = {"page_size": str(PAGE)}
    while True:
        page = yield from line.do("GET", of(project, "releases", number, "images"), params=params)
        watch.add(of_files=len(page["results"]))
        yield Together([_image(line, folder, row, watch) for row in page["results"]], hands)
        for row in page["results"] if by_name else ():
            _link(folder / BY_NAME, row["name"], folder / IMAGES / row["file_name"])
        if not page["next"]:
            return
        params = following(page["next"])


def _image(line: Line, folder: Path, row: Json, watch: _Watch) -> Steps[None]:
    to = folder / IMAGES / _plain(row["file_name"])
    address = partial(line.bare, row["url"])
    try:
        yield from download(line, address, to=to, sha256=row["sha256"], size=None, tell=watch.more)
    except Gone:  # erased since the release was cut: its labels are here, it is not
        with (folder / ERASED).open("a", encoding="utf-8") as erased:
            erased.write(f"{row['id']}\n")
    watch.add(files=1)


def _list_missing(release: Release) -> None:
    """Name the images that no shard held: they were erased, lost or changed, and their labels are here."""
    here = release.image_paths()
    missing = [label["image"]["id"] for label in release.labels() if label["image"]["id"] not in here]
    (release.folder / ERASED).write_text("".join(f"{one}\n" for one in missing), encoding="utf-8")


def _link_all(release: Release) -> None:
    paths = release.image_paths()
    for label in release.labels():
        if (image := paths.get(label["image"]["id"])) is not None:
            _link(release.folder / BY_NAME, label["image"]["name"], image)


def _link(folder: Path, name: str, image: Path) -> None:
    """Have the image under the name that it came with as well, which is what COCO files call it."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in {"/", "..", "."}]
    place = folder.joinpath(*parts)
    if not parts or place.exists() or not image.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.hardlink_to(image)
    except OSError:  # a file system without links
        shutil.copyfile(image, place)


def _plain(name: str) -> str:
    """Return the name of a file as the site gives it, if it is one and leads nowhere else."""
    if not name or name in {".", ".."} or set(name) & set("/\\\0") or name.startswith("."):
        raise Corrupt(f"{name!r} is no name for a file")
    return name
