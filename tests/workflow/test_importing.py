"""Images come in: judged by their bytes, stored once, each with a task."""

import io
import struct
import zlib

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from crowd import storage
from crowd.models import Event, Image, Project, Task
from crowd.workflow import importing
from tests.factories import make

pytestmark = pytest.mark.django_db


def upload(project: Project, *files: tuple[str, bytes]) -> importing.Upload:
    """Upload files as the project's owner."""
    owner = project.memberships.get(role="owner").user
    handles = [(name, io.BytesIO(data)) for name, data in files]
    return importing.add_images(project=project, files=handles, by=owner, now=timezone.now())


def test_an_image_is_stored_by_content_with_an_open_task_and_an_event(project: Project) -> None:
    data = make.picture(width=30, height=20)
    [image] = upload(project, ("a.png", data)).created
    assert (image.width, image.height, storage.store().read(image.key)) == (30, 20, data)
    assert (image.task.state, image.task.open_slots) == ("open", 3)
    assert Event.objects.get(type="image.imported").data["sha256"] == image.sha256


def test_the_same_bytes_twice_are_one_image_in_a_project_and_two_in_two(project: Project) -> None:
    data = make.picture()
    first = upload(project, ("a.png", data), ("b.png", data))
    assert [(one.name, one.image.name) for one in first.duplicates] == [("b.png", "a.png")]
    assert len(upload(make.project(make.user()), ("a.png", data)).created) == 1
    assert Image.objects.count() == 2


def test_one_bad_file_stops_no_other_and_each_says_why(project: Project) -> None:
    whole = make.picture(width=200, height=200, kind="JPEG")
    done = upload(
        project,
        ("cut.jpg", whole[: len(whole) // 2]),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("notes.png", b"no image at all"),
        ("nothing.png", b""),
        ("bomb.png", _bomb()),
        ("fine.jpg", whole),
    )
    assert [one.name for one in done.created] == ["fine.jpg"]
    codes = {one.name: one.code for one in done.rejected}
    assert codes == {
        "cut.jpg": "truncated",
        "drawing.svg": "svg_refused",
        "notes.png": "unsupported_type",
        "nothing.png": "empty",
        "bomb.png": "too_many_pixels",
    }
    assert all(one.detail.endswith(".") for one in done.rejected)
    assert Task.objects.count() == 1


def _bomb() -> bytes:
    """A few bytes whose header promises ten thousand million pixels."""
    out = io.BytesIO()
    Pillow.new("1", (1, 1)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = struct.pack(">II", 100_000, 100_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_coordinates_mean_the_pixels_that_people_see(project: Project) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was held upright
    [image] = upload(project, ("portrait.jpg", make.picture(width=40, height=30, kind="JPEG", exif=exif))).created
    assert (image.width, image.height, image.orientation) == (30, 40, 6)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\cat.png", "cat.png"),
        ("a\x00b\n.png", "ab.png"),
        ("", "unnamed"),
        ("x" * 900 + ".png", "x" * 196 + ".png"),
    ],
)
def test_a_file_name_is_only_ever_a_name(given: str, kept: str) -> None:
    assert importing.clean_name(given) == kept
