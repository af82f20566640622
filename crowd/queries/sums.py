"""What all processes have counted, as Prometheus reads it."""

from collections.abc import Iterable

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric

from crowd.models import Measure
from crowd.telemetry import measures

MOST_LINES = 20_000


def families() -> list[Metric]:
    """Return every figure that is counted, those without any count too, so that a dashboard finds its name."""
    found: dict[str, Metric] = {name: _empty(name, family) for name, family in measures.FAMILIES.items()}
    for row in _rows():
        family = measures.FAMILIES.get(row.name)
        if family is not None and len(row.labels) == len(family.labels):  # else of another version
            _add(found[row.name], family, row)
    return list(found.values())


def _rows() -> Iterable[Measure]:
    return Measure.objects.order_by("name", "labels")[:MOST_LINES]


def _empty(name: str, family: measures.Family) -> Metric:
    kind = HistogramMetricFamily if family.bounds else CounterMetricFamily
    return kind(f"crowd_{name}", family.told, labels=family.labels)


def _add(metric: Metric, family: measures.Family, row: Measure) -> None:
    if isinstance(metric, CounterMetricFamily):
        metric.add_metric(row.labels, row.count)
        return
    assert isinstance(metric, HistogramMetricFamily)
    buckets, so_far = [], 0
    for place, bound in enumerate([*map(str, family.bounds), "+Inf"]):
        so_far += row.buckets[place] if place < len(row.buckets) else 0
        buckets.append((bound, so_far))
    metric.add_metric(row.labels, buckets, row.total)
