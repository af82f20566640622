"""What routing by a model's score comes to: how many tasks go which way, what it saves, and how often it is wrong."""

from dataclasses import dataclass

from crowd.agreement import proportion_interval
from crowd.models import Project
from crowd.queries.quality import reading


@dataclass(frozen=True)
class Told:
    """Pre-labels sure enough to be trusted, of which so many were right where more than their acceptance tells."""

    kind: str
    checked: int
    wrong: int

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share of wrong ones lies with 95 % probability."""
        return proportion_interval(self.wrong, self.checked)

    @property
    def share(self) -> float | None:
        """The share of wrong ones."""
        return self.wrong / self.checked if self.checked else None


@dataclass(frozen=True)
class Routing:
    """`trusted` and `checked` tasks by now, those of the trusted that are settled, and the answers these took.

    `error` joins what images with all answers say and what gold says; `accepted` is what the workers who looked at the
    trusted ones changed, which says little of the model, as they saw its proposal.
    """

    trusted: int
    checked: int
    settled: int
    answers: int
    overlap: int
    error: Told
    by_checks: Told
    by_gold: Told
    accepted: Told

    @property
    def spared(self) -> int:
        """Answers that full overlap would have asked for at least, and that were not needed."""
        return max(self.settled * self.overlap - self.answers, 0)

    @property
    def per_image(self) -> float | None:
        """Answers that a settled trusted image took."""
        return self.answers / self.settled if self.settled else None


def of(project: Project) -> Routing:
    """Return a project's, from figures kept up to date."""
    ways: dict[tuple[str, str], tuple[int, int]] = {}
    for one in reading.sums(project, "route"):
        ways[one.key, one.other] = one.n, one.total
    told: dict[str, list[int]] = {"trusted": [0, 0], "checked": [0, 0], "gold": [0, 0]}
    for one in reading.sums(project, "accepted"):
        told[one.key][0] += one.n
        told[one.key][1] += one.n if one.other == "wrong" else 0
    parts = (Told("checked", *told["checked"]), Told("gold", *told["gold"]))
    settled, answers = ways.get(("trusted", "resolved"), (0, 0))
    return Routing(
        trusted=sum(n for (way, state), (n, _) in ways.items() if way == "trusted" and state != "excluded"),
        checked=sum(n for (way, state), (n, _) in ways.items() if way == "checked" and state != "excluded"),
        settled=settled,
        answers=answers,
        overlap=project.overlap,
        error=Told("both", sum(one.checked for one in parts), sum(one.wrong for one in parts)),
        by_checks=parts[0],
        by_gold=parts[1],
        accepted=Told("trusted", *told["trusted"]),
    )
