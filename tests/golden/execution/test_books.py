"""The golden table of books, each worked out by hand from docs/specs/execution.md section 12."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aurelius_engine.domain.core import codes
from tests.unit.engine.quoted import quoted
from tests.unit.engine.runs import listed, simulated

HERE = Path(__file__).parent
CASES = json.loads((HERE / "books.json").read_text())["cases"]
SPEC = HERE.parents[2] / "docs/specs/execution.md"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_book(case: dict[str, Any]) -> None:
    days = [(tuple(bar) if isinstance(bar, list) else bar, *book) for bar, *book in case["bars"]]
    table = quoted({"X": days}, levels=case["levels"])
    spec = listed(*case["orders"], **case["spec"]) if case["orders"] else case["spec"]

    run = simulated(spec, table)

    fills = run.fills
    found = [
        [int(step), float(units), float(price), codes.RULE_NAMES[int(rule)]]
        for step, units, price, rule in zip(
            fills.step, fills.quantity, fills.price, fills.rule, strict=True
        )
    ]
    assert found == case["fills"]
    assert [codes.STATE_NAMES[int(state)] for state in run.orders.state] == case["states"]


def test_every_case_names_a_section_that_there_is() -> None:
    text = SPEC.read_text()
    for case in CASES:
        assert re.search(rf"^{re.escape(case['rule'])} ", text, re.MULTILINE), case["name"]


def test_every_rule_of_the_book_has_a_case() -> None:
    assert {case["rule"] for case in CASES} == {f"12.{place}" for place in range(1, 7)}
