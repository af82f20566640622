"""The tool that reads what is to be translated, which is no part of the package."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def tool() -> ModuleType:
    """`deploy/words.py` as a module."""
    spec = importlib.util.spec_from_file_location("words", ROOT / "deploy" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
