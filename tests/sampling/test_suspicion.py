"""Gold suspected of being wrong itself."""

import random

from crowd.sampling import suspicion
from crowd.sampling.suspicion import Finding, Witness, suspect, trusted

SURE = Witness(seen=20, passed=20, right=False)
FAIR = Witness(seen=8, passed=7, right=False)


def right(one: Witness) -> Witness:
    return Witness(one.seen, one.passed, right=True)


def found(witnesses: list[Witness], answers: str) -> Finding | None:
    """What comes of witnesses who gave these answers, a letter each."""
    return suspect(witnesses, [[one == other for other in answers] for one in answers])


def test_a_record_is_trusted_once_it_proves_more_right_than_wrong() -> None:
    assert [trusted(seen=n, passed=n) for n in (0, 1, 3, 4, 5)] == [False, False, False, True, True]
    assert [trusted(seen=8, passed=n) for n in (6, 7)] == [False, True]
    assert not trusted(seen=100, passed=55)


def test_three_who_agree_against_nobody_are_enough_and_two_are_not() -> None:
    finding = found([SURE, SURE, SURE], "BBB")
    assert finding is not None
    assert (finding.gave, finding.of) == (3, 3)
    assert finding.probability == round(729 / 19 / (1 + 729 / 19), 4)
    assert found([SURE, SURE], "BB") is None


def test_those_who_gave_the_gold_answer_speak_for_it() -> None:
    assert found([SURE, SURE, SURE, right(SURE)], "BBBA") is None
    assert found([SURE, SURE, SURE, SURE, right(SURE)], "BBBBA") is not None


def test_who_disagrees_with_everybody_proves_nothing() -> None:
    assert found([SURE] * 6, "BCDEFG") is None
    finding = found([SURE] * 5, "CBBBD")
    assert finding is not None
    assert (finding.witness, finding.gave, finding.of) == (1, 3, 5)


def test_a_worse_record_speaks_less() -> None:
    assert found([FAIR, FAIR, FAIR], "BBB") is None
    assert found([FAIR] * 4, "BBBB") is not None


def test_right_gold_is_hardly_ever_suspected_and_wrong_gold_mostly() -> None:
    """Ten workers who are right nine times in ten, three classes, a thousand gold answers each way."""
    rng = random.Random(7)

    def share(gold: str) -> float:
        hits = 0
        for _ in range(1000):
            answers = "".join("A" if rng.random() < 0.9 else rng.choice("BC") for _ in range(10))
            witnesses = [Witness(30, 27, right=one == gold) for one in answers]
            hits += found(witnesses, answers) is not None
        return hits / 1000

    assert share("A") <= 0.005
    assert share("B") >= 0.95
    assert suspicion.PRIOR < suspicion.SURE
