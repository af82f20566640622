import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.errors import Invalid
from crowd.geometry import area, bounds, similarity
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import parse_schema, schema_to_json
from tests.labels.example import HEIGHT, SCHEMA, WIDTH
from tests.labels.strategies import anything, ascii_runs, nearly_annotations, nearly_schemas, points

SCHEMA_READ = parse_schema(SCHEMA)


def holds(code, fault):
    """Every refusal says what to do, and can be sent and stored as it is."""
    assert fault.code == code
    assert fault.detail.encode()
    assert fault.errors
    assert all(path and faults and all(faults) for path, faults in fault.errors.items())
    assert json.dumps(fault.errors, ensure_ascii=False, allow_nan=False).encode()


def check_schema(document):
    try:
        schema = parse_schema(document)
    except Invalid as fault:
        holds("invalid_schema", fault)
    else:
        written = schema_to_json(schema)
        assert json.dumps(written, ensure_ascii=False, allow_nan=False).encode()
        assert parse_schema(written) == schema


def check_annotation(document, complete):
    check_annotation_by(document, complete=complete, lenient=False)
    check_annotation_by(document, complete=complete, lenient=True)


def check_annotation_by(document, **rules):
    try:
        annotation = parse_annotation(document, schema=SCHEMA_READ, width=WIDTH, height=HEIGHT, **rules)
    except Invalid as fault:
        holds("invalid_annotation", fault)
    else:
        written = annotation_to_json(annotation)
        assert json.dumps(written, ensure_ascii=False, allow_nan=False).encode()
        again = parse_annotation(written, schema=SCHEMA_READ, width=WIDTH, height=HEIGHT, **rules)
        assert again == annotation
        for each in annotation.objects:
            alike = similarity(each.shape, each.geometry, each.geometry, image_size=(WIDTH, HEIGHT))
            assert alike == pytest.approx(1.0, abs=1e-6)
            assert all(math.isfinite(edge) for edge in bounds(each.shape, each.geometry))
            assert area(each.shape, each.geometry) >= 0


@given(anything)
def test_no_document_crashes_the_schema_parser(document):
    check_schema(document)


@settings(max_examples=300)
@given(nearly_schemas)
def test_no_nearly_sound_schema_crashes_the_parser_and_what_passes_round_trips(document):
    check_schema(document)


@given(anything, st.booleans())
def test_no_document_crashes_the_annotation_parser(document, complete):
    check_annotation(document, complete)


@settings(max_examples=500)
@given(nearly_annotations, st.booleans())
def test_no_nearly_sound_annotation_crashes_the_parser_and_what_passes_round_trips(document, complete):
    check_annotation(document, complete)


@given(st.lists(st.lists(points, max_size=8), max_size=5))
def test_no_rings_crash_the_parser(rings):
    check_annotation({"objects": [{"label": "cell", "polygon": rings}]}, False)


@settings(max_examples=300)
@given(ascii_runs)
def test_no_run_lengths_crash_the_parser(counts):
    check_annotation({"objects": [{"label": "sky", "mask": {"size": [HEIGHT, WIDTH], "counts": counts}}]}, False)


@given(st.lists(points, min_size=8, max_size=8))
def test_no_corners_crash_the_parser(corners):
    check_annotation({"objects": [{"label": "pallet", "cuboid": corners}]}, False)
