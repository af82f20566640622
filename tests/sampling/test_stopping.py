import pytest

from crowd.sampling import in_doubt, next_step


@pytest.mark.parametrize(
    ("answers", "confidence", "step"),
    [
        (0, 0.0, "wait"),
        (2, 0.99, "wait"),
        (3, 0.9, "resolve"),
        (3, 0.89, "ask"),
        (6, 0.5, "ask"),
        (7, 0.5, "escalate"),
        (8, 0.95, "resolve"),
    ],
)
def test_overlap_then_target_then_more_answers_then_a_reviewer(answers, confidence, step):
    assert next_step(answers=answers, confidence=confidence, target=0.9, overlap=3, max_overlap=7) == step


@pytest.mark.parametrize(
    ("answers", "confidence", "gain", "step"),
    [
        (3, 0.5, 0.1, "ask"),  # a tie that anybody may break
        (6, 0.5, 0.1, "ask"),  # with the last answer too
        (3, 0.5, 0.005, "escalate"),  # four answers would bring 0.02 of the 0.4 that are missing
        (3, 0.8, 0.005, "ask"),  # but they are worth it where 0.1 is missing
        (3, 0.6, 0.0, "escalate"),
        (2, 0.6, 0.0, "wait"),
        (3, 0.95, 0.5, "resolve"),
    ],
)
def test_a_task_that_more_answers_would_hardly_settle_goes_to_a_reviewer_at_once(answers, confidence, gain, step):
    settings = {"target": 0.9, "overlap": 3, "max_overlap": 7}
    assert next_step(answers=answers, confidence=confidence, gain=gain, **settings) == step


@pytest.mark.parametrize(
    ("confidence", "target", "doubt"),
    [
        (0.9, 0.9, False),
        (0.81, 0.9, False),
        (0.79, 0.9, True),
        (0.89, 0.95, True),
        (0.0, 0.5, False),
        (1.0, 1.0, False),
    ],
)
def test_what_was_settled_is_in_doubt_once_its_error_is_twice_what_is_tolerated(confidence, target, doubt):
    assert in_doubt(confidence, target=target) is doubt
