"""Runs on bars that end by what was traded."""

from typing import Any

import numpy as np
import protovalidate
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.errors import BarIntervalMismatch
from aurelius_engine.domain.market_table import BARS, MarketTable
from tests.unit.engine.runs import FIRST_NS, executed

HOLD = {"strategy": {"buyAndHold": {}}}
TRADED = {"barInterval": "BAR_INTERVAL_TRADED", "barsPerSession": 40}


def table() -> MarketTable:
    """Bars between a second and a day apart."""
    chance = np.random.default_rng(5)
    gaps = np.floor(10.0 ** chance.uniform(9.0, 13.9, 60)).astype(np.int64)
    closes = 100.0 * np.cumprod(1.0 + chance.normal(0.0, 0.01, 60))
    columns = (closes, 1.01 * closes, 0.99 * closes, closes, np.full(60, 1e6))
    return MarketTable.build(
        time=FIRST_NS + np.cumsum(gaps),
        symbol=["X"] * 60,
        bars=dict(zip(BARS, columns, strict=True)),
    )


def metrics(spec: dict[str, Any]) -> dict[str, Any]:
    return {one.id: value for one, value in executed(spec, table()).metrics}


def test_the_bars_of_a_session_annualise() -> None:
    some, more = metrics(HOLD | TRADED), metrics(HOLD | TRADED | {"barsPerSession": 160})

    assert more["sharpe_ratio"] == pytest.approx(2.0 * some["sharpe_ratio"], rel=1e-12)
    assert more["total_return_ratio"] == some["total_return_ratio"]


def test_another_interval_is_refused() -> None:
    with pytest.raises(BarIntervalMismatch):
        executed(HOLD | {"barInterval": "BAR_INTERVAL_MINUTE"}, table())


@pytest.mark.parametrize(
    "fields",
    [{"barInterval": "BAR_INTERVAL_TRADED"}, {"barsPerSession": 40}],
    ids=["without", "idle"],
)
def test_each_of_the_two_needs_the_other(fields: dict[str, Any]) -> None:
    message = json_format.ParseDict(
        {**HOLD, "calendar": "XNYS", **fields}, backtest_spec_pb2.BacktestSpec()
    )

    with pytest.raises(protovalidate.ValidationError) as refused:
        protovalidate.validate(message)

    assert "bars_per_session is there exactly" in str(refused.value.violations)
