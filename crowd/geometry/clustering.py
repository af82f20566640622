"""Which workers' objects are one and the same thing: clusters across workers, never two of one worker in one.

The clustering sought has the greatest sum of (similarity - threshold) over all pairs inside clusters (correlation
clustering: Bansal, Blum and Chawla, Machine Learning 56, 2004), at most one object of each owner in a cluster. It is
found in two steps, both deterministic:

1. Average linkage: of all pairs of clusters without a common owner, join the one with the highest mean similarity,
   while that reaches the threshold. Pairs that are each other's best are joined at once; it ends in the same clusters
   (joining never brings two clusters nearer than the nearer of their parts was: Murtagh, Computer Journal 26, 1983; a
   forbidden pair stays forbidden, so the constraint keeps that true).
2. Re-matching: one owner at a time, all their objects are taken out and put back by optimal assignment to the clusters
   of the others, or to none, which never lowers the sum; until nothing changes. Owners of whom every object is where
   it gains most are passed over.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

_ROUNDS = 20
_TINY = 1e-9  # a gain below this is rounding, and moves nothing


def cluster(similarity: NDArray[np.float64], owner: NDArray[np.int64], *, threshold: float) -> NDArray[np.int64]:
    """Cluster id of each object: objects of different owners that are one thing share an id.

    Parameters
    ----------
    similarity : ndarray, shape (n, n)
        Symmetric, 0 to 1; the diagonal and pairs of one owner are not read.
    owner : ndarray of int, shape (n,)
        Who drew each object.
    threshold : float
        Above 0: the mean similarity below which things are different. Where one thing's outlines vary much and
        neighbours hardly overlap, a little below the similarity asked of a match serves best (0.3 to 0.4 for IoU).

    Returns
    -------
    ndarray of int64, shape (n,)
        Ids 0, 1, ... in the order of each cluster's first object. No id occurs twice for one owner.
    """
    similarity, owner = np.asarray(similarity, dtype=np.float64), np.asarray(owner)
    labels = np.arange(len(owner))
    if not len(owner):
        return labels
    rivals = owner[:, None] == owner[None, :]
    linked = (similarity >= threshold) & ~rivals
    count, component = connected_components(csr_array(linked), directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(component, minlength=count))[:-1]):
        square = np.ix_(members, members)
        if linked[square].sum() == len(members) * (len(members) - 1):  # all alike, all of different owners
            labels[members] = members[0]
        else:
            inside = _average_linkage(similarity[square], rivals[square], threshold)
            inside = _rematched(np.where(rivals[square], 0.0, similarity[square] - threshold), owner[members], inside)
            labels[members] = members[inside]
    return _numbered(labels)


def _numbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same clusters as 0, 1, ... in the order of their first members."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _average_linkage(similarity: NDArray[np.float64], rivals: NDArray[np.bool_], threshold: float) -> NDArray[np.int64]:
    labels = np.arange(len(similarity))
    clusters = labels.copy()  # of each row of the matrices below, the label
    total, size = similarity.copy(), np.ones(len(similarity))
    rivals = rivals.copy()
    while True:
        mean = np.where(rivals, -np.inf, total / (size[:, None] * size[None, :]))
        best = mean.argmax(axis=1)
        rows = np.arange(len(best))
        # of equals argmax takes the first, so the highest of all pairs is always mutual and every round joins some
        joins = (best[best] == rows) & (rows < best) & (mean[rows, best] >= threshold)
        if not joins.any():
            return labels
        keep, drop = rows[joins], best[joins]
        for kept, dropped in zip(clusters[keep].tolist(), clusters[drop].tolist(), strict=True):
            labels[labels == dropped] = kept
        total[keep] += total[drop]
        total[:, keep] += total[:, drop]
        rivals[keep] |= rivals[drop]
        rivals[:, keep] |= rivals[:, drop]
        size[keep] += size[drop]
        left = np.ones(len(rows), dtype=bool)
        left[drop] = False
        total, rivals = total[left][:, left], rivals[left][:, left]
        size, clusters = size[left], clusters[left]


def _rematched(gain: NDArray[np.float64], owner: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    for _ in range(_ROUNDS):
        labels = _numbered(labels)
        value = gain @ (labels[:, None] == np.arange(labels.max() + 1)).astype(np.float64)
        now = value[np.arange(len(labels)), labels]
        unhappy = np.unique(owner[np.maximum(value.max(axis=1), 0.0) > now + _TINY])
        before = labels
        for each in unhappy.tolist():
            labels = _put_back(gain, owner == each, labels)
        if np.array_equal(_numbered(labels), before):
            break
    return _numbered(labels)


def _put_back(gain: NDArray[np.float64], mine: NDArray[np.bool_], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels after one owner's objects were taken out and put back where the sum of their gains is greatest."""
    members = np.flatnonzero(mine)
    others = np.unique(labels[~mine])
    value = gain[np.ix_(mine, ~mine)] @ (labels[~mine][:, None] == others[None, :]).astype(np.float64)
    # what stands wins a tie, so that rounds end; alone is worth 0
    value += _TINY * (labels[members][:, None] == others[None, :])
    alone = np.zeros((len(members), len(members)))
    rows, columns = linear_sum_assignment(np.hstack([value, alone]), maximize=True)
    result = labels.copy()
    fresh = int(labels.max()) + 1
    result[members[rows]] = [
        others[column] if column < len(others) else fresh + row
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    return result
