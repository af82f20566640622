"""One category against the rest: the figures are those of the plain measures, and the intervals hold them."""

from random import Random

import pytest

from crowd.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, reliability


def rated(raters: int, *, images: int = 60, noise: float = 0.3, seed: int = 1) -> list[list[dict[str, str]]]:
    """Images of one thing each, whose raters say what it is, or else guess."""
    rng = Random(seed)
    found = []
    for _ in range(images):
        truth = rng.choice("abc")
        found.append([{f"w{n}": rng.choice("abc") if rng.random() < noise else truth for n in range(raters)}])
    return found


def counts(images, labels):
    return [[list(one.values()).count(label) for label in labels] for [one] in images]


def test_of_all_labels_it_is_fleiss_kappa_and_krippendorffs_alpha():
    images = rated(4)
    found = reliability(images)
    assert found.kappa.value == pytest.approx(fleiss_kappa(counts(images, "abc")))
    by_rater = [[one[f"w{n}"] for [one] in images] for n in range(4)]
    assert found.alpha.value == pytest.approx(krippendorff_alpha(by_rater))
    assert (found.things, found.raters) == (60, 4)


def test_of_one_category_all_others_count_as_one_label():
    images = rated(4)
    merged = [[{rater: "a" if label == "a" else "rest" for rater, label in one.items()}] for [one] in images]
    assert reliability(images, category="a") == reliability(merged)


def test_two_raters_have_cohens_kappa():
    images = rated(2)
    first, second = ([one[name] for [one] in images] for name in ("w0", "w1"))
    assert reliability(images).kappa.value == pytest.approx(cohen_kappa(first, second))


def test_kappa_is_of_the_things_that_the_usual_number_of_raters_rated_and_alpha_of_all():
    images = rated(3)
    short = [[dict(list(one.items())[:2])] for [one] in images[:10]]
    found = reliability([*short, *images[10:]])
    assert found.kappa.value == pytest.approx(fleiss_kappa(counts(images[10:], "abc")))
    assert found.things == 60


@pytest.mark.parametrize("raters", [2, 5])
def test_the_intervals_cover_the_truth_about_as_often_as_they_say(raters):
    """Raters who guess half of the time agree beyond chance a quarter of it, over many pilots drawn anew."""
    hits = {"kappa": 0, "alpha": 0}
    for seed in range(100):
        found = reliability(rated(raters, images=80, noise=0.5, seed=seed))
        for name in hits:
            low, high = getattr(found, name).interval
            hits[name] += low <= 0.25 <= high
    assert all(86 <= number <= 100 for number in hits.values()), hits


def test_where_nothing_was_rated_twice_nothing_is_said():
    found = reliability([[{"w0": "a"}], []])
    assert found.things == 0
    assert found.kappa.value is None
    assert found.alpha.interval is None


def test_where_all_say_the_same_agreement_is_perfect_and_no_interval_is_made_up():
    found = reliability([[{"w0": "a", "w1": "a", "w2": "a"}]] * 5)
    assert (found.kappa.value, found.alpha.value, found.alpha.interval) == (1.0, 1.0, None)
