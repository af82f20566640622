"""Plain labels indexed: whatever holds them, the same votes."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.consensus.aggregating import merge_labels, tabulate, tabulate_columns
from crowd.consensus.votes import Votes, softmax
from crowd.errors import Invalid

ROWS = st.lists(st.tuples(st.sampled_from("vwxyz"), st.sampled_from("abc"), st.sampled_from(["10", "9", "no"])))


@given(ROWS.filter(bool))
def test_rows_lists_and_arrow_columns_are_one_table(rows):
    columns = [list(each) for each in zip(*rows, strict=True)]
    plain = tabulate(rows)
    for others in (columns, [pa.chunked_array([each[:1], each[1:]], type=pa.string()) for each in columns]):
        table = tabulate_columns(*others)
        assert (table.tasks, table.workers, table.labels) == (plain.tasks, plain.workers, plain.labels)
        for name in ("tasks", "workers", "labels"):
            assert np.array_equal(getattr(table.votes, name), getattr(plain.votes, name))


@given(ROWS.filter(bool))
def test_the_last_answer_of_a_worker_counts_and_numbers_sort_as_numbers(rows):
    table = tabulate(rows)
    said = zip(table.votes.tasks, table.votes.workers, table.votes.labels, strict=True)
    latest = {(task, worker): label for task, worker, label in rows}
    assert {(table.tasks[t], table.workers[w]): table.labels[k] for t, w, k in said} == latest
    assert table.labels == tuple(name for name in ("9", "10", "no") if name in latest.values())


def test_no_rows_are_refused_and_no_method_of_that_name_too():
    with pytest.raises(Invalid, match="no answers"):
        tabulate([])
    with pytest.raises(Invalid, match="no consensus method"):
        merge_labels([("a", "b", "c")], method="magic")


def test_probabilities_survive_scores_of_any_size():
    scores = np.array([[-2000.0, -2001.0], [800.0, 0.0], [0.0, 0.0], [-np.inf, 5.0]])
    wanted = [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))], [1, 0], [0.5, 0.5], [0, 1]]
    assert softmax(scores) == pytest.approx(np.array(wanted))


def test_votes_in_any_order_make_the_same_sums():
    rng = np.random.default_rng(0)
    tasks, workers, labels = rng.integers(0, 9, 50), rng.integers(0, 4, 50), rng.integers(0, 3, 50)
    order = np.argsort(tasks, kind="stable")
    mixed, sorted_ = (Votes.of(tasks[o], workers[o], labels[o], shape=(9, 4, 3)) for o in (np.arange(50), order))
    chances = rng.random((9, 3))
    expected = np.zeros((4, 3, 3))
    np.add.at(expected, (workers, slice(None), labels), chances[tasks])
    for votes in (mixed, sorted_):
        assert votes.counts(chances) == pytest.approx(expected)
        assert votes.evidence(expected) == pytest.approx(
            np.stack([expected[workers[tasks == t], :, labels[tasks == t]].sum(axis=0) for t in range(9)])
        )
