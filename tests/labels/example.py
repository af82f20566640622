"""A schema with every kind of question and every shape, and a document that answers it all."""

from typing import Any

WIDTH, HEIGHT = 30, 20

SCHEMA: dict[str, Any] = {
    "classifications": [
        {
            "name": "scene",
            "kind": "single",
            "required": True,
            "options": [{"name": "outdoor", "options": [{"name": "street"}, {"name": "field"}]}, {"name": "indoor"}],
        },
        {
            "name": "weather",
            "kind": "multiple",
            "options": [
                {
                    "name": "rain",
                    "color": "#1f77b4",
                    "hotkey": "r",
                    "attributes": [
                        {
                            "name": "strength",
                            "kind": "single",
                            "required": True,
                            "options": [{"name": "light"}, {"name": "heavy"}],
                        }
                    ],
                },
                {"name": "fog", "description": "Nothing is seen beyond 200 m."},
            ],
        },
        {"name": "blurred", "kind": "binary"},
    ],
    "objects": [
        {
            "name": "car",
            "shape": "box",
            "min_side": 4,
            "attributes": [
                {"name": "occluded", "kind": "binary"},
                {"name": "colour", "kind": "single", "options": [{"name": "red"}, {"name": "blue"}]},
            ],
        },
        {"name": "ship", "shape": "rotated_box"},
        {"name": "cell", "shape": "polygon"},
        {"name": "lane", "shape": "polyline"},
        {"name": "fruit", "shape": "ellipse"},
        {"name": "spot", "shape": "point"},
        {
            "name": "person",
            "shape": "keypoints",
            "keypoints": ["nose", "left_eye"],
            "skeleton": [[0, 1]],
            "sigmas": [0.026, 0.025],
        },
        {"name": "sky", "shape": "mask", "stuff": True},
        {"name": "pallet", "shape": "cuboid"},
    ],
}

GEOMETRIES: dict[str, Any] = {
    "box": [1, 2, 5, 6.5],
    "rotated_box": [10, 10, 4, 5, 30],
    "polygon": [[[0, 0], [10, 0], [10, 10], [0, 10]], [[2, 2], [4, 2], [4, 4]]],
    "polyline": [[1, 1], [2.25, 2]],
    "ellipse": [10, 10, 4, 5, 10],
    "point": [3, 4],
    "keypoints": [[1, 1, 2], [0, 0, 0]],
    "mask": {"size": [20, 30], "counts": "c26>0000000000000U;"},
    "cuboid": [[10, 10], [20, 10], [20, 20], [10, 20], [13, 7], [23, 7], [23, 17], [13, 17]],
}

LABELS = {each["shape"]: each["name"] for each in SCHEMA["objects"]}

ANNOTATION: dict[str, Any] = {
    "classifications": {
        "scene": "outdoor/street",
        "weather": ["rain", "fog"],
        "weather/rain/strength": "heavy",
        "blurred": False,
    },
    "objects": [
        {
            "id": "a",
            "label": "car",
            "box": [1, 2, 5, 6.5],
            "attributes": {"occluded": True, "colour": "red"},
            "score": 0.5,
        },
        *({"label": LABELS[shape], shape: geometry} for shape, geometry in GEOMETRIES.items() if shape != "box"),
    ],
}
