"""CheckFormula, and formulas in specifications, over the wire."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2, formula_service_pb2, formula_service_pb2_grpc
from aurelius_engine.domain.formula.checking import DEPTH_MAX
from aurelius_engine.domain.formula.operators import Kind
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.rpc.formula_servicer import TYPES
from aurelius_engine.rpc.resolution import document_of, resolve
from tests.contract.engine.serving import Served, refusal_of, serving, token

TEXT = "zscore(close / ts_mean(close, 50), 20)"


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("formulas")
    with serving(folder) as engine:
        yield Checker(engine)


class Checker:
    def __init__(self, engine: Served) -> None:
        self._stub = formula_service_pb2_grpc.FormulaServiceStub(engine.channel)

    def check(self, **formula: Any) -> formula_service_pb2.CheckFormulaResponse:
        request = json_format.ParseDict(
            {"formula": formula}, formula_service_pb2.CheckFormulaRequest()
        )
        return self._stub.CheckFormula(request, metadata=token())


def test_a_text_is_checked(stub: Checker) -> None:
    found = stub.check(text=TEXT)

    assert found.text == "ts_zscore(close / ts_mean(close, 50), 20)"
    assert found.warm_up_bars == 69
    assert list(found.columns) == ["close"]
    assert not found.cross_sectional
    assert found.expression.call.operator == "ts_zscore"
    nodes = [(node.path, node.text, node.warm_up_bars) for node in found.nodes]
    assert nodes[:3] == [
        ("expression", "ts_zscore(close / ts_mean(close, 50), 20)", 69),
        ("expression.call.arguments[0]", "close / ts_mean(close, 50)", 50),
        ("expression.call.arguments[0].call.arguments[0]", "close", 1),
    ]
    assert found.nodes[-1].type == formula_service_pb2.FORMULA_TYPE_NUMBER


def test_the_tree_of_a_text_is_the_same_formula(stub: Checker) -> None:
    by_text = stub.check(text="group_rank(vwap > open ? -returns : 0, zone)", groupings=ZONES)
    tree = json_format.MessageToDict(by_text.expression)

    assert stub.check(expression=tree, groupings=ZONES) == by_text
    assert list(by_text.groupings) == ["zone"]
    assert list(by_text.columns) == ["close", "high", "low", "open"]
    assert by_text.cross_sectional


ZONES = [{"name": "zone", "groups": {"AAPL": "west", "IBM": "east"}}]


@pytest.mark.parametrize(
    ("formula", "facts"),
    [
        (
            {"text": "rank(clsoe)"},
            {"found": "clsoe", "line": "1", "column": "6", "offset": "5"},
        ),
        (
            {"expression": {"call": {"operator": "rank", "arguments": [{"series": "clsoe"}]}}},
            {"found": "clsoe", "path": "expression.call.arguments[0]"},
        ),
    ],
)
def test_a_refusal_says_where(stub: Checker, formula: Any, facts: dict[str, str]) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.check(**formula)

    code, reason, found = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "FORMULA_INVALID")
    assert {name: found[name] for name in facts} == facts
    assert "close" in found["allowed"]


def test_the_deepest_tree_that_is_allowed_travels(stub: Checker) -> None:
    tree: dict[str, Any] = {"series": "close"}
    for _ in range(DEPTH_MAX - 1):
        tree = {"call": {"operator": "negate", "arguments": [tree]}}

    assert stub.check(expression=tree).text == "-" * (DEPTH_MAX - 1) + "close"
    document = document_of(resolve(spec_of(expression=tree)))
    again = json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())
    assert document_of(resolve(again)) == document


def spec_of(**formula: Any) -> backtest_spec_pb2.BacktestSpec:
    document = {"strategy": {"formula": formula}, "calendar": "XNYS"}
    return json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())


def test_a_specification_is_hashed_by_its_tree() -> None:
    first, second, other = (
        document_of(resolve(spec_of(text=text)))
        for text in (TEXT, " zscore((close/ts_mean(close,50)),20)", TEXT.replace("50", "51"))
    )

    assert set(first["strategy"]["formula"]) == {"expression", "groupings"}
    assert spec_hash(first) == spec_hash(second)
    assert spec_hash(first) != spec_hash(other)


def test_a_specification_with_no_formula_is_refused_before_it_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as engine, pytest.raises(grpc.RpcError) as refused:
        engine.create(strategy={"formula": {"text": "delay(close, -1)"}})

    assert refusal_of(refused.value)[1] == "FORMULA_INVALID"


def test_no_type_is_missing() -> None:
    assert set(TYPES) == set(Kind)
    assert set(TYPES.values()) == set(formula_service_pb2.FormulaType.values()) - {0}
