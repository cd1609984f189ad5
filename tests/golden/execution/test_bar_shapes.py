"""The golden table of bar shapes, each written by hand from docs/specs/execution.md."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aurelius_engine.domain.core import codes
from tests.unit.engine.runs import listed, market, simulated

HERE = Path(__file__).parent
CASES = json.loads((HERE / "bar_shapes.json").read_text())["cases"]
SPEC = HERE.parents[2] / "docs/specs/execution.md"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bar_shape(case: dict[str, Any]) -> None:
    spec = dict(case["spec"])
    days = {"X": case["bars"]}
    if "clock" in spec:  # a second symbol, so that the clock goes on without X
        days["Y"] = [100] * spec.pop("clock")
    run = simulated(listed(*case["orders"], **spec) if case["orders"] else spec, market(days))
    fills = run.fills
    found = [
        [int(step), float(units), float(price), codes.RULE_NAMES[int(rule)]]
        for step, units, price, rule in zip(
            fills.step, fills.quantity, fills.price, fills.rule, strict=True
        )
    ]
    assert found == case["fills"]
    assert [codes.STATE_NAMES[int(state)] for state in run.orders.state] == case["states"]


def test_every_order_type_and_rule_has_a_shape() -> None:
    rules = {fill[3] for case in CASES for fill in case["fills"]}
    assert rules == set(codes.RULE_NAMES.values())


def test_every_case_names_a_section_that_there_is() -> None:
    text = SPEC.read_text()
    for case in CASES:
        number = re.escape(case["rule"])
        assert re.search(rf"^(## )?{number}\.? ", text, re.MULTILINE), case["name"]
