"""Prices of random walks and specifications over them, for tests that count work."""

from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.rpc.resolution import document_of, resolve

MINUTE_NS = 60_000_000_000


def walk(bars: int, symbols: int = 1) -> MarketTable:
    """Returns minutes of random walks of `symbols` symbols, the same for the same sizes."""
    draws = np.random.Generator(np.random.Philox(5)).standard_normal((bars, symbols))
    close = 100.0 * np.cumprod(1.0 + 0.01 * draws.clip(-4, 4), axis=0)
    flat = close.reshape(-1)
    names = [f"S{i:03d}" for i in range(symbols)] * bars
    return MarketTable.build(
        time=np.repeat(MINUTE_NS * np.arange(bars), symbols),
        symbol=names,
        bars={
            "open": flat,
            "high": flat * 1.001,
            "low": flat * 0.999,
            "close": flat,
            "volume": np.full(flat.size, 1e6),
        },
    )


def resolved(**changes: Any) -> dict[str, Any]:
    """Returns the resolved document of averages of 10 and 20 bars, with changes."""
    spec = {
        "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
        "calendar": "24/7",
        "barInterval": "BAR_INTERVAL_MINUTE",
        "commission": {"valueRatio": 0.002},
        **changes,
    }
    message = json_format.ParseDict(spec, backtest_spec_pb2.BacktestSpec())
    return document_of(resolve(message))
