"""Carrying answers from one schema to another; see `crowd.labels.migration`."""

from collections.abc import Mapping
from dataclasses import dataclass

from crowd.labels.renames import Renames
from crowd.labels.types import Classification, LabelledObject, Schema, Space, Value, attached


@dataclass(frozen=True)
class Loss:
    """Something at `path` of the old document that was not carried, or only in part, and why.

    `undecided` where it was divided and its rule does not say what this one is: people must tell.
    """

    path: str
    reason: str
    undecided: bool = False


@dataclass(frozen=True)
class Split:
    """The rule that says what one old class or option becomes.

    `by` is a question: for a class, one of its attributes (by its address within the object); for an option, another
    question about the same image or object. `into` maps that question's answer (an option's path, or `true` or
    `false`) to the new address, an answer finer than any of the keys counting as the nearest one above it;
    `otherwise` is for any other answer and none.
    """

    by: str
    into: Mapping[str, str]
    otherwise: str | None = None

    def choose(self, answers: Mapping[str, Value]) -> str | None:
        """The new address under these answers."""
        answer = answers.get(self.by)
        given = [str(answer).lower()] if isinstance(answer, bool) else [answer] if isinstance(answer, str) else answer
        for path in given or ():
            names = path.split("/")
            for depth in range(len(names), 0, -1):
                above = "/".join(names[:depth])
                if above in self.into:
                    return self.into[above]
        return self.otherwise


@dataclass(frozen=True)
class Plan:
    """Both schemas and what is known of the way between them."""

    old: Schema
    new: Schema
    renames: Renames
    splits: Mapping[str, Split]


@dataclass(frozen=True)
class MovedAnswers:
    """Answers under the new schema, what was lost, and which required questions nobody answered."""

    answers: Mapping[str, Value]
    losses: tuple[Loss, ...]
    unanswered: tuple[str, ...]


def split_label(plan: Plan, each: LabelledObject) -> str | None:
    """The new label of an object; None where its class was split and the rule does not say."""
    if each.label in plan.splits:
        return plan.splits[each.label].choose(each.attributes)
    return plan.renames.new_address("objects", each.label)


def migrate_answers(
    plan: Plan, space: Space, answers: Mapping[str, Value], old_prefix: str, new_prefix: str, path: str
) -> MovedAnswers:
    """The answers with both prefixes (`car/`, or nothing for questions about the image) taken off their addresses."""
    losses: list[Loss] = []
    moved: dict[str, Value] = {}
    came_from: dict[str, str] = {}
    for address, value in answers.items():
        at = f"{path}.{address}"
        question = plan.old.nodes.get((space, old_prefix + address))
        new_address = plan.renames.new_address(space, old_prefix + address)
        if (
            new_prefix != old_prefix
            and new_address.startswith(old_prefix)
            and (space, new_address) not in plan.new.nodes
        ):
            new_address = new_prefix + new_address.removeprefix(old_prefix)  # a split moves what lies below along
        target = plan.new.nodes.get((space, new_address))
        if not isinstance(question, Classification) or not isinstance(target, Classification):
            losses.append(Loss(at, "the question is no longer in the schema"))
        elif not new_address.startswith(new_prefix):
            losses.append(Loss(at, "the question is now asked elsewhere"))
        else:
            carried = _Carrying(plan, space, answers, old_prefix + address, new_address, target, at, losses).value(
                value
            )
            short = new_address.removeprefix(new_prefix)
            if carried is not None:
                _merge(moved, short, carried, at, came_from, losses)
    return _asked(plan, space, moved, new_prefix, path, came_from, losses)


@dataclass(frozen=True)
class _Carrying:
    """One answer on its way."""

    plan: Plan
    space: Space
    answers: Mapping[str, Value]
    old_address: str
    new_address: str
    target: Classification
    at: str
    losses: list[Loss]

    def value(self, value: Value) -> Value | None:
        if isinstance(value, bool) or self.target.kind == "binary":
            if isinstance(value, bool) and self.target.kind == "binary":
                return value
            return self._lost(f"the question is now {self.target.kind}")
        paths = (value,) if isinstance(value, str) else value
        kept = {new for old in paths if (new := self._path(old)) is not None}
        carried = tuple(sorted(kept, key=self.target.order.__getitem__))
        if self.target.kind == "multiple":
            return carried if carried or not paths else None
        if len(carried) > 1:
            return self._lost("the question now takes one answer, and this has several")
        return carried[0] if carried else None

    def _lost(self, reason: str) -> str | None:
        self.losses.append(Loss(self.at, reason))
        return None

    def _path(self, old: str) -> str | None:
        """The new path of an option, or of the nearest above it that is left."""
        address = f"{self.old_address}/{old}"
        rule = self.plan.splits.get(address)
        went = rule.choose(self.answers) if rule else self.plan.renames.new_address(self.space, address)
        if went is None:
            self.losses.append(
                Loss(self.at, f"the rule that splits “{old}” does not say what this one is", undecided=True)
            )
            return None
        if went == address:  # nothing said of it: it stands below its question, wherever that went
            went = f"{self.new_address}/{old}"
        if not went.startswith(f"{self.new_address}/"):
            return self._lost(f"“{old}” now belongs to another question")
        wanted = went.removeprefix(f"{self.new_address}/")
        names = wanted.split("/")
        for depth in range(len(names), 0, -1):
            if "/".join(names[:depth]) in self.target.by_path:
                kept = "/".join(names[:depth])
                if kept != wanted:
                    self._lost(f"“{wanted}” is no longer in the schema; kept as “{kept}”")
                return kept
        return self._lost(f"“{wanted}” is no longer in the schema")


def _merge(
    moved: dict[str, Value], address: str, value: Value, at: str, came_from: dict[str, str], losses: list[Loss]
) -> None:
    """Put `value` to `address`; where another answer stands already, sets unite and all else must be equal."""
    present = moved.get(address)
    if present is None:
        moved[address] = value
        came_from[address] = at
    elif isinstance(present, tuple) and isinstance(value, tuple):
        moved[address] = tuple(dict.fromkeys((*present, *value)))
    elif present != value:
        losses.append(
            Loss(at, f"was merged with another question, which was answered differently ({came_from[address]})")
        )


def _asked(
    plan: Plan,
    space: Space,
    moved: Mapping[str, Value],
    prefix: str,
    path: str,
    came_from: Mapping[str, str],
    losses: list[Loss],
) -> MovedAnswers:
    """Only what the new schema asks under these answers, in its order."""
    answers: dict[str, Value] = {}
    unanswered: list[str] = []
    asked = [(question.name, question) for question in _roots(plan.new, space, prefix)]
    while asked:
        address, question = asked.pop(0)
        value = moved.get(address)
        if value is None or (value == () and question.required):
            unanswered += [f"{path}.{address}"] if question.required else []
        else:
            if isinstance(value, tuple):
                value = tuple(sorted(value, key=question.order.__getitem__))
            answers[address] = value
            asked[:0] = attached(question, address, value)
    unasked = "belongs to an option that is no longer chosen"
    lost = [Loss(came_from[each], unasked) for each in moved if each not in answers and moved[each] != ()]
    return MovedAnswers(answers, (*losses, *lost), tuple(unanswered))


def _roots(schema: Schema, space: Space, prefix: str) -> tuple[Classification, ...]:
    if space == "classifications":
        return schema.classifications
    target = schema.object_class(prefix.rstrip("/"))
    return target.attributes if target else ()
