"""What the determinism matrix runs: books of bars, and specifications over them.

Together the specifications reach every template, the formula language, explicit orders,
every sizing, the cost models, brackets, limits and corporate actions.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format
from pyarrow import parquet

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.rpc.resolution import document_of, resolve

ROOT = Path(__file__).resolve().parent.parent
SIXTY_SYMBOLS, SIXTY_STEPS = 60, 420
_DAY = 86_400_000_000_000
Document = dict[str, Any]

_LONG_SHORT = {"direction": "DIRECTION_LONG_SHORT", "financing": {"borrowFeeRatio": 0.01}}
_COSTS = {
    "commission": {"perUnit": 0.005, "minimum": 1.0, "perOrder": 0.25},
    "slippage": {
        "halfSpreadRatio": 0.0002,
        "volumeShareRatio": 0.1,
        "impactCoefficient": 0.3,
    },
    "limits": {"maxParticipationRatio": 0.1},
}
_GUARDS = {"bracket": {"stopLossRatio": 0.06, "takeProfitRatio": 0.15, "trailingStopRatio": 0.08}}
_FORMULA = "zscore(close / ts_mean(close, 20), 40) * -1"
_PRICES = ("open", "high", "low", "close", "volume")


def _rests(kind: str, in_force: str = "TIME_IN_FORCE_GTC", **offsets: float) -> Document:
    return {"type": f"ORDER_TYPE_{kind}", "timeInForce": in_force, **offsets}


# Name: book and specification.
SPECS: dict[str, tuple[str, Document]] = {
    "buy_and_hold": ("four", {"strategy": {"buyAndHold": {}}, "corporateActions": "APPLIED"}),
    "ts_momentum": (
        "four",
        {
            "strategy": {"tsMomentum": {"lookbackBars": 63}},
            "sizing": {"volatilityTarget": {"maxRatio": 0.4}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_MONTHLY", "toleranceRatio": 0.05},
            "corporateActions": "APPLIED",
            **_LONG_SHORT,
        },
    ),
    "trend_following": (
        "four",
        {
            "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 40}},
            "units": "UNITS_INTEGER",
            "orders": {"entry": _rests("STOP", stopOffsetRatio=0.002), **_GUARDS},
            **_COSTS,
        },
    ),
    "mean_reversion": (
        "four",
        {
            "strategy": {"meanReversion": {"lookbackBars": 15, "entryZscore": 1.25}},
            "orders": {"entry": _rests("LIMIT", "TIME_IN_FORCE_DAY", limitOffsetRatio=0.003)},
            "sizing": {"kellyFraction": {"lookbackBars": 60, "maxRatio": 0.5}},
            "commission": {"tiers": [{"fromValue": 10_000, "valueRatio": 0.001}]},
            "tickSize": 0.01,
        },
    ),
    "breakout": (
        "four",
        {
            "strategy": {"breakout": {"entryBars": 40, "exitBars": 15}},
            "orders": {
                "entry": _rests("STOP_LIMIT", stopOffsetRatio=0.001, limitOffsetRatio=-0.004),
                "exit": _rests("ON_CLOSE"),
            },
            "sizing": {"fixedUnits": {"units": 10}},
        },
    ),
    "pairs_trading": (
        "four",
        {"strategy": {"pairsTrading": {}}, "symbols": ["IBM", "MSFT"], **_LONG_SHORT},
    ),
    "stat_arb": (
        "sixty",
        {
            "strategy": {"statArb": {"lookbackBars": 40}},
            "sizing": {"equalWeight": {}},
            **_LONG_SHORT,
        },
    ),
    "market_neutral": (
        "sixty",
        {
            "strategy": {"marketNeutral": {}},
            "sizing": {"signalWeights": {"normalisation": "NORMALISATION_DOLLAR_NEUTRAL"}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 5},
            **_LONG_SHORT,
            **_COSTS,
        },
    ),
    "volatility_trading": (
        "sixty",
        {
            "strategy": {"volatilityTrading": {"fastBars": 10, "slowBars": 60}},
            "sizing": {"inverseVolatility": {"lookbackBars": 40}},
            "fillRule": "FILL_RULE_SAME_CLOSE",
        },
    ),
    "carry": (
        "four",
        {
            "strategy": {"carry": {"lookbackBars": 126}},
            "sizing": {"rank": {"topCount": 2}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_WEEKLY"},
            "corporateActions": "APPLIED",
        },
    ),
    "ml_classifier": (
        "sixty",
        {
            "strategy": {"mlClassifier": {"trainBars": 120, "retrainBars": 60}},
            "symbols": [f"S{place:02d}" for place in range(6)],
            "sizing": {"equityFraction": {"ratio": 0.15}},
        },
    ),
    "formula": (
        "sixty",
        {
            "strategy": {"formula": {"text": _FORMULA}},
            "sizing": {"rank": {"topCount": 10, "bottomCount": 10}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 10},
            "limits": {
                "maxGrossRatio": 1.5,
                "maxPositionRatio": 0.2,
                "maintenanceMarginRatio": 0.25,
            },
            **_LONG_SHORT,
        },
    ),
    "order_list": (
        "four",
        {
            "strategy": {
                "orderList": {
                    "orders": [
                        {
                            "time": "2008-09-02T00:00:00Z",
                            "symbol": "IBM",
                            "quantity": 100,
                            "type": "ORDER_TYPE_ON_OPEN",
                        },
                        {
                            "time": "2008-09-03T00:00:00Z",
                            "symbol": "IBM",
                            "quantity": -100,
                            "type": "ORDER_TYPE_STOP",
                            "stopPrice": 100.0,
                            "oneCancelsOtherGroup": 1,
                        },
                        {
                            "time": "2008-09-03T00:00:00Z",
                            "symbol": "IBM",
                            "quantity": -100,
                            "type": "ORDER_TYPE_LIMIT",
                            "limitPrice": 125.0,
                            "oneCancelsOtherGroup": 1,
                        },
                    ]
                }
            },
            "direction": "DIRECTION_LONG_SHORT",
        },
    ),
}
# Windows of this one vary, drawn from the seed's streams: many at once, in two threads.
SWEEP = "sweep_of_windows"
SPECS[SWEEP] = (
    "four",
    {"strategy": {"trendFollowing": {}}, "symbols": ["IBM"], "commission": {"valueRatio": 0.001}},
)
# The one of many symbols that the test of hash seeds runs.
SIXTY_SPEC = "market_neutral"


def documents() -> dict[str, Document]:
    """Returns each specification's resolved document, by name."""
    resolved = {}
    for name, (_, spec) in SPECS.items():
        whole = {"calendar": "XNYS", "initialCash": 250_000, **spec}
        if "corporateActions" in whole:
            whole["corporateActions"] = f"CORPORATE_ACTIONS_{whole['corporateActions']}"
        message = json_format.ParseDict(whole, backtest_spec_pb2.BacktestSpec())
        resolved[name] = document_of(resolve(message))
    return resolved


def write_cases(folder: Path, names: tuple[str, ...] = ()) -> Path:
    """Writes the books and the file that a worker reads; none of `names` means every case."""
    books = {"four": folder / "four.npz", "sixty": folder / "sixty.npz"}
    np.savez(books["four"], **_four())
    np.savez(books["sixty"], **_sixty())
    chosen = documents()
    cases = [
        {
            "name": name,
            "book": str(books[SPECS[name][0]]),
            "document": chosen[name],
            "sweep": name == SWEEP,
        }
        for name in names or SPECS
    ]
    path = folder / "cases.json"
    path.write_text(json.dumps(cases))
    return path


def _four() -> dict[str, Any]:
    """The bundled US bars with their corporate actions: four symbols, one listed later."""
    table = parquet.read_table(ROOT / "data/us_equities_with_actions.parquet")
    arrays = {name: table[name].to_numpy() for name in (*_PRICES, "dividend", "split_ratio")}
    time = table["time"].cast("int64").to_numpy()
    unit = table.schema.field("time").type.unit
    scale = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}[unit]
    return {"time": time * scale, "symbol": np.array(table["symbol"].to_pylist()), **arrays}


def _sixty() -> dict[str, Any]:
    """Made prices of 60 symbols, some listed later and some with holes: a walk of + and *."""
    random = np.random.default_rng(20240613)
    shape = (SIXTY_STEPS, SIXTY_SYMBOLS)
    moves = random.integers(-180, 186, shape) / 10_000.0
    close = (20.0 + 5.0 * np.arange(SIXTY_SYMBOLS)) * np.cumprod(1.0 + moves, axis=0)
    open_ = close * (1.0 + random.integers(-50, 51, shape) / 10_000.0)
    high = np.maximum(open_, close) * (1.0 + random.integers(0, 80, shape) / 10_000.0)
    low = np.minimum(open_, close) * (1.0 - random.integers(0, 80, shape) / 10_000.0)
    volume = random.integers(1_000, 2_000_000, shape).astype(np.float64)
    traded = random.integers(0, 200, shape) > 0
    traded[:90, 50:] = False
    steps, places = np.nonzero(traded)
    # Weekdays from Monday 2018-01-01 on.
    days = 17_532 + 7 * (np.arange(SIXTY_STEPS) // 5) + np.arange(SIXTY_STEPS) % 5
    arrays = {"open": open_, "high": high, "low": low, "close": close, "volume": volume}
    names = np.array([f"S{place:02d}" for place in range(SIXTY_SYMBOLS)])
    return {
        "time": days[steps] * _DAY,
        "symbol": names[places],
        **{name: values[steps, places] for name, values in arrays.items()},
    }
