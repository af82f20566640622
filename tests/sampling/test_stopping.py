import pytest

from crowd.sampling import next_step


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
