"""What a column's constraint cannot say: that a row, once it is something, stays so."""

import functools
import operator

import pgtrigger


def changed(*fields: str) -> pgtrigger.Q:
    """Return the condition that an update changes any of the fields; unlike pgtrigger.AnyChange it combines with Q."""
    return functools.reduce(
        operator.or_, (pgtrigger.Q(**{f"old__{field}__df": pgtrigger.F(f"new__{field}")}) for field in fields)
    )
