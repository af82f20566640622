"""Objects of our store, served to whoever holds a link that we signed; what lies on the web is fetched first."""

import re
import time
from typing import BinaryIO, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from crowd import storage
from crowd.errors import Missing
from crowd.storage import links
from crowd.workflow import erasing, thumbnails
from crowd.workflow.importing import web

# an object is data, never a page of ours: even opened by itself it may run and load nothing
POLICY: Final = "default-src 'none'; sandbox"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ONE_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@require_safe
def serve(request: HttpRequest, key: str) -> HttpResponseBase:
    """Send the object, or the one range of it that was asked for; 404 for a bad link and for a missing object."""
    store = storage.store()
    try:
        grant = links.verify(key, request.GET.dict())
        if not store.exists(grant.key):
            erasing.explain(grant.key)
            bring = thumbnails.bring if thumbnails.is_one(grant.key) else web.bring
            bring(key=grant.key)
        size, file = store.size(grant.key), store.open(grant.key)
    except Missing as fault:
        raise Http404(fault.detail) from fault
    tag = _tag(grant.key)
    if tag and tag in parse_etags(request.headers.get("If-None-Match", "")):
        file.close()
        return HttpResponseNotModified(headers={"ETag": tag})
    whole = request.headers.get("If-Range", tag) != tag  # what the caller has a part of is something else
    response = _partial("" if whole else request.headers.get("Range", ""), file=file, size=size)
    if tag:
        response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"private, immutable, max-age={max(0, grant.expires_at - int(time.time()))}"
    response["Content-Disposition"] = content_disposition_header(bool(grant.filename), grant.filename or "") or "inline"
    response["Content-Security-Policy"] = POLICY
    response["Content-Type"] = grant.content_type
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _tag(key: str) -> str:
    """Return the entity tag of an object that is kept by its content; nothing for one that may be replaced."""
    name = key.rpartition("/")[2]
    return f'"{name}"' if _SHA256.fullmatch(name) else ""


def _partial(wanted: str, *, file: BinaryIO, size: int) -> HttpResponseBase:
    """Return the whole file, or 206 with the range, or 416; a header that is no single range is ignored (RFC 9110)."""
    found = _ONE_RANGE.fullmatch(wanted)
    if found is None or not any(found.groups()):
        response = FileResponse(file)
        response["Content-Length"] = str(size)
        return response
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(start)
    response = FileResponse(_Section(file, stop - start), status=206)
    response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Content-Length"] = str(stop - start)
    return response


class _Section:
    """The next `length` bytes of an open file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def read(self, wanted: int = -1) -> bytes:
        """Return what is left, at most `wanted` bytes of it."""
        data = self._file.read(self._left if wanted < 0 else min(wanted, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
