"""Which workers' objects are one and the same thing: clusters across workers, never two of one worker in one.

The clustering sought is the one with the greatest sum of (similarity - threshold) over all pairs inside clusters (correlation
clustering, Bansal, Blum and Chawla 2004), under the constraint that a cluster holds at most one object of each owner.
It is found in two steps, both deterministic:

1. Average linkage: of all pairs of clusters without a common owner, join the one with the highest mean similarity, until
   none reaches the threshold.
2. Re-matching: one owner at a time, take all their objects out and put them back by optimal assignment to the clusters of the
   others (or to clusters of their own), which never lowers the sum; until a round changes nothing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

_ROUNDS = 10


def cluster(similarity: NDArray[np.float64], owner: NDArray[np.int64], *, threshold: float) -> NDArray[np.int64]:
    """Cluster id of each object: objects of different owners that are one thing share an id.

    Parameters
    ----------
    similarity : ndarray, shape (n, n)
        Symmetric, 0 to 1; the diagonal is not read.
    owner : ndarray of int, shape (n,)
        Who drew each object.
    threshold : float
        The mean similarity below which things are different.

    Returns
    -------
    ndarray of int64, shape (n,)
        Ids 0, 1, ... in the order of each cluster's first object. No id occurs twice for one owner.
    """
    owner = np.asarray(owner)
    labels = np.arange(len(owner))
    linked = (similarity >= threshold) & (owner[:, None] != owner[None, :])
    _, component = connected_components(csr_array(linked), directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        if len(members) > 1:
            gain = similarity[np.ix_(members, members)]
            labels[members] = members[_component(gain, owner[members], threshold)]
    return _renumbered(labels)


def _renumbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _component(similarity: NDArray[np.float64], owner: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    labels = _average_linkage(similarity, owner, threshold)
    owners, counts = np.unique(owner, return_counts=True)
    if counts.max() == 1 and len(np.unique(labels)) == 1:
        return labels
    gain = similarity - threshold
    np.fill_diagonal(gain, 0.0)
    for _ in range(_ROUNDS):
        before = labels.copy()
        for each in owners.tolist():
            labels = _rematched(gain, owner == each, labels)
        if np.array_equal(before, labels):
            break
    return labels


def _average_linkage(similarity: NDArray[np.float64], owner: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    n = len(owner)
    labels = np.arange(n)
    size = np.ones(n)
    total = np.where(owner[:, None] != owner[None, :], similarity, -np.inf)  # -inf: these two may never join
    mean = total.copy()
    while True:
        a, b = np.unravel_index(int(np.argmax(mean)), mean.shape)
        if not mean[a, b] >= threshold:
            return labels
        labels[labels == b] = a
        total[a] += total[b]
        total[:, a] = total[a]
        size[a] += size[b]
        total[[b], :] = total[:, [b]] = mean[[b], :] = mean[:, [b]] = -np.inf
        total[a, a] = -np.inf
        mean[a] = mean[:, a] = total[a] / (size[a] * size)


def _rematched(gain: NDArray[np.float64], mine: NDArray[np.bool_], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels after taking out the objects of one owner and putting them back where the sum of gains is greatest."""
    members = np.flatnonzero(mine)
    others = np.unique(labels[~mine])
    if not len(others):
        return labels
    indicator = (labels[~mine][:, None] == others[None, :]).astype(np.float64)
    value = gain[np.ix_(mine, ~mine)] @ indicator
    # alone is worth 0; what the objects have now wins a tie, so that rounds end
    stay = 1e-12 * (labels[members][:, None] == others[None, :])
    rows, columns = linear_sum_assignment(
        np.hstack([value + stay, np.zeros((len(members), len(members)))]), maximize=True
    )
    labels = labels.copy()
    used = set(labels[~mine].tolist())
    free = iter([label for label in range(len(labels)) if label not in used])
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        labels[members[row]] = others[column] if column < len(others) else next(free)
    return labels
