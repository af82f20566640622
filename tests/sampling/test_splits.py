"""Splits: alike in each class, whole by group, the same for ever."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from crowd.sampling.splits import Unit, assign, strata

THIRDS = {"train": 0.7, "val": 0.2, "test": 0.1}


def units(count, *, groups=None, start=0):
    """Images of which a tenth shows a fox, the others a cat or a dog."""
    return [
        Unit(
            key=n,
            group=f"g{n % groups}" if groups else str(n),
            labels=frozenset({"fox"} if n % 10 == 0 else {"cat", "animal"} if n % 2 else {"dog", "animal"}),
        )
        for n in range(start, start + count)
    ]


def test_the_rarest_label_is_the_stratum():
    assert strata([Unit(1, "1", frozenset({"a", "b"})), Unit(2, "2", frozenset({"a"})), Unit(3, "3")]) == {
        1: "b",
        2: "a",
        3: "",
    }


def test_each_class_is_spread_by_the_shares_to_within_one_image():
    made = assign(units(1000), fractions=THIRDS, kept={}, seed="p")
    stratum = strata(units(1000))
    for label, size in Counter(stratum.values()).items():
        found = Counter(made[key] for key in made if stratum[key] == label)
        assert all(abs(found[name] - share * size) <= 1 for name, share in THIRDS.items())


def test_images_of_one_group_are_never_torn_apart():
    made = assign(units(400, groups=37), fractions=THIRDS, kept={}, seed="p")
    assert all(len({made[unit.key] for unit in units(400, groups=37) if unit.group == f"g{g}"}) == 1 for g in range(37))
    assert abs(Counter(made.values())["train"] - 280) <= 15


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 20))
def test_what_was_drawn_stays_when_more_images_come(first, more, groups):
    before = assign(units(first, groups=groups), fractions=THIRDS, kept={}, seed="p")
    after = assign(units(first + more, groups=groups), fractions=THIRDS, kept=before, seed="p")
    assert {key: after[key] for key in before} == before
    assert set(after) == set(range(first + more))


def test_the_order_in_which_images_are_given_changes_nothing():
    assert assign(reversed(units(50)), fractions=THIRDS, kept={}, seed="p") == assign(
        units(50), fractions=THIRDS, kept={}, seed="p"
    )
    assert assign(units(50), fractions=THIRDS, kept={}, seed="q") != assign(
        units(50), fractions=THIRDS, kept={}, seed="p"
    )


def test_a_split_that_is_no_longer_asked_for_is_drawn_anew_and_one_with_no_share_gets_nothing():
    made = assign(units(50), fractions={"train": 1.0, "test": 0.0}, kept={1: "val", 2: "test"}, seed="p")
    assert made[1] == "train"
    assert made[2] == "test"
    assert Counter(made.values()) == {"train": 49, "test": 1}
