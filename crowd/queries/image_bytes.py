"""The bytes of an image, wherever they lie."""

import io
from typing import BinaryIO

from django.conf import settings

from crowd import storage
from crowd.errors import Missing
from crowd.models import Image
from crowd.storage.sources import split_location


def opened(image: Image) -> BinaryIO:
    """Return an image as a readable file, which the caller closes.

    Missing (`not_here`) for one on the web that nobody has asked for yet, and where there is no such object any more.
    """
    store = storage.store()
    if image.location.startswith("s3://"):
        name, key = split_location(image.location)
        bucket = storage.bucket(name, key)
        return io.BytesIO(bucket.read(key, etag=bucket.find(key).etag, most=settings.CROWD_MAX_IMAGE_BYTES))
    if image.location and not store.exists(image.key):
        raise Missing("This image lies on the web, and nobody has asked for it yet.", code="not_here")
    return store.open(image.key)
