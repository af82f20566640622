"""Pascal VOC: an XML file for each image. Documents with a DOCTYPE are refused, and with it every entity attack."""

import math
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from crowd.errors import CrowdError, Invalid
from crowd.formats.readers.sets import Drawn, Fault, Folder, Item, left_over

FLAGS = ("truncated", "difficult", "occluded")
MAX_XML = 16 * 1024 * 1024
MAX_ELEMENTS = 500_000
MAX_TEXT = 10_000  # characters of one element


@dataclass
class Node:
    """One element."""

    tag: str
    said: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it, its children left out."""
        return "".join(self.said)[:MAX_TEXT]

    def get(self, tag: str) -> str:
        """Return the text of the first child of this name; empty where there is none."""
        return next((each.text.strip() for each in self.children if each.tag == tag), "")

    def all(self, tag: str) -> list["Node"]:
        """Return the children of this name."""
        return [each for each in self.children if each.tag == tag]


def read(folder: Folder) -> Iterator[Item]:
    """Yield each image with its boxes."""
    yield from folder.faults
    pictures, used, listed = folder.pictures(), set(), folder.listed()
    files = folder.names(".xml")
    if not files:
        raise Invalid("There is no .xml file in it.", code="no_annotations")
    for file in files:
        try:
            root = parse(folder.read(file, most=MAX_XML))
            if root.tag != "annotation":
                raise Invalid("The document is no VOC annotation.", code="not_voc")
        except CrowdError as fault:
            yield Item(file, faults=(Fault(fault.code, fault.detail),))
            continue
        name = root.get("filename") or file.rpartition("/")[2].removesuffix(".xml")
        member = pictures.find(name)
        used.add(member)
        drawn = [_drawn(each) for each in root.all("object")]
        called, sha256 = listed.get(posixpath.splitext(name)[0], ("", ""))
        yield Item(
            name if member else called or name,
            member,
            sha256=sha256,
            objects=tuple(each for each in drawn if isinstance(each, Drawn)),
            faults=tuple(each for each in drawn if isinstance(each, Fault)),
        )
    yield from left_over(pictures, used)


def _drawn(each: Node) -> Drawn | Fault:
    label = each.get("name")
    for box in each.all("bndbox"):
        try:
            left, top, right, bottom = (float(box.get(side)) for side in ("xmin", "ymin", "xmax", "ymax"))
        except ValueError:
            break
        if not all(map(math.isfinite, (left, top, right, bottom))):
            break
        flags = {flag: each.get(flag) == "1" for flag in FLAGS if each.get(flag)}
        # counted from one, both ends included
        return Drawn(label, {"box": [left - 1, top - 1, right - left + 1, bottom - top + 1]}, flags=flags)
    return Fault("bad_shape", f"An object of class {label[:80]!r} has no box.")


def parse(raw: bytes) -> Node:
    """Return the document's root; Invalid for what is not plain XML."""
    top = Node("")
    stack = [top]
    parser = expat.ParserCreate()
    seen = 0

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if len(stack) > 20 or seen > MAX_ELEMENTS:
            raise Invalid("The document is nested too deeply, or has too many elements.", code="bad_xml")
        node = Node(tag)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].said.append(data)

    def doctype(*_: object) -> None:
        raise Invalid("Documents with a DOCTYPE are not read.", code="doctype_refused")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as fault:
        raise Invalid(f"This is not XML: {fault}.", code="bad_xml") from None
    return top.children[0]
