"""What tests of the strategies share: specifications, made panels, a case of each template."""

from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.panel import Floats, Panel
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from aurelius_engine.rpc.resolution import document_of, resolve

# Short windows, so that small panels are past the warm-up: strategy, symbols.
CASES: dict[str, tuple[dict[str, Any], int]] = {
    "buyAndHold": ({}, 3),
    "tsMomentum": ({"lookbackBars": 7}, 3),
    "trendFollowing": ({"fastBars": 3, "slowBars": 8}, 3),
    "meanReversion": ({"lookbackBars": 6, "entryZscore": 1.2, "exitZscore": 0.3}, 3),
    "breakout": ({"entryBars": 7, "exitBars": 4}, 3),
    "pairsTrading": ({"lookbackBars": 9, "entryZscore": 1.1, "exitZscore": 0.2}, 2),
    "statArb": ({"lookbackBars": 12, "entryScore": 0.4, "exitScore": 0.1}, 4),
    "marketNeutral": ({"lookbackBars": 5}, 4),
    "volatilityTrading": ({"fastBars": 4, "slowBars": 11, "exitRatio": 1.1}, 3),
    "carry": ({"lookbackBars": 10}, 3),
    "mlClassifier": ({"featureCount": 2, "trainBars": 20, "retrainBars": 3}, 2),
}
PERIODS = 252.0


def spec_of(name: str, parameters: dict[str, Any], **fields: Any) -> BacktestSpec:
    """Returns the resolved specification of a strategy, long and short unless told."""
    document = {
        "strategy": {name: parameters},
        "calendar": "XNYS",
        "direction": "DIRECTION_LONG_SHORT",
        **fields,
    }
    message = json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())
    return spec_from_document(document_of(resolve(message)))


def panel_from(
    close: Floats,
    *,
    dividend: Floats | None = None,
    split_ratio: Floats | None = None,
    spread: Floats | float = 0.01,
) -> Panel:
    """Returns a panel of the closes, shape (n_steps, n_symbols), with highs and lows about them."""
    return Panel(
        times=np.arange(close.shape[0], dtype=np.int64),
        symbols=tuple(f"S{place}" for place in range(close.shape[1])),
        open=close.copy(),
        high=close * (1.0 + spread),
        low=close * (1.0 - spread),
        close=close,
        volume=np.where(np.isnan(close), np.nan, 1000.0),
        dividend=dividend,
        split_ratio=split_ratio,
    )


def made_panel(steps: int, symbols: int, seed: int, holes: float = 0.0) -> Panel:
    """Returns random walks that share a market, with dividends, and steps without a bar."""
    draws = np.random.default_rng(seed)
    shocks = draws.normal(0.0, 0.02, (steps, symbols)) + draws.normal(0.0, 0.01, (steps, 1))
    close = 50.0 * np.cumprod(1.0 + shocks, axis=0)
    missing = draws.random(close.shape) < holes
    close[missing] = np.nan
    dividend = np.where(draws.random(close.shape) < 0.2, 0.4, 0.0)
    dividend[missing] = np.nan
    return panel_from(
        close,
        dividend=dividend,
        split_ratio=np.where(missing, np.nan, 1.0),
        spread=draws.uniform(0.0, 0.02, close.shape),
    )
