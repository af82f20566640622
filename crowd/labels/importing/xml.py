"""XML as a tree, safely: no document type, so no entities to expand and nothing to fetch."""

from dataclasses import dataclass, field
from xml.parsers import expat

from crowd.labels.importing.base import fault

MAX_ELEMENTS = 50_000
MAX_DEPTH = 64


@dataclass
class Element:
    """A tag with its attributes and what stands inside it; text is left out."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Element]" = field(default_factory=list)

    def get(self, *names: str) -> str:
        """Return the first attribute of these names that says something."""
        return next((self.attributes[name] for name in names if self.attributes.get(name)), "")


def parse(text: str) -> Element:
    """Return the root; Invalid where it is no XML, declares a document type, or is larger than any honest file."""
    root = Element("")
    open_: list[Element] = [root]
    seen = [0]

    def start(tag: str, attributes: dict[str, str]) -> None:
        seen[0] += 1
        if seen[0] > MAX_ELEMENTS or len(open_) > MAX_DEPTH:
            raise fault("The file is too large, or nested too deeply.")
        made = Element(tag, attributes)
        open_[-1].children.append(made)
        open_.append(made)

    def refuse(*_: object) -> None:
        raise fault("It declares a document type, which is not read.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_.pop()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise fault(f"This is no XML: {error}.") from None
    except (UnicodeEncodeError, ValueError):
        raise fault("This is no XML: it holds letters that XML cannot.") from None
    return root.children[0]
