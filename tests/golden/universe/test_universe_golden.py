"""A universe with a delisting and an index change, worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from aurelius_engine.domain.core import codes
from tests.unit.engine.runs import simulated
from tests.unit.engine.universes import universe

GOLDEN = json.loads((Path(__file__).parent / "index_change_and_delisting.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_universe(case: dict[str, Any]) -> None:
    given = GOLDEN["input"]
    table = universe(given["bars"], given["member"], given["delisting_return"])
    spec = {
        "strategy": {"buyAndHold": {}},
        "sizing": {"equityFraction": {"ratio": 0.9}},
        "rebalance": case["rebalance"],
    }

    run = simulated(spec, table)

    fills = run.fills
    found = [
        [int(step), table.symbols[int(place)], float(units), float(price), codes.RULE_NAMES[rule]]
        for step, place, units, price, rule in zip(
            fills.step,
            fills.symbol,
            fills.quantity,
            fills.price,
            fills.rule.tolist(),
            strict=True,
        )
    ]
    assert found == case["want"]["fills"]
    assert run.equity.tolist() == case["want"]["equity"]
