"""Numbers as drawings."""

from crowd.web.charts import interval_of, progress_of


def test_the_bar_is_whole_and_excluded_images_are_no_work() -> None:
    progress = progress_of({"resolved": 3, "open": 1, "excluded": 100})
    assert (progress.total, progress.done, progress.percent) == (4, 3, 75)
    assert sum(segment.width for segment in progress.segments) == 100


def test_nothing_is_no_progress() -> None:
    progress = progress_of({})
    assert (progress.total, progress.percent, [s.width for s in progress.segments]) == (0, 0, [0, 0, 0, 0])


def test_almost_done_is_not_done() -> None:
    assert progress_of({"resolved": 999, "open": 1}).percent == 99


def test_an_interval_is_told_in_words_and_in_percent_of_the_bar() -> None:
    interval = interval_of(0.25, 0.75, 0.5)
    assert (interval.low, interval.width, interval.middle) == (25, 50, 50)
    assert interval.text == "very likely between 25% and 75%"
