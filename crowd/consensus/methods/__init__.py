"""The methods by name: one strategy a file."""

from collections.abc import Mapping
from typing import Any

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.auto import auto
from crowd.consensus.methods.dawid_skene import dawid_skene
from crowd.consensus.methods.glad import GladModel, glad
from crowd.consensus.methods.mace import MaceModel, mace
from crowd.consensus.methods.majority import majority
from crowd.consensus.methods.one_coin import one_coin
from crowd.consensus.methods.wawa import wawa
from crowd.consensus.models import ClassModel, Method

METHODS: Mapping[str, Method] = {
    "auto": auto,
    "dawid_skene": dawid_skene,
    "glad": glad,
    "mace": mace,
    "majority": majority,
    "one_coin": one_coin,
    "wawa": wawa,
}

_FAMILIES: Mapping[str, type[ClassModel]] = {each.family: each for each in (CountedModel, GladModel, MaceModel)}


def model_from_json(data: Mapping[str, Any]) -> ClassModel:
    """The model that `to_json` wrote, of whatever family."""
    return _FAMILIES[data["family"]].from_json(data)
