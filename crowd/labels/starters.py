"""Guidelines to begin with, one for each common kind of work: a text with blanks to fill, and a schema that fits it."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Starter:
    """One of them, with a line that says what it is for."""

    title: str
    about: str
    body: str
    schema: dict[str, Any]


_END = """

## When in doubt

Choose what you would say if you had to. Skip an image only when nothing can be made out, and say why.
"""

STARTERS: Final[dict[str, Starter]] = {
    "classify": Starter(
        title="Classify",
        about="One answer for the whole image, or several.",
        body="# What is in the image?\n\nLook at the whole image, and answer each question.\n\n"
        "- **Kind**: what the image mainly shows. *Say here what tells first from second.*\n"
        "- **Unusable**: nothing can be made out: too dark, blurred, or something else altogether." + _END,
        schema={
            "classifications": [
                {
                    "name": "kind",
                    "kind": "single",
                    "required": True,
                    "options": [{"name": "first"}, {"name": "second"}, {"name": "other"}],
                },
                {"name": "unusable", "kind": "binary"},
            ]
        },
    ),
    "detect": Starter(
        title="Detect",
        about="A box around each object.",
        body="# Draw a box around each object\n\n"
        "- The box touches the object on all four sides, and holds all of it that is *seen*.\n"
        "- One box for each object, also where they overlap.\n"
        "- Mark *occluded* where a part is hidden by something else.\n"
        "- Leave out what is smaller than 4 pixels." + _END,
        schema={
            "objects": [
                {
                    "name": "object",
                    "shape": "box",
                    "min_side": 4,
                    "attributes": [{"name": "occluded", "kind": "binary"}],
                }
            ]
        },
    ),
    "segment": Starter(
        title="Segment",
        about="The exact outline of each object, and of the ground behind.",
        body="# Outline each object\n\n- Follow the edge closely; cut holes out.\n- One outline for each object, also "
        "where they touch.\n- **Background** is painted as one area, whatever it is made of." + _END,
        schema={
            "objects": [
                {"name": "object", "shape": "polygon"},
                {"name": "background", "shape": "mask", "stuff": True},
            ]
        },
    ),
    "keypoints": Starter(
        title="Keypoints",
        about="The joints of a body, one by one.",
        body="# Mark the joints of each person\n\n- *Left* and *right* are the person's own.\n- A joint that is "
        "hidden, but whose place you can tell, is *occluded*.\n- Leave out a joint whose place cannot be told." + _END,
        schema={
            "objects": [
                {
                    "name": "person",
                    "shape": "keypoints",
                    "keypoints": [
                        *("nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist"),
                        *("right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle"),
                        "right_ankle",
                    ],
                    "skeleton": [
                        *([0, 1], [0, 2], [1, 2], [1, 3], [3, 5], [2, 4], [4, 6], [1, 7], [2, 8], [7, 8]),
                        *([7, 9], [9, 11], [8, 10], [10, 12]),
                    ],
                    # as COCO has them for these joints
                    "sigmas": [
                        0.026,
                        0.079,
                        0.079,
                        0.072,
                        0.072,
                        0.062,
                        0.062,
                        0.107,
                        0.107,
                        0.087,
                        0.087,
                        0.089,
                        0.089,
                    ],
                }
            ]
        },
    ),
}
