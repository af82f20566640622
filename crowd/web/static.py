"""Static files where they were collected: named by their content, so that browsers and caches keep them for good."""

import re
from typing import Any, Final

from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

_HASH: Final = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+$)")


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise ships no types
    """Names every file by its content, and has modules import one another by these names: no module comes twice."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 25  # one for each module in the longest chain of imports

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """Return the file's name with its hash; what a library names and does not ship keeps its own."""
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            if not name.startswith("crowd/"):
                return name
            raise


class StaticMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves a file of another release under its plain name, for a moment.

    While releases change, a page made by one node asks another node for its files. What that has instead is better than
    nothing, and is kept by nobody: only what bears its own hash is kept for good.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Answer a file, or pass the request on."""
        path = request.path_info
        if not self.autorefresh and path.startswith(self.static_prefix or "/\0") and path not in self.files:
            plain = self.files.get(_HASH.sub("", path))
            if plain is not None:
                return self.serve(plain, request)
        return super().__call__(request)
