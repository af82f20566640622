"""A guideline's examples as the pages show them: by label, right before wrong, drawn on their pictures."""

from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from crowd.models import Guideline, GuidelineExample
from crowd.queries import versions, work
from crowd.queries.impact import names
from crowd.web.sketches import marks_of, words_of

VERDICTS = ("right", "wrong")


def examples_of(version: Guideline) -> list[dict[str, Any]]:
    """Return the examples by label, in the schema's order; empty where there are none."""
    found = list(version.examples.select_related("image").order_by("pk"))
    if not found:
        return []
    order = {name: place for place, name in enumerate(names(versions.schema_of(version)))}
    found.sort(key=lambda one: (order.get(one.label, len(order)), one.label, VERDICTS.index(one.verdict), one.pk))
    return [
        {"label": label, "examples": [_shown(one) for one in group]}
        for label, group in groupby(found, key=lambda one: one.label)
    ]


def _shown(example: GuidelineExample) -> dict[str, Any]:
    document = example.annotation
    said = words_of({"classifications": document.get("classifications", {})})
    alt = _("A right example of %(label)s") if example.verdict == "right" else _("A wrong example of %(label)s")
    return {
        "example": example,
        "url": work.image_url(example.image),
        "marks": marks_of(document),
        "words": said if document.get("classifications") else "",
        "alt": alt % {"label": example.label},
    }
