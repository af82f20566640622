"""A release on one's own disk: read line by line, as a data frame, as a map-style data set, by Hugging Face."""

import importlib
import json
import zipfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crowd.client.errors import ClientError, NeedsPackage

if TYPE_CHECKING:
    import pandas

MANIFEST: Final = "manifest.json"
ERASED: Final = "erased.txt"  # ids of images that the site erased or lost after the release was cut
IMAGES: Final = "images"
BY_NAME: Final = "by_name"  # the same images, under the names that they came with
Label = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """A pulled release, by its folder."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the release says of itself: project, number, counts, guidelines, consensus, files with checksums."""
        document: dict[str, Any] = json.loads(self.path(None).read_bytes())
        return document

    @property
    def number(self) -> int:
        """The release's number."""
        return int(self.manifest["release"])

    def path(self, format: str | None) -> Path:  # noqa: A002 -- the API's word
        """Where the file of a format lies (None: the manifest); a `ClientError` where it was not pulled."""
        name = MANIFEST if format is None else self._files().get(format, "")
        if not name or not (self.folder / name).is_file():
            raise ClientError(f"{self.folder} has no {format or MANIFEST}; pull it with formats=[{format!r}]")
        return self.folder / name

    def labels(self) -> Iterator[Label]:
        """The labels, one by one: image, annotation, confidence, method, lineage."""
        with self.path("jsonl").open("rb") as lines:
            for text in lines:
                yield json.loads(text)

    def image_paths(self) -> dict[int, Path]:
        """Where the images lie, by id; none where they were not pulled."""
        found = {}
        for path in sorted((self.folder / IMAGES).glob("[!.]*")):
            found[int(path.stem.rpartition("_")[2])] = path
        return found

    def erased(self) -> Set[int]:
        """The ids of images that the site had no more when they were pulled, or packed."""
        file = self.folder / ERASED
        return frozenset(map(int, file.read_text(encoding="utf-8").split())) if file.exists() else frozenset()

    def dataset(
        self,
        *,
        split: str | None = None,
        pictures: bool = False,
        transform: Callable[[Any, Label], Any] | None = None,
    ) -> "Labelled":
        """A map-style data set, as PyTorch's `DataLoader` takes it; PyTorch itself is not needed.

        Images that the site erased or lost are left out.

        An item is `(image, label)`: the image's path, or with `pictures` a Pillow image; what `transform` makes of
        the two where there is one. `split` keeps one split only.
        """
        return Labelled(self, split=split, pictures=pictures, transform=transform)

    def to_pandas(self) -> "pandas.DataFrame":
        """A row for each image: facts of the image, a column for each question, objects and lineage as lists."""
        frame: pandas.DataFrame = _needed("pandas", "to_pandas()").DataFrame(map(_row, self.labels()))
        return frame

    def to_huggingface(self) -> Any:
        """The data set as `datasets` loads it, typed; with the column `image` where the images were pulled."""
        datasets = _needed("datasets", "to_huggingface()")
        folder = self.folder / "huggingface"
        with zipfile.ZipFile(self.path("huggingface")) as archive:
            archive.extractall(folder)
        loaded = datasets.load_dataset(str(folder))
        if not (paths := self.image_paths()):
            return loaded
        return datasets.DatasetDict(
            {
                split: part.add_column(
                    "image", [str(paths[one]) if one in paths else None for one in part["image_id"]]
                ).cast_column("image", datasets.Image())
                for split, part in loaded.items()
            }
        )

    def _files(self) -> dict[str, str]:
        return {row["format"]: row["path"] for row in self.manifest["files"]}


class Labelled:
    """Images with their labels, by place. It may be sent to other processes: it keeps places, not rows."""

    def __init__(
        self, release: Release, *, split: str | None, pictures: bool, transform: Callable[[Any, Label], Any] | None
    ) -> None:
        self._path, self._pictures, self._transform = release.path("jsonl"), pictures, transform
        self._images = release.image_paths()
        self._places = array("Q", _places(self._path, split, release.erased()))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Any:
        with self._path.open("rb") as lines:
            lines.seek(self._places[index])
            label: Label = json.loads(lines.readline())
        path = self._images.get(label["image"]["id"])
        if path is None:
            raise ClientError("the images are not here; pull the release with_images=True")
        image = _opened(path) if self._pictures else path
        return (image, label) if self._transform is None else self._transform(image, label)


def _places(path: Path, split: str | None, erased: Set[int]) -> Iterator[int]:
    """Where the lines of a split begin, but for those of erased images."""
    place = 0
    with path.open("rb") as lines:
        for text in lines:
            label = json.loads(text) if split is not None or erased else {}
            if (split is None or label["split"] == split) and not (erased and label["image"]["id"] in erased):
                yield place
            place += len(text)


def _opened(path: Path) -> Any:
    """The picture as people see it: turned as its camera says, as its labels are."""
    pillow = _needed("PIL.Image", "pictures=True", package="pillow")
    turned = _needed("PIL.ImageOps", "pictures=True", package="pillow")
    with pillow.open(path) as image:
        return turned.exif_transpose(image)


def _row(label: Mapping[str, Any]) -> dict[str, Any]:
    image, annotation = label["image"], label["annotation"]
    kept = ("confidence", "agreement", "method", "guideline", "by", "resolved_at", "lineage", "split")
    return {
        "task": label["task"],
        **{
            f"image_{name}" if name == "id" else name: image[name]
            for name in ("id", "name", "sha256", "width", "height")
        },
        **{f"answer_{question}": answer for question, answer in annotation.get("classifications", {}).items()},
        "objects": annotation.get("objects", []),
        **{name: label.get(name) for name in kept},
    }


def _needed(module: str, what: str, *, package: str = "") -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as fault:
        raise NeedsPackage(f"{what} needs {package or module}: pip install {package or module}") from fault
