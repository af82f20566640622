"""Small pictures are made when they are first asked for, as nobody looks at most of a million, and kept."""

import threading
from typing import BinaryIO, Final

from django.conf import settings

from crowd import storage
from crowd.errors import CrowdError, Missing
from crowd.formats import thumbnails
from crowd.models import Image
from crowd.queries import image_bytes
from crowd.queries.thumbnails import CONTENT_TYPE
from crowd.workflow.importing import web

# one at a time in a process: a large picture takes hundreds of megabytes while it is decoded
_making: Final = threading.Lock()


def is_one(key: str) -> bool:
    """Return whether a key is a small picture's."""
    return key.split("/")[2:3] == ["thumbnails"]


def bring(*, key: str) -> None:
    """Make the small picture that a key names; Missing where there is no such image, or it cannot be read."""
    parts = key.split("/")
    if len(parts) != 5 or (parts[0], parts[2]) != ("projects", "thumbnails") or not parts[1].isdecimal():
        raise Missing("There is no such image.")
    image = Image.objects.filter(project=int(parts[1]), sha256=parts[4], erased_at__isnull=True).first()
    if image is None:
        raise Missing("There is no such image.")
    store = storage.store()
    with _making:
        if store.exists(key):  # made while we waited
            return
        try:
            with _bytes_of(image) as source:
                small = thumbnails.shrink(source, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS)
        except CrowdError as fault:
            raise Missing(f"There is no small picture: {fault.detail}") from fault
        store.put(key, small, content_type=CONTENT_TYPE)
        if Image.objects.filter(pk=image.pk, erased_at__isnull=False).exists():  # while we made it
            store.delete(key)
            raise Missing("There is no such image.")


def _bytes_of(image: Image) -> BinaryIO:
    if image.location.startswith("http") and not storage.store().exists(image.key):
        web.bring(key=image.key)
    return image_bytes.opened(image)
