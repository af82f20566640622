"""The circle of gold: each class spread evenly round it, so that whoever walks it meets every class in proportion.

A worker starts anywhere and goes round once. On any arc the gold of a class is, up to a logarithm of its number, the
arc's share of it: nobody meets all the cats first, and no gold is met more often than another.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from itertools import count

from crowd.labels.types import Annotation, Schema


def category(annotation: Annotation, *, schema: Schema) -> str:
    """The class that an answer stands for: one short text, empty where it says nothing.

    The first question about the image, in the schema's order, that is answered by one option or by yes or no (`blurred`
    or `not blurred`); without one, the commonest class of its objects, the first of the schema where several are.
    """
    for question in schema.classifications:
        value = annotation.classifications.get(question.name)
        if isinstance(value, bool):
            return question.name if value else f"not {question.name}"
        if isinstance(value, str):
            return value
    labels = Counter(item.label for item in annotation.objects)
    order = {each.name: place for place, each in enumerate(schema.objects)}
    return min(labels, key=lambda label: (-labels[label], order.get(label, len(order)), label), default="")


def next_place(of: str, *, taken: Collection[float]) -> float:
    """The place of one more gold of a class, in [0, 1): the first in the class's sequence that is not `taken`.

    So the place of a gold that went is filled again, before the arc grows finer elsewhere.
    """
    occupied = set(taken)
    return next(spot for spot in (place(of, rank) for rank in count()) if spot not in occupied)


def place(of: str, rank: int) -> float:
    """The place, in [0, 1), of the class's gold number `rank` (from 0): van der Corput's sequence in base 2, turned.

    The first n of it leave no gap above 2 / n (van der Corput 1935). Each class is turned by an angle of its own, or
    the first gold of all of them would lie on one spot.
    """
    digest = hashlib.sha256(of.encode()).digest()
    return (int.from_bytes(digest[:6], "big") / 2**48 + _mirrored(rank)) % 1.0


def _mirrored(number: int) -> float:
    """The binary digits of a number behind the point, in reverse order."""
    value, step = 0.0, 0.5
    while number:
        number, digit = divmod(number, 2)
        value += digit * step
        step /= 2
    return value
