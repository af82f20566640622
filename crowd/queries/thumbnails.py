"""Small pictures of images, for the pages that show many."""

import time

from django.conf import settings

from crowd.models import Image
from crowd.storage import links

CONTENT_TYPE = "image/webp"


def key_of(image: Image) -> str:
    """Return where the object store keeps an image's small picture: beside it, by the image's own content."""
    return f"projects/{image.held_by_id or image.project_id}/thumbnails/{image.sha256[:2]}/{image.sha256}"


def gone_key(image: Image) -> str:
    """Return a key under which there is never anything, for an image that was erased: asked for, it says why."""
    return f"projects/{image.project_id}/erased/{image.pk}"


def url(image: Image) -> str:
    """Return an address of the small picture that expires; whoever asks for it first has it made."""
    seconds = settings.CROWD_SIGNED_URL_SECONDS
    key = key_of(image) if image.erased_at is None else gone_key(image)
    return links.make(key, now=time.time(), expires_in=seconds, filename=None, content_type=CONTENT_TYPE)
