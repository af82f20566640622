"""Images on the web: fetched by the one client for outgoing calls, from listed hosts alone, and kept in our store."""

import hashlib
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.db import transaction

from crowd import egress, storage
from crowd.egress.addresses import Allowed
from crowd.errors import CrowdError, Invalid, Missing, Unavailable
from crowd.formats import pictures
from crowd.formats.readers.manifest import Row
from crowd.models import Image, Project
from crowd.workflow.importing import measuring
from crowd.workflow.importing.rows import Facts
from crowd.workflow.importing.uploads import clean_name, refuse_erased

SECONDS: Final = 30.0
REDIRECTS: Final = 3


def fetch(row: Row, *, project: Project) -> Facts:
    """Fetch an image, judge it as an upload is, and keep it in our store; return what it is."""
    raw = download(row.url)
    picture = pictures.inspect(
        raw, max_bytes=settings.CROWD_MAX_IMAGE_BYTES, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS
    )
    if row.sha256 in {"", picture.sha256}:
        _keep(Image(project=project, sha256=picture.sha256), raw, picture.content_type)
    return Facts(
        name=clean_name(row.name or unquote(urlsplit(row.url).path)),
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        content_type=picture.content_type,
        bytes=picture.bytes,
        metadata=row.metadata,
    )


def bring(*, key: str) -> None:
    """Fetch an image that was taken at its manifest's word into our store; Missing where there is none to be had.

    What comes must be a picture as an upload is, and have the SHA-256 that the image is named by.
    """
    parts = key.split("/")
    if len(parts) != 5 or (parts[0], parts[2]) != ("projects", "images") or not parts[1].isdecimal():
        raise Missing("There is no such image.")
    image = Image.objects.filter(project=int(parts[1]), sha256=parts[4], location__startswith="http").first()
    if image is None:
        raise Missing("There is no such image.")
    try:
        raw = download(image.location)
        pictures.inspect(raw, max_bytes=settings.CROWD_MAX_IMAGE_BYTES, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS)
    except CrowdError as fault:
        raise Missing(f"The image could not be fetched: {fault.detail}") from fault
    if hashlib.sha256(raw).hexdigest() != image.sha256:
        raise Missing("The image at this address is another one by now.")
    _keep(image, raw, image.content_type)
    # Not within a transaction that goes on: one that writes and then lasts holds back every feed.
    transaction.on_commit(partial(measuring.ask_again, image=image))


def download(url: str) -> bytes:
    """Return the bytes behind a listed address; each redirect must lead to a listed one."""
    limits = egress.Limits(seconds=SECONDS, bytes=settings.CROWD_MAX_IMAGE_BYTES)
    for _ in range(REDIRECTS + 1):
        site = storage.sources().site(url)
        answer = egress.fetch(url, allowed=_allowed(site.host), limits=limits)
        if answer.status in {301, 302, 303, 307, 308} and answer.headers.get("location"):
            url = urljoin(url, answer.headers["location"])
            continue
        if answer.status in {408, 429} or answer.status >= 500:
            raise Unavailable(f"{site.host} answered {answer.status}.", code="not_fetched")
        if answer.status != 200:
            raise Invalid(f"{site.host} answered {answer.status}.", code="not_fetched")
        return answer.body
    raise Invalid(f"The address led on more than {REDIRECTS} times.", code="not_fetched")


def _allowed(host: str) -> Allowed:
    """Return what may be called: a host on the operator's list is theirs to name, wherever it stands."""
    own = Allowed.parse([host])
    general = egress.allowed()
    return replace(general, networks=general.networks + own.networks, names=general.names | own.names)


def _keep(image: Image, raw: bytes, content_type: str) -> None:
    known = Image.objects.filter(project=image.project_id, sha256=image.sha256).first()
    if known is not None:
        refuse_erased(known)
    store = storage.store()
    if not store.exists(image.key):
        store.put(image.key, raw, content_type=content_type)
