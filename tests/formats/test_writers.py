"""What every writer promises."""

import io
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings

from crowd.formats import WRITERS
from tests.formats.items import META, SCHEMA, everything, items, many, written

ASIDE = {  # what is left out beside whole objects and answers
    "an attribute of an object",
    "an object's own id",
    "an object's score",
    "the bytes of an image, which this release does not pack",
}
EVERY = pytest.mark.parametrize("name", WRITERS)


def test_the_registry_names_each_writer_and_its_file():
    assert [writer.name for writer in WRITERS.values()] == list(WRITERS)
    assert len({writer.filename for writer in WRITERS.values()}) == len(WRITERS)


@EVERY
def test_the_same_items_give_the_same_bytes_at_any_time(name, monkeypatch):
    first = written(name, [everything(), *many(20)])
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))

    assert written(name, [everything(), *many(20)]) == first


@EVERY
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(release=items())
def test_every_object_is_written_or_reported(name, release):
    _, report = written(name, release)

    assert report.images == len(release)
    total = sum(len(each.annotation.objects) + len(each.annotation.classifications) for each in release)
    assert report.labels + sum(times for what, times in report.left_out.items() if what not in ASIDE) == total


@EVERY
def test_an_empty_release_can_be_written(name):
    _, report = written(name, [])

    assert (report.images, report.labels, report.left_out, report.approximated) == (0, 0, {}, {})


@EVERY
def test_memory_does_not_grow_with_the_number_of_images(name):
    def peak(count: int) -> int:
        class Discard(io.RawIOBase):
            def writable(self):
                return True

            def write(self, data):
                return len(data)

        tracemalloc.start()
        try:
            WRITERS[name].write(many(count), schema=SCHEMA, sink=Discard(), meta=META)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)  # what is loaded and cached once
    assert peak(1000) < peak(280) + 250_000
