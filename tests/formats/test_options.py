"""What may be chosen of a release."""

import pytest

from crowd.errors import Invalid
from crowd.formats.options import Filters, Options, Splits, parse

FORMATS = ("coco", "jsonl")


def test_nothing_chosen_is_everything():
    assert parse({}, formats=FORMATS) == Options() == parse(None, formats=FORMATS)
    assert Options().to_json() == {}


def test_what_was_chosen_is_read_back():
    document = {
        "filters": {"min_confidence": 0.8, "classes": ["dog", "car"], "guidelines": [2], "settled_by": ["gold"]},
        "splits": {"fractions": {"train": 0.9, "test": 0.1}, "group_by": "patient", "stratify": False},
        "include": ["answers"],
        "formats": ["coco"],
        "images": "packed",
    }
    options = parse(document, formats=FORMATS)
    assert options == Options(
        Filters(0.8, ("car", "dog"), (2,), ("gold",)),
        Splits({"train": 0.9, "test": 0.1}, "patient", stratify=False),
        ("answers",),
        ("coco",),
        "packed",
    )
    assert parse(options.to_json(), formats=FORMATS) == options


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({"filter": {}}, "filter"),
        ({"images": "signed"}, "images"),
        ({"filters": {"min_confidence": 1.5}}, "filters.min_confidence"),
        ({"filters": {"min_confidence": True}}, "filters.min_confidence"),
        ({"filters": {"classes": "car"}}, "filters.classes"),
        ({"filters": {"guidelines": [0]}}, "filters.guidelines"),
        ({"filters": {"settled_by": ["luck"]}}, "filters.settled_by"),
        ({"splits": {"stratify": True}}, "splits.fractions"),
        ({"splits": {"fractions": {"train": 0.5}}}, "splits.fractions"),
        ({"splits": {"fractions": {"../x": 1.0}}}, "splits.fractions"),
        ({"splits": {"fractions": {"train": "all"}}}, "splits.fractions.train"),
        ({"splits": {"fractions": {"train": 1}, "group_by": 3}}, "splits.group_by"),
        ({"splits": {"fractions": {"train": 1}, "stratify": 1}}, "splits.stratify"),
        ({"include": ["secrets"]}, "include"),
        ({"formats": ["docx"]}, "formats"),
    ],
)
def test_each_fault_is_named_by_its_path(document, path):
    with pytest.raises(Invalid) as refusal:
        parse(document, formats=FORMATS)
    assert list(refusal.value.errors) == [path]
