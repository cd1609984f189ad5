"""A point of a sweep is refused where its run would be, and varies whatever a run can vary."""

import re
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_service_pb2
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from tests.contract.engine.plugin_installing import install
from tests.contract.engine.serving import SPEC, Served, refusal_of, token
from tests.contract.engine.sweeping import (
    FAST,
    create_sweep,
    get_trial,
    searched,
    trials,
)

__all__ = ["install"]
Install = Callable[..., None]
FORMULA = SPEC | {"strategy": {"formula": {"text": "close - ts_mean(close, 50)"}}}
HOLD = {"buyAndHold": {}}


def listed(path: str, *values: Any) -> dict[str, Any]:
    return {"parameters": [{"path": path, "valueList": {"values": list(values)}}]}


def refused(engine: Served, **changes: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(grpc.RpcError) as raised:
        create_sweep(engine, **changes)
    code, reason, facts = refusal_of(raised.value)
    assert code == "INVALID_ARGUMENT"
    return reason, facts


def run_of_trial(engine: Served, sweep: Any, number: int) -> str:
    trial = get_trial(engine, sweep, number)
    request = backtest_service_pb2.CreateBacktestRequest(
        spec=trial.spec, dataset=sweep.dataset, seed=sweep.seed
    )
    return str(engine.backtests.CreateBacktest(request, metadata=token()).name)


def test_a_trial_on_another_calendar_than_the_data_is_refused_as_its_run_is(
    goog_engine: Served,
) -> None:
    sweep = searched(goog_engine, **listed("calendar", "XNYS", "XLON", "24/7"))

    assert [(row["state"], row["reason"]) for row in trials(goog_engine, sweep)] == [
        ("succeeded", ""),
        ("refused", "ERROR_REASON_CALENDAR_MISMATCH"),
        ("refused", "ERROR_REASON_CALENDAR_MISMATCH"),
    ]


def test_the_text_of_a_formula_can_vary(goog_engine: Served) -> None:
    texts = ["close - ts_mean(close, 20)", "close - ts_mean(close, 50)", "close >", "clsoe"]

    sweep = searched(goog_engine, base=FORMULA, **listed("strategy.formula.text", *texts))

    rows = trials(goog_engine, sweep)
    assert [row["state"] for row in rows] == ["succeeded"] * 2 + ["refused"] * 2
    assert rows[0]["objective"] != rows[1]["objective"]
    assert {row["reason"] for row in rows[2:]} == {"ERROR_REASON_FORMULA_INVALID"}
    assert [row["run"] for row in rows[2:]] == ["", ""]
    whole = goog_engine.create(strategy={"formula": {"text": texts[1]}})
    assert whole.name == rows[1]["run"] == run_of_trial(goog_engine, sweep, 1)


def test_a_strategy_that_is_no_formula_does_not_fail_the_others(goog_engine: Served) -> None:
    sweep = searched(goog_engine, **listed("strategy", {"formula": {"text": "close >"}}, HOLD))

    assert [row["state"] for row in trials(goog_engine, sweep)] == ["refused", "succeeded"]


def test_a_plugin_among_the_values_is_the_installed_one_and_part_of_the_sweep(
    goog_engine: Served, install: Install
) -> None:
    varied = listed("strategy", HOLD, {"plugin": {"name": "written"}})
    assert refused(goog_engine, **varied)[0] == "PLUGIN_NOT_FOUND"
    install("    def decide(bars):\n        return list(bars.close[-1] - bars.close[0])\n")

    sweep = searched(goog_engine, **varied)

    assert [row["state"] for row in trials(goog_engine, sweep)] == ["succeeded", "succeeded"]
    trial = get_trial(goog_engine, sweep, 1)
    assert trial.spec.strategy.plugin.source_digest == ProcessPlugins().source_digest("written")
    assert run_of_trial(goog_engine, sweep, 1) == trial.run
    install("    def decide(bars):\n        return list(bars.close[0] - bars.close[-1])\n")
    assert create_sweep(goog_engine, **varied).name != sweep.name


def test_the_name_of_a_plugin_varies_with_the_plugin_alone(
    goog_engine: Served, install: Install
) -> None:
    install("    def decide(bars):\n        return list(bars.close[-1])\n")
    base = SPEC | {"strategy": {"plugin": {"name": "written"}}}

    reason, facts = refused(goog_engine, base=base, **listed("strategy.plugin.name", "written"))

    assert (reason, facts["allowed"]) == ("SWEEP_PARAMETER_INVALID", "strategy.plugin")


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        ("riskFreeRatio", "NaN", "a finite number"),
        ("riskFreeRatio", "-Infinity", "a finite number"),
        ("riskFreeRatio", True, "a finite number"),
        (FAST, True, "a whole number"),
        (FAST, None, "a whole number"),
        ("direction", 99, "DIRECTION_LONG_FLAT, DIRECTION_LONG_SHORT"),
        ("direction", None, "DIRECTION_LONG_FLAT, DIRECTION_LONG_SHORT"),
    ],
)
def test_a_value_that_the_field_cannot_have_is_refused(
    goog_engine: Served, path: str, value: Any, allowed: str
) -> None:
    reason, facts = refused(goog_engine, **listed(path, value))

    assert (reason, facts["allowed"]) == ("SWEEP_PARAMETER_INVALID", allowed)
    assert re.fullmatch(r"'NaN'|'-Infinity'|True|None|99(\.0)?", facts["found"])


@pytest.mark.parametrize(
    "parameter",
    [
        {"path": "direction", "intRange": {"lower": 1, "upper": 2}},
        {"path": "initialCash", "floatRange": {"lower": -1e308, "upper": 1e308, "step": 1e-300}},
        {"path": "initialCash", "floatRange": {"lower": 1, "upper": 2, "step": 1e-300}},
    ],
    ids=["enum", "infinite distance", "steps without number"],
)
def test_a_range_that_cannot_be_gone_through_is_refused(
    goog_engine: Served, parameter: dict[str, Any]
) -> None:
    changes = {"parameters": [parameter], "grid": None, "random": {"trialCount": 2}}

    reason, facts = refused(goog_engine, **changes)

    assert reason == "SWEEP_PARAMETER_INVALID"
    assert facts["allowed"]


def test_a_field_that_the_base_decided_otherwise_takes_its_place(goog_engine: Served) -> None:
    sweep = searched(
        goog_engine, base=FORMULA, **listed("strategy.formula.expression.number", 1, -1)
    )

    assert [row["state"] for row in trials(goog_engine, sweep)] == ["succeeded", "succeeded"]
    trial = get_trial(goog_engine, sweep, 0)
    document = json_format.MessageToDict(trial.spec)
    assert document["strategy"]["formula"]["expression"] == {"number": 1.0}
    assert run_of_trial(goog_engine, sweep, 0) == trial.run
