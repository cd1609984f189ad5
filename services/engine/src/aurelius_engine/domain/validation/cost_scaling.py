"""A specification with every cost multiplied."""

from collections.abc import Mapping
from typing import Any

# What makes trading and holding dearer; interest that cash earns is no cost.
_COSTS = {
    "commission": ("valueRatio", "perUnit", "perOrder", "minimum"),
    "slippage": ("halfSpreadRatio", "fixedRatio", "volumeShareRatio", "impactCoefficient"),
    "financing": ("borrowFeeRatio", "marginInterestRatio"),
}
_TIER_COSTS = ("valueRatio", "perUnit")


def with_costs(document: Mapping[str, Any], multiple: float) -> dict[str, Any]:
    """Returns a resolved specification whose costs are multiplied.

    Args:
        document: Resolved proto JSON.
        multiple: At least 0; 1 leaves every cost as it is.
    """
    scaled = dict(document)
    for part, names in _COSTS.items():
        costs = dict(document[part])
        for name in names:
            if name in costs:
                costs[name] = float(costs[name]) * multiple
        if costs.get("tiers"):
            costs["tiers"] = [
                tier | {name: float(tier.get(name, 0.0)) * multiple for name in _TIER_COSTS}
                for tier in costs["tiers"]
            ]
        scaled[part] = costs
    return scaled


def has_costs(document: Mapping[str, Any]) -> bool:
    """Whether any cost is above 0."""
    for part, names in _COSTS.items():
        costs = document[part]
        if any(float(costs.get(name, 0.0)) > 0.0 for name in names):
            return True
        for tier in costs.get("tiers", ()):
            if any(float(tier.get(name, 0.0)) > 0.0 for name in _TIER_COSTS):
                return True
    return False
