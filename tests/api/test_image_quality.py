"""Image quality through HTTP: what was uploaded is looked at, what looks alike is found, what is bad is listed."""

import io
import random
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageFilter
from rest_framework.test import APIClient

from crowd import storage
from crowd.formats import looks
from crowd.models import Image, ImageQuality, Project, Task, User
from crowd.workflow.importing import measuring
from crowd.workflow.upkeep import sweeping
from tests.api.world import V1, client

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(owner: User) -> APIClient:
    return client(owner)


def scene(seed: int, side: int = 320) -> Pillow.Image:
    """A picture with shapes at every scale, another for each seed."""
    dice = np.random.default_rng(seed)
    coarse = Pillow.fromarray(dice.integers(40, 216, (6, 8, 3), dtype=np.uint8)).resize((side, side * 3 // 4))
    fine = Pillow.fromarray(dice.integers(0, 256, (side * 3 // 4, side, 3), dtype=np.uint8))
    return Pillow.blend(coarse, fine, 0.15)


def jpeg(picture: Pillow.Image, **save: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **{"quality": 90, **save})
    return out.getvalue()


def upload(caller: APIClient, project: Project, **pictures: bytes) -> dict[str, int]:
    files = [SimpleUploadedFile(f"{name}.jpg", data) for name, data in pictures.items()]
    made = caller.post(f"{V1}projects/{project.slug}/images/", {"file": files}, format="multipart").json()
    assert made["rejected"] == []
    return {one["name"].removesuffix(".jpg"): one["id"] for one in made["created"]}


def look(project: Project) -> None:
    measuring.run(project_id=project.pk, clock=timezone.now)


def report(caller: APIClient, project: Project) -> dict[str, Any]:
    answer = caller.get(f"{V1}projects/{project.slug}/images/quality/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def listed(caller: APIClient, project: Project, **asked: str) -> list[str]:
    answer = caller.get(f"{V1}projects/{project.slug}/images/quality/images/", asked)
    assert answer.status_code == 200, answer.content
    return [one["image"]["name"].removesuffix(".jpg") for one in answer.json()["results"]]


def test_each_fault_of_an_image_is_found_and_nothing_else(caller: APIClient, project: Project) -> None:
    exif = Pillow.Exif()
    exif[0x010F], exif[0x0110] = "ACME", "Lens\x00 Two"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    plain = scene(1)
    upload(
        caller,
        project,
        plain=jpeg(plain, exif=exif),
        blurred=jpeg(scene(2).filter(ImageFilter.GaussianBlur(6))),
        dark=jpeg(ImageEnhance.Brightness(scene(3)).enhance(0.05)),
        bright=jpeg(ImageEnhance.Brightness(scene(4)).enhance(6)),
        tiny=jpeg(scene(5, side=48)),
    )
    assert report(caller, project)["waiting"] == 5
    look(project)
    told = report(caller, project)
    assert (told["images"], told["waiting"]) == (5, 0)
    assert told["cameras"] == [{"camera": "ACME Lens Two", "images": 1}]
    for flag in ("dark", "bright", "tiny"):
        assert listed(caller, project, flag=flag) == [flag]
    assert "blurred" in listed(caller, project, flag="blurred")
    assert "plain" not in listed(caller, project, flag="blurred")
    assert (listed(caller, project, flag="near"), listed(caller, project, flag="unread")) == ([], [])
    assert [sum(told[name]) for name in ("sharpness", "brightness", "side")] == [5, 5, 5]
    assert "38" not in str(ImageQuality.objects.filter(camera__contains="N ").values())


def test_copies_that_were_scaled_or_compressed_again_are_near_the_first_and_others_are_not(
    caller: APIClient, project: Project
) -> None:
    first = scene(7)
    turned = Pillow.Exif()
    turned[0x0112] = 6  # shown turned by a quarter to the right
    upload(caller, project, **{f"other{n}": jpeg(scene(100 + n)) for n in range(20)}, first=jpeg(first))
    upload(
        caller,
        project,
        small=jpeg(first.resize((160, 120))),
        poor=jpeg(first, quality=30),
        lighter=jpeg(ImageEnhance.Brightness(first).enhance(1.1)),
        turned=jpeg(first.transpose(Pillow.Transpose.ROTATE_90), exif=turned),
    )
    look(project)
    assert sorted(listed(caller, project, flag="near")) == ["lighter", "poor", "small", "turned"]
    told = report(caller, project)
    assert (told["groups"], told["flags"]["near"]) == (1, 4)
    image = Image.objects.get(project=project, name="first.jpg")
    assert set(ImageQuality.objects.exclude(near=None).values_list("near", flat=True)) == {image.pk}


def test_the_lookup_finds_every_fingerprint_within_the_distance_and_none_beyond(project: Project) -> None:
    dice = random.Random(5)
    mine = dice.getrandbits(64)
    rows = {}
    for bits in [*range(1, 10)] * 4:
        other = mine
        for bit in dice.sample(range(64), bits):
            other ^= 1 << bit
        rows[other] = bits
    for n, (other, bits) in enumerate(rows.items()):
        ImageQuality.objects.all().delete()
        pair = [
            Image.objects.create(
                project=project, name="x", sha256=f"{2 * n + k:064x}", width=9, height=9, content_type="image/png",
                bytes=1, created_at=timezone.now(),
            )
            for k in range(2)
        ]  # fmt: skip
        ImageQuality.objects.bulk_create(ImageQuality(image=one, project=project) for one in pair)
        told = [
            looks.Looks(fingerprint=print_, sharpness=1, brightness=0.5, dark=0, bright=0, camera="")
            for print_ in (mine, other)
        ]
        measuring.write(project_id=project.pk, seen=list(zip(pair, told, strict=True)), now=timezone.now())
        found = ImageQuality.objects.get(image=pair[1]).near_id
        assert found == (pair[0].pk if bits <= measuring.NEAR else None), bits


def test_looking_twice_or_after_a_death_changes_nothing_and_the_sweep_finds_what_was_left(
    caller: APIClient, project: Project, settled: None
) -> None:
    upload(caller, project, one=jpeg(scene(1)), two=jpeg(scene(1), quality=50))
    ImageQuality.objects.filter(project=project).update(measured_at=None, taken_at=None, near=None)
    taken = measuring.take(project_id=project.pk, now=timezone.now())
    assert len(taken) == 2
    look(project)  # somebody else has them
    assert report(caller, project)["waiting"] == 2
    sweeping.sweep(now=timezone.now() + timedelta(minutes=1))
    assert report(caller, project)["waiting"] == 2
    ImageQuality.objects.update(taken_at=timezone.now() - measuring.DEAD_AFTER * 2)
    sweeping.sweep(now=timezone.now())
    before = list(ImageQuality.objects.order_by("pk").values())
    assert report(caller, project)["waiting"] == 0
    said = [(image, looks.measure(jpeg(scene(9)), max_pixels=10**6)) for image in taken]
    measuring.write(project_id=project.pk, seen=said, now=timezone.now())
    assert list(ImageQuality.objects.order_by("pk").values()) == before


def test_an_image_that_cannot_be_read_says_why_and_stops_no_other(caller: APIClient, project: Project) -> None:
    upload(caller, project, gone=jpeg(scene(1)), good=jpeg(scene(2)))
    storage.store().delete(Image.objects.get(name="gone.jpg").key)
    look(project)
    assert listed(caller, project, flag="unread") == ["gone"]
    assert ImageQuality.objects.get(image__name="gone.jpg").fault == "object_missing"
    assert report(caller, project)["waiting"] == 0


def test_excluded_images_leave_the_lists_and_come_back(caller: APIClient, project: Project) -> None:
    made = upload(caller, project, tiny=jpeg(scene(5, side=48)))
    look(project)
    task = Task.objects.get(image=made["tiny"])
    for state, here, there in (("excluded", [], ["tiny"]), ("open", ["tiny"], [])):
        assert caller.patch(f"{V1}tasks/{task.pk}/", {"state": state}).status_code == 200
        assert listed(caller, project, flag="tiny") == here
        assert listed(caller, project, flag="tiny", excluded="true") == there
        told = report(caller, project)
        assert (told["flags"]["tiny"], told["excluded"]["tiny"]) == (len(here), len(there))


def test_an_unknown_flag_is_refused_with_the_ones_there_are(caller: APIClient, project: Project) -> None:
    answer = caller.get(f"{V1}projects/{project.slug}/images/quality/images/", {"flag": "ugly"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["flag"])
    assert "blurred" in answer.json()["detail"]
