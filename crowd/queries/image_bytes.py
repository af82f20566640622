"""The bytes of an image, wherever they lie."""

import io
from typing import BinaryIO

from django.conf import settings

from crowd import storage
from crowd.errors import Gone, Missing
from crowd.models import Image
from crowd.storage.sources import split_location


def opened(image: Image) -> BinaryIO:
    """Return an image as a readable file, which the caller closes.

    Missing (`not_here`) for one on the web that nobody has asked for yet, and where there is no such object any more.
    """
    if image.erased_at is not None:
        raise Gone("This image was erased.", code="image_erased")
    store = storage.store()
    if image.location.startswith("s3://"):
        name, key = split_location(image.location)
        bucket = storage.bucket(name, key)
        return io.BytesIO(bucket.read(key, etag=bucket.find(key).etag, most=settings.CROWD_MAX_IMAGE_BYTES))
    if image.location and not store.exists(image.key):
        raise Missing("This image lies on the web, and nobody has asked for it yet.", code="not_here")
    return store.open(image.key)


def is_shared(image: Image) -> bool:
    """Return whether an image that is not erased has the same bytes under the same key."""
    holder = image.held_by_id or image.project_id
    living = Image.objects.filter(sha256=image.sha256, erased_at__isnull=True)
    return living.filter(project=holder).exists() or living.filter(held_by=holder).exists()
