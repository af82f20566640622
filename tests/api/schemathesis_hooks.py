"""What Schemathesis finds that is no fault, told apart by what it is; and how lines of JSON are sent."""

import re
from typing import Any

import schemathesis

# Set in schemathesis.toml, whatever was made up about them.
GIVEN = frozenset({"slug", "cursor", "since", "If-Match"})
# The words of a field that was sent what it does not take. Rules beyond any schema (shares that do not add up to 1, a
# name that is taken, an image that is not there) have other words.
OF_SHAPE = re.compile(
    r"This field |Not a valid |A valid |Must be a |Ensure |Expected |Enter a valid |Value must be |Invalid data"
    r"|is not a valid choice|does not match the required pattern|This (list|dictionary) may not be empty|wrong format"
)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Return whether it is a fault of the server or of the document."""
    if failure.code in {"ST201", "ST202"} and case.media_type == "multipart/form-data":
        return False  # texts and files only; which go together is said in words, and what is in one is found out later
    if failure.code == "ST202" and case.body:  # refused, though it is as the document says
        told = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
        return not told or any(OF_SHAPE.search(text) for texts in told.get("errors", {}).values() for text in texts)
    if failure.code == "ST201":  # taken, though it is not
        made = case.meta.phase.data
        return not {made.parameter, *(one.parameter for one in made.mutations)} <= {*GIVEN, None}
    return True


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> dict[str, Any]:
    """Return what to send: each line is judged on its own."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}
