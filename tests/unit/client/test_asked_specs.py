"""The SDK holds a run to the specification that was asked for."""

from typing import Any

import pytest
import yaml
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_client.identities import _holds
from aurelius_engine.rpc.resolution import resolve
from tests.conftest import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yaml"))
GROUPED = {
    "strategy": {
        "formula": {
            "text": "group_neutralize(close, b) + group_neutralize(close, a)",
            "groupings": [
                {"name": "b", "groups": {"X": "one", "Y": "two"}},
                {"name": "a", "groups": {"X": "one"}},
            ],
        }
    },
    "calendar": "XNYS",
    "commission": {"tiers": [{"fromValue": 10, "valueRatio": 0.1}, {"fromValue": 20}]},
}


def spec_of(document: dict[str, Any]) -> backtest_spec_pb2.BacktestSpec:
    return json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())


def asked_for() -> list[Any]:
    read = {path.stem: yaml.load(path.read_text(), yaml.BaseLoader) for path in EXAMPLES}
    specs = {name: found for name, found in read.items() if "strategy" in found}
    specs["grouped"] = GROUPED
    return [pytest.param(spec_of(document), id=name) for name, document in specs.items()]


@pytest.mark.parametrize("asked", asked_for())
def test_a_specification_as_the_engine_resolves_it_holds_what_was_asked(
    asked: backtest_spec_pb2.BacktestSpec,
) -> None:
    assert _holds(resolve(asked), asked)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("initial_cash", 7.0),
        ("calendar", "XLON"),
        ("lot_size", 3.0),
    ],
)
def test_another_value_is_found(field: str, value: Any) -> None:
    asked = spec_of(GROUPED)
    resolved = resolve(asked)
    setattr(asked, field, value)

    assert not _holds(resolved, asked)


def test_another_entry_of_a_list_or_map_is_found() -> None:
    asked = spec_of(GROUPED)
    for change in (
        lambda spec: setattr(spec.commission.tiers[1], "from_value", 30.0),
        lambda spec: spec.commission.tiers.add(from_value=40.0),
        lambda spec: spec.strategy.formula.groupings[0].groups.update({"X": "two"}),
        lambda spec: spec.strategy.formula.groupings[0].groups.update({"Z": "two"}),
        lambda spec: spec.symbols.append("X"),
    ):
        resolved = resolve(asked)
        change(resolved)
        assert not _holds(resolved, asked)
