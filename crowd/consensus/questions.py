"""Questions as votes: which nominal questions an annotation answers, and what answer the posterior amounts to.

Every question becomes one or more nominal ones, named by a key. A binary or a single question is one, under its
address, its classes being "false" and "true", or the paths. A multiple one is a binary one for each path, under
`address/path`; choosing a path chooses all above it. An optional question left open is answered by the class `OPEN`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from crowd.labels.types import Classification, Value, attached

OPEN = ""
BINARY = ("false", "true")
MAX_CLASSES = 64  # with more options than this only those that someone chose become classes


def opened(questions: Sequence[Classification], answers: Mapping[str, Value]) -> Iterator[tuple[str, Classification]]:
    """Every question these answers face, by address: those asked, and those that the chosen options open."""
    asked = [(question.name, question) for question in questions]
    while asked:
        address, question = asked.pop(0)
        yield address, question
        if address in answers:
            asked[:0] = attached(question, address, answers[address])


def label(question: Classification, answer: Value | None) -> str | None:
    """The class that an answer to a binary or single question votes for; None where a required one is missing."""
    if answer is None:
        return None if question.required else OPEN
    if isinstance(answer, bool):
        return BINARY[answer]
    return answer if isinstance(answer, str) else None


def chosen(answer: Value | None) -> frozenset[str]:
    """The paths that an answer to a multiple question chooses, with all above them."""
    names = [path.split("/") for path in answer] if isinstance(answer, tuple) else []
    return frozenset("/".join(parts[:depth]) for parts in names for depth in range(1, len(parts) + 1))


def classes(question: Classification, seen: Iterable[str]) -> tuple[str, ...]:
    """The classes of a binary or single question, in the schema's order; `seen` are those that someone gave."""
    given = set(seen)
    if question.kind == "binary":
        names: tuple[str, ...] = BINARY
    elif len(question.by_path) <= MAX_CLASSES:
        names = (
            question.leaves()
            if not given
            else tuple(path for path, option in question.by_path.items() if not option.options or path in given)
        )
    else:
        names = tuple(sorted(given & set(question.order), key=question.order.__getitem__))
    strange = sorted(given - set(names) - {OPEN})
    return (*names, *strange, *([OPEN] if OPEN in given else []))


def settle(question: Classification, chances: Mapping[str, float]) -> tuple[Value | None, float]:
    """The answer to a binary or single question and its confidence, from the classes' probabilities.

    A path is followed from the root to the most probable child, as deep as its mass (with all below it) stays above
    one half; so disagreement deep down falls back to the deepest level that is more likely right than wrong. The
    first level, or leaving the question open, is taken whatever its probability. Ties go to the schema's order.
    """
    if question.kind == "binary":
        best = max(chances, key=lambda name: (chances[name], -_place(name)))
        return (None if best == OPEN else best == "true"), chances[best]
    mass = _masses(chances)
    path, confidence = _best(mass, question, "")
    while path != OPEN:
        deeper, chance = _best(mass, question, f"{path}/")
        if not deeper or chance <= 0.5:
            break
        path, confidence = deeper, chance
    return (path or None), min(confidence, 1.0)


def _place(name: str) -> int:
    return ("false", "true", OPEN).index(name)


def _masses(chances: Mapping[str, float]) -> dict[str, float]:
    mass: dict[str, float] = {}
    for name in sorted(chances):
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            mass[above] = mass.get(above, 0.0) + chances[name]
    return mass


def _best(mass: Mapping[str, float], question: Classification, start: str) -> tuple[str, float]:
    """The most probable of the paths exactly one level below `start`."""
    last = len(question.order)
    children = [name for name in mass if name.startswith(start) and "/" not in name[len(start) :] and name != start]
    if start == "" and OPEN in mass and OPEN not in children:
        children.append(OPEN)
    if not children:
        return "", 0.0
    best = min(children, key=lambda name: (-mass[name], question.order.get(name, last), name))
    return best, mass[best]
