"""What is in a release, counted in one pass: the figures that its card, its manifest and its readers are told."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from crowd.formats.base import ReleaseItem

NAME: Final = "statistics"
FILENAME: Final = "statistics.json"
BINS: Final = 10  # of confidence, from 0 to 1


class Statistics:
    """The figures while they grow, in memory that does not grow with the number of images."""

    def __init__(self) -> None:
        self.images = 0
        self._answers: dict[str, Counter[str]] = defaultdict(Counter)
        self._objects: Counter[str] = Counter()
        self._shown: Counter[str] = Counter()
        self._splits: dict[str, Counter[str]] = defaultdict(Counter)
        self._methods: Counter[str] = Counter()
        self._guidelines: Counter[int] = Counter()
        self._confidence = [0] * BINS
        self._agreement, self._agreed = 0.0, 0
        self._asked: Counter[int] = Counter()
        self._workers: set[str] = set()
        self._sizes: Counter[tuple[int, int]] = Counter()

    def counted(self, items: Iterable[ReleaseItem]) -> Iterator[ReleaseItem]:
        """Yield the items, counting each."""
        for item in items:
            self.add(item)
            yield item

    def add(self, item: ReleaseItem) -> None:
        """Count one."""
        self.images += 1
        self._methods[item.method] += 1
        self._guidelines[item.guideline] += 1
        self._asked[len(item.lineage)] += 1
        self._workers.update(step.worker for step in item.lineage)
        self._sizes[item.image.width, item.image.height] += 1
        if item.confidence is not None:
            self._confidence[min(BINS - 1, int(item.confidence * BINS))] += 1
        if item.agreement is not None:
            self._agreement, self._agreed = self._agreement + item.agreement, self._agreed + 1
        named = self._name(item)
        split = self._splits[item.split or ""]
        split[""] += 1
        split.update(named)

    def _name(self, item: ReleaseItem) -> set[str]:
        """Count what the label says, and return its names."""
        named = set()
        for question, value in item.annotation.classifications.items():
            said = [str(value).lower()] if isinstance(value, bool) else [value] if isinstance(value, str) else value
            self._answers[question].update(said)
            named |= {f"{question}/{each}" for each in said}
        classes = [each.label for each in item.annotation.objects]
        self._objects.update(classes)
        self._shown.update(set(classes))
        return named | set(classes)

    def to_json(self) -> dict[str, Any]:
        """Return all figures, in a fixed order.

        `answers` counts by question and answer, `objects` by class with the `images` they are on; `confidence` counts
        labels in ten equal parts of 0 to 1; `agreement` is the mean over the labels that have one; `asked` counts
        labels by how many answers they came from; `splits` counts by split and what is in it (`""`: images).
        """
        splits = {name: dict(sorted(found.items())) for name, found in sorted(self._splits.items()) if name}
        widths, heights = [w for w, _ in self._sizes] or [0], [h for _, h in self._sizes] or [0]
        return {
            "images": self.images,
            "labels": self._objects.total() + sum(found.total() for found in self._answers.values()),
            "answers": {question: dict(found.most_common()) for question, found in sorted(self._answers.items())},
            "objects": {
                name: {"objects": number, "images": self._shown[name]} for name, number in self._objects.most_common()
            },
            "splits": splits,
            "methods": dict(sorted(self._methods.items())),
            "guidelines": {str(number): found for number, found in sorted(self._guidelines.items())},
            "confidence": self._confidence,
            "agreement": self._agreement / self._agreed if self._agreed else None,
            "asked": {str(number): found for number, found in sorted(self._asked.items())},
            "workers": len(self._workers),
            "sizes": {
                "kinds": len(self._sizes),
                "width": [min(widths), max(widths)],
                "height": [min(heights), max(heights)],
            },
        }
