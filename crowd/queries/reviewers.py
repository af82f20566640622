"""What reviewers' rulings tell: of one another, and of classes that are confused again and again."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from crowd import sampling
from crowd.agreement import cohen_kappa, proportion_interval
from crowd.labels.annotation import parse_annotation
from crowd.models import Conflict, Consensus, Project
from crowd.queries import versions
from crowd.queries.rulings import SURE

NEWEST = 1000  # conflicts that are looked at
FEWEST, SHARE, MOST = 5, 0.1, 5  # so many conflicts, that share of them, and so many pairs told
_CONFUSED = """
    WITH newest AS (
        SELECT confused FROM crowd_conflict
        WHERE project_id = %(project)s AND closed_at IS NOT NULL AND ruling_id IS NOT NULL
        ORDER BY closed_at DESC LIMIT %(newest)s
    )
    SELECT pair, count(*), (SELECT count(*) FROM newest)
    FROM newest, unnest(confused) pair GROUP BY pair ORDER BY count(*) DESC, pair LIMIT %(most)s
"""


@dataclass(frozen=True)
class SecondLooks:
    """How far two reviewers agree who ruled on the same without seeing each other's ruling.

    `agreed` is the share of equal rulings, with its interval; `likeness` the mean score of both documents; `kappa`
    Cohen's, of the classes that they stand for. None where nobody has ruled twice.
    """

    count: int
    agreed: float | None
    interval: tuple[float, float]
    likeness: float | None
    kappa: float | None


@dataclass(frozen=True)
class Confusion:
    """Two classes given for the same thing in `times` of the last `of` conflicts that were ruled on."""

    first: str
    second: str
    times: int
    of: int


def second_looks(project: Project) -> SecondLooks:
    """Return how far the first and the second ruling agreed, of the newest that were given twice."""
    rows = Conflict.objects.filter(project=project, kind=Conflict.Kind.SECOND_REVIEW, agreement__isnull=False)
    found = list(
        rows.select_related("consensus__guideline", "ruling__guideline", "task__image").order_by("-closed_at")[:NEWEST]
    )
    if not found:
        return SecondLooks(0, None, (0.0, 1.0), None, None)
    alike = [float(one.agreement or 0.0) for one in found]
    same = sum(value >= 1.0 - SURE for value in alike)
    pairs = [(_category(one, one.consensus), _category(one, one.ruling)) for one in found]
    kappa = cohen_kappa([first for first, _ in pairs], [second for _, second in pairs])
    return SecondLooks(
        len(found), same / len(found), proportion_interval(same, len(found)), sum(alike) / len(alike), kappa
    )


def told(found: SecondLooks) -> dict[str, Any]:
    """Return it as the API tells it."""
    return {
        "second_looks": found.count,
        "agreed": found.agreed,
        "interval": list(found.interval),
        "likeness": found.likeness,
        "kappa": found.kappa,
    }


def confusions(project: Project) -> list[Confusion]:
    """Return the pairs of classes that answers confuse so often that the guideline should say more, the worst first."""
    with connection.cursor() as cursor:
        cursor.execute(_CONFUSED, {"project": project.pk, "newest": NEWEST, "most": MOST})
        rows = cursor.fetchall()
    found = []
    for pair, times, newest in rows:
        first, _, second = pair.partition(" | ")
        if second and times >= FEWEST and times >= SHARE * newest:
            found.append(Confusion(first, second, times, newest))
    return found


def _category(found: Conflict, ruling: Consensus | None) -> str:
    assert ruling is not None  # both were given
    schema, image = versions.schema_of(ruling.guideline), found.task.image
    read = parse_annotation(
        ruling.annotation, schema=schema, width=image.width, height=image.height, complete=False, lenient=True
    )
    return sampling.category(read, schema=schema)
