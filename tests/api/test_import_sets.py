"""Existing sets through HTTP: COCO, YOLO and Pascal VOC, as pre-labels, as gold, as finished; and what is refused."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.formats import WRITERS, ImageFacts, Meta, ReleaseItem
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from crowd.models import Gold, Image, Project, Task, User
from crowd.queries import integrity
from crowd.workflow.importing import runs
from tests.api.world import V1, client
from tests.factories import make

pytestmark = pytest.mark.django_db

SCHEMA = {
    "objects": [
        {"name": "car", "shape": "box"},
        {"name": "cell", "shape": "polygon"},
        {"name": "person", "shape": "keypoints", "keypoints": ["nose", "tail"]},
    ]
}
RING = [[2.0, 2.0], [20.0, 2.0], [20.0, 10.0]]
PERSON = [[4, 5, 2], [0, 0, 0]]
COCO = {
    "categories": [
        {"id": 1, "name": "car"},
        {"id": 2, "name": "cell"},
        {"id": 3, "name": "person"},
        {"id": 4, "name": "sky"},
    ],
    "images": [{"id": 7, "file_name": "train/a.png", "width": 64, "height": 48}, {"id": 8, "file_name": "b.png"}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 20], "segmentation": []},
        {"id": 2, "image_id": 7, "category_id": 2, "bbox": [2, 2, 18, 8], "segmentation": [[2, 2, 20, 2, 20, 10]]},
        {"id": 3, "image_id": 7, "category_id": 3, "bbox": [1, 1, 9, 9], "keypoints": [4, 5, 2, 0, 0, 0]},
        {"id": 4, "image_id": 8, "category_id": 1, "bbox": [0, 0, 64, 48]},
        {"id": 5, "image_id": 8, "category_id": 4, "bbox": [0, 0, 9, 9]},
        {"id": 6, "image_id": 9, "category_id": 1, "bbox": [0, 0, 9, 9]},
    ],
}


@pytest.fixture
def cars(owner: User) -> Project:
    return make.project(owner, schema=SCHEMA)


@pytest.fixture
def caller(owner: User) -> APIClient:
    return client(owner)


def packed(**files: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def begin(caller: APIClient, project: Project, data: bytes, name: str, **sent: str) -> tuple[Any, dict[str, list[str]]]:
    """Import a set; its document when it is through, and the codes of what was refused by name."""
    file = SimpleUploadedFile(name, data)
    answer = caller.post(f"{V1}projects/{project.slug}/imports/", {"annotations": file, **sent}, format="multipart")
    assert answer.status_code == 202, answer.content
    made = caller.get(f"{V1}imports/{answer.json()['id']}/").json()
    codes: dict[str, list[str]] = {}
    for line in b"".join(caller.get(made["errors_url"]).streaming_content).splitlines():
        row = json.loads(line)
        codes.setdefault(row["name"], []).append(row["code"])
    return made, codes


def counts(made: Any) -> tuple[str, int, int, int, int]:
    return made["state"], made["created"], made["duplicates"], made["rejected"], made["labelled"]


def test_coco_comes_with_its_images_and_nothing_is_dropped_in_silence(
    settled: None, caller: APIClient, cars: Project
) -> None:
    files = {"set/train/a.png": make.picture(), "set/b.png": make.picture(), "set/c.png": make.picture()}
    data = packed(**files, **{"set/labels.json": json.dumps(COCO), "../../evil.png": make.picture()})
    made, codes = begin(caller, cars, data, "set.zip", source="coco", use="prelabel")
    assert counts(made) == ("done", 3, 0, 2, 2), (made, codes)
    assert codes == {
        "../../evil.png": ["unsafe_name"],
        "b.png": ["unknown_class"],
        "image 9": ["no_image"],
    }
    labelled = Task.objects.get(project=cars, image__name="a.png").prelabel
    assert labelled["objects"] == [
        {"label": "car", "box": [1, 2, 30, 20]},
        {"label": "cell", "polygon": [RING]},
        {"label": "person", "keypoints": PERSON},
    ]
    assert all(not finding.offenders for finding in integrity.run(cars))


def test_labels_find_the_images_that_are_here_as_gold_or_finished(
    settled: None, caller: APIClient, cars: Project
) -> None:
    for name, use in (("a.png", "gold"), ("b.png", "finished")):
        Image.objects.filter(pk=make.images(cars)[0].pk).update(name=name)
        one = {**COCO, "images": [image for image in COCO["images"] if image["file_name"].endswith(name)]}  # type: ignore[attr-defined]
        one["annotations"] = [each for each in COCO["annotations"] if each["id"] in (1, 4)]  # type: ignore[index]
        made, _ = begin(caller, cars, json.dumps(one).encode(), "labels.json", source="coco", use=use)
        assert (made["state"], made["duplicates"], made["labelled"]) == ("done", 1, 1)
    assert Gold.objects.get(task__project=cars).annotation["objects"] == [{"label": "car", "box": [1, 2, 30, 20]}]
    task = Task.objects.select_related("consensus").get(project=cars, image__name="b.png")
    assert (task.state, task.consensus.method, task.consensus.comment) == (  # type: ignore[union-attr]
        "resolved",
        "adjudication",
        "Imported as finished from labels.json.",
    )
    assert all(not finding.offenders for finding in integrity.run(cars))


def test_yolo_and_voc_come_in_pixels(settled: None, caller: APIClient, cars: Project) -> None:
    yolo = packed(
        **{
            "data.yaml": "names: {0: car, 1: cell}",
            "images/y.png": make.picture(),
            "labels/y.txt": "0 0.5 0.5 0.5 0.5\n1 0 0 0.5 0 0.5 0.5\n9 1 1 1 1\n",
        }
    )
    made, codes = begin(caller, cars, yolo, "y.zip", source="yolo")
    assert (counts(made), codes) == (("done", 1, 0, 0, 1), {"y.png": ["bad_labels"]})
    assert Task.objects.get(project=cars, image__name="y.png").prelabel["objects"] == [
        {"label": "car", "box": [16, 12, 32, 24]},
        {"label": "cell", "polygon": [[[0, 0], [32, 0], [32, 24]]]},
    ]
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>64</xmax><ymax>48</ymax></bndbox>"
    document = f"<annotation><filename>v.png</filename><object><name>car</name>{box}</object></annotation>"
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation><filename>&c;</filename></annotation>'
    voc = packed(**{"Annotations/v.xml": document, "JPEGImages/v.png": make.picture(), "Annotations/bomb.xml": bomb})
    made, codes = begin(caller, cars, voc, "v.zip", source="voc")
    assert codes == {"Annotations/bomb.xml": ["doctype_refused"]}
    assert Task.objects.get(project=cars, image__name="v.png").prelabel["objects"] == [
        {"label": "car", "box": [0, 0, 64, 48]}
    ]


@pytest.mark.parametrize(("name", "ending"), [("coco", "json"), ("yolo", "zip"), ("voc", "zip")])
def test_a_release_comes_back_to_its_images_without_them(
    settled: None, caller: APIClient, owner: User, name: str, ending: str
) -> None:
    schema = {"objects": [{"name": "car", "shape": "box", "attributes": [{"name": "occluded", "kind": "binary"}]}]}
    project = make.project(owner, schema=schema)
    first, second = make.images(project, 2)
    Image.objects.filter(project=project).update(name="of one name.png")
    box = LabelledObject("car", "box", (1.0, 2.0, 30.0, 20.0), {"occluded": True})
    facts = ImageFacts(first.pk, "of one name.png", first.sha256, first.width, first.height)
    release = [ReleaseItem(1, facts, Annotation({}, (box,)), None, None, "majority", 1, None, timezone.now())]
    out = io.BytesIO()
    WRITERS[name].write(release, schema=parse_schema(schema), sink=out, meta=Meta("cars", 1))
    made, codes = begin(caller, project, out.getvalue(), f"labels.{ending}", source=name, use="prelabel")

    assert (counts(made), codes) == (("done", 0, 1, 0, 1), {})
    attributes = {} if name == "yolo" else {"attributes": {"occluded": True}}
    found = Task.objects.get(image=first).prelabel["objects"]
    assert [{**each, "box": [round(number, 3) for number in each["box"]]} for each in found] == [
        {"label": "car", "box": [1, 2, 30, 20], **attributes}
    ]
    assert Task.objects.get(image=second).prelabel is None


def test_a_set_that_cannot_be_read_ends_with_the_reason(settled: None, caller: APIClient, cars: Project) -> None:
    made, _ = begin(caller, cars, packed(**{"a.png": make.picture()}), "none.zip", source="coco")
    assert (made["state"], made["error"]) == ("failed", "There is no .json file in it.")
    bomb = packed(**{"labels.json": b" " * 270_000_000})
    made, _ = begin(caller, cars, bomb, "bomb.zip", source="coco")
    assert made["state"] == "failed"
    assert "labels.json has more than" in made["error"]


def test_a_file_that_breaks_its_reader_ends_instead_of_being_read_for_ever(
    settled: None, caller: APIClient, cars: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(runs.READERS, "coco", lambda _: [].pop())
    made, _ = begin(caller, cars, json.dumps(COCO).encode(), "a.json", source="coco", use="prelabel")
    assert (made["state"], made["error"]) == ("failed", runs.BROKEN)


def test_an_outline_that_pycocotools_would_die_of_is_refused_and_the_rest_comes(
    settled: None, caller: APIClient, cars: Project
) -> None:
    far = {"id": 9, "image_id": 7, "category_id": 2, "segmentation": [[0, 0, 1e9, 0, 1e9, 1e9]]}
    told = {**COCO, "annotations": [*COCO["annotations"], far]}  # type: ignore[misc]
    data = packed(**{"train/a.png": make.picture(), "b.png": make.picture(), "coco.json": json.dumps(told)})
    made, codes = begin(caller, cars, data, "a.zip", source="coco", use="prelabel")
    assert counts(made)[0] == "done"
    assert codes["train/a.png"] == ["bad_shape"]
