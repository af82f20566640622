import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.geometry import cluster, similarity_matrix
from crowd.geometry.clustering import _average_linkage


@st.composite
def crowds(draw, most=8):
    """A symmetric similarity matrix and who owns each row."""
    n = draw(st.integers(1, most))
    listed = draw(st.lists(st.integers(0, 20), min_size=n * n, max_size=n * n))
    square = np.array(listed).reshape(n, n) / 20
    owner = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    return (square + square.T) / 2, owner


def total_gain(similarity, labels, threshold):
    together = (labels[:, None] == labels[None, :]) & ~np.eye(len(labels), dtype=bool)
    return ((similarity - threshold) * together).sum() / 2


def partitions(n):
    """Every way to put n things into clusters, as labels."""
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1):
        for label in range(max(rest, default=-1) + 2):
            yield [*rest, label]


def allowed(labels, owner):
    return len(set(zip(labels.tolist(), owner.tolist(), strict=True))) == len(labels)


@given(crowds(), st.sampled_from([0.3, 0.5, 0.7]))
def test_no_cluster_holds_two_objects_of_one_owner_and_ids_count_up_from_0(crowd, threshold):
    similarity, owner = crowd
    labels = cluster(similarity, owner, threshold=threshold)
    assert allowed(labels, owner)
    assert list(dict.fromkeys(labels.tolist())) == list(range(labels.max() + 1))
    assert (cluster(similarity, owner, threshold=threshold) == labels).all()


@given(crowds(), st.sampled_from([0.3, 0.5, 0.7]))
def test_putting_objects_back_never_loses_what_average_linkage_found(crowd, threshold):
    similarity, owner = crowd
    first = _average_linkage(similarity, owner[:, None] == owner[None, :], threshold)
    labels = cluster(similarity, owner, threshold=threshold)
    assert total_gain(similarity, labels, threshold) >= total_gain(similarity, first, threshold) - 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_in_noisy_crowds_it_comes_near_the_best_of_all_clusterings(seed):
    # three things seen by up to three workers, so that every clustering can be tried
    rng = np.random.default_rng(seed)
    things = rng.uniform(0, 60, (3, 2))
    seen = [(worker, thing) for worker in range(3) for thing in range(3) if rng.random() < 0.8][:8]
    boxes = [(*(things[thing] + rng.normal(0, 4, 2)), 30, 30) for _, thing in seen]
    owner = np.array([worker for worker, _ in seen], dtype=np.int64)
    similarity = similarity_matrix("box", boxes, boxes, image_size=(100, 100))
    found = total_gain(similarity, cluster(similarity, owner, threshold=0.4), 0.4)
    every = (np.array(labels) for labels in partitions(len(seen)))
    best = max((total_gain(similarity, labels, 0.4) for labels in every if allowed(labels, owner)), default=0.0)
    assert found >= 0.95 * best - 1e-6


def test_two_neighbours_that_one_worker_told_apart_stay_apart():
    # worker 0 drew both a and b; worker 1 drew one box between them, a little nearer to b
    similarity = np.array([[1.0, 0.6, 0.7], [0.6, 1.0, 0.75], [0.7, 0.75, 1.0]])
    assert cluster(similarity, np.array([0, 0, 1]), threshold=0.5).tolist() == [0, 1, 1]


def test_a_greedy_first_choice_is_taken_back_for_a_better_whole():
    # a0 and b0 of worker 0, a1 and b1 of worker 1: the best pair is a0-b1, yet a0-a1 with b0-b1 is better
    similarity = np.array([[1, 0, 0.75, 0.8], [0, 1, 0, 0.75], [0.75, 0, 1, 0], [0.8, 0.75, 0, 1]])
    assert cluster(similarity, np.array([0, 0, 1, 1]), threshold=0.5).tolist() == [0, 1, 0, 1]


def test_objects_of_nobody_and_of_one_worker_are_left_alone():
    assert cluster(np.zeros((0, 0)), np.zeros(0, dtype=np.int64), threshold=0.5).tolist() == []
    assert cluster(np.ones((3, 3)), np.zeros(3, dtype=np.int64), threshold=0.5).tolist() == [0, 1, 2]


def test_ten_workers_with_thirty_boxes_are_clustered_exactly_and_in_milliseconds():
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.arange(6) * 50.0, np.arange(5) * 50.0)
    things = np.stack([x.ravel(), y.ravel()], axis=1)
    boxes = np.concatenate(
        [np.hstack([things + rng.normal(0, 3, (30, 2)), 60 + rng.normal(0, 3, (30, 2))]) for _ in range(10)]
    )
    owner = np.repeat(np.arange(10), 30)
    similarity = similarity_matrix("box", boxes, boxes, image_size=(400, 300))
    spent = []
    for _ in range(5):
        start = time.process_time()
        labels = cluster(similarity, owner, threshold=0.4)
        spent.append(time.process_time() - start)
    assert labels.reshape(10, 30).tolist() == [list(range(30))] * 10
    assert min(spent) < 0.05  # a few milliseconds on an idle core
