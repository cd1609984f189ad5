"""Random strategies of the gate calibration: formulas and templates, drawn by a seed."""

from collections.abc import Mapping, Sequence
from typing import Any

from aurelius_engine.domain.formula.operators import Form, Kind, Operator, Parameter
from aurelius_engine.domain.formula.registry import OPERATORS
from aurelius_engine.domain.streams import Stream

# One way: what a liquid share costs.
COSTS: Mapping[str, Any] = {
    "commission": {"valueRatio": 0.0002},
    "slippage": {"halfSpreadRatio": 0.0003},
    "financing": {"borrowFeeRatio": 0.01},
}
DEPTH, LONGEST_WINDOW = 4, 250
_SERIES = ("open", "high", "low", "close", "volume", "vwap", "returns", "true_range")
_BY_SIGNAL: Mapping[str, Any] = {"signalWeights": {"normalisation": "NORMALISATION_GROSS"}}
_DOLLAR_NEUTRAL: Mapping[str, Any] = {
    "signalWeights": {"normalisation": "NORMALISATION_DOLLAR_NEUTRAL"}
}
_SIZINGS: tuple[Mapping[str, Any], ...] = (
    {"equalWeight": {}},
    {"inverseVolatility": {}},
    _BY_SIGNAL,
)
_SCHEDULES: tuple[Mapping[str, Any], ...] = (
    {},
    {"schedule": "REBALANCE_SCHEDULE_WEEKLY"},
    {"schedule": "REBALANCE_SCHEDULE_MONTHLY"},
    {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 10},
)
_CONDITIONS = [one for one in OPERATORS if one.result is Kind.CONDITION]
_GROUPS = [one for one in OPERATORS if one.result is Kind.GROUP]
_VALUES = [one for one in OPERATORS if one.result is Kind.SERIES]
_FAMILIES = sorted({one.family for one in _VALUES})


def whole(stream: Stream, least: int, most: int) -> int:
    """Returns a whole number in [least, most], small ones as likely as large ones by factors."""
    ratio, level = (most / least) ** float(stream.random()), float(least)
    return max(least, min(most, int(level * ratio + 0.5)))


def chosen(stream: Stream, items: Sequence[Any]) -> Any:
    """Returns one of the items."""
    return items[min(int(float(stream.random()) * len(items)), len(items) - 1)]


def between(stream: Stream, least: float, most: float) -> float:
    """Returns a number in [least, most] of three decimals."""
    return round(least + (most - least) * float(stream.random()), 3)


def formula(stream: Stream) -> Mapping[str, Any]:
    """Returns the proto JSON of an `Expression` over any operator of the language.

    Half of them are centred, over time or over symbols, so that both sides occur.
    """
    tree = _value(stream, 1 + int(float(stream.random()) * DEPTH))
    centred = chosen(stream, ("none", "none", "time", "symbols"))
    if centred == "time":
        window = {"number": float(whole(stream, 5, LONGEST_WINDOW))}
        return _call("subtract", [tree, _call("ts_mean", [tree, window])])
    if centred == "symbols":
        return _call("demean", [tree])
    return tree


def _call(operator: str, arguments: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"call": {"operator": operator, "arguments": list(arguments)}}


def _value(stream: Stream, depth: int) -> Mapping[str, Any]:
    if depth == 0:
        return {"series": chosen(stream, _SERIES)}
    family = chosen(stream, _FAMILIES)
    operator = chosen(stream, [one for one in _VALUES if one.family == family])
    return _applied(stream, operator, depth)


def _applied(stream: Stream, operator: Operator, depth: int) -> Mapping[str, Any]:
    arguments = [_argument(stream, one, depth - 1) for one in operator.parameters]
    return _call(operator.name, arguments)


def _argument(stream: Stream, parameter: Parameter, depth: int) -> Mapping[str, Any]:
    if parameter.form is Form.WINDOW:
        most = min(int(parameter.most), LONGEST_WINDOW)
        return {"number": float(whole(stream, max(2, int(parameter.least)), most))}
    if parameter.form is Form.CONSTANT:
        if parameter.default is not None:
            return {"number": parameter.default}
        if parameter.name == "n":
            return {"number": float(whole(stream, 2, 4))}
        low, high = max(parameter.least, -1.0), min(parameter.most, 1.0)
        # The ends of a clip: one below nothing, one above.
        ends = {"low": (low, 0.0), "high": (0.0, high)}
        return {"number": between(stream, *ends.get(parameter.name, (low, high)))}
    if parameter.form is Form.CONDITION:
        nested = [one for one in _CONDITIONS if depth > 0 or _is_flat(one)]
        return _applied(stream, chosen(stream, nested), max(depth, 1))
    if parameter.form is Form.GROUP:
        return _applied(stream, chosen(stream, _GROUPS), max(depth, 1))
    return _value(stream, max(depth, 0))


def _is_flat(operator: Operator) -> bool:
    """Whether a condition takes no other condition and no group."""
    return all(one.form not in (Form.CONDITION, Form.GROUP) for one in operator.parameters)


def _ts_momentum(stream: Stream) -> Mapping[str, Any]:
    return {"lookbackBars": whole(stream, 2, 250)}


def _trend_following(stream: Stream) -> Mapping[str, Any]:
    fast = whole(stream, 2, 60)
    return {"fastBars": fast, "slowBars": fast + whole(stream, 5, 200)}


def _mean_reversion(stream: Stream) -> Mapping[str, Any]:
    entry = between(stream, 0.5, 2.5)
    leave = round(entry * between(stream, 0.0, 0.8), 3)
    return {"lookbackBars": whole(stream, 5, 120), "entryZscore": entry, "exitZscore": leave}


def _breakout(stream: Stream) -> Mapping[str, Any]:
    return {"entryBars": whole(stream, 3, 150), "exitBars": whole(stream, 2, 80)}


def _pairs_trading(stream: Stream) -> Mapping[str, Any]:
    return {**_mean_reversion(stream), "lookbackBars": whole(stream, 20, 200)}


def _stat_arb(stream: Stream) -> Mapping[str, Any]:
    entry = between(stream, 0.5, 2.0)
    leave = round(entry * between(stream, 0.0, 0.8), 3)
    return {"lookbackBars": whole(stream, 20, 150), "entryScore": entry, "exitScore": leave}


def _market_neutral(stream: Stream) -> Mapping[str, Any]:
    return {"lookbackBars": whole(stream, 1, 120)}


def _volatility_trading(stream: Stream) -> Mapping[str, Any]:
    fast = whole(stream, 5, 40)
    slow = fast + whole(stream, 20, 200)
    return {"fastBars": fast, "slowBars": slow, "exitRatio": between(stream, 0.8, 2.0)}


def _ml_classifier(stream: Stream) -> Mapping[str, Any]:
    return {
        "featureCount": whole(stream, 2, 8),
        "trainBars": whole(stream, 120, 500),
        "retrainBars": whole(stream, 21, 120),
        "marginRatio": between(stream, 0.0, 0.1),
    }


TEMPLATES = {
    "breakout": _breakout,
    "marketNeutral": _market_neutral,
    "meanReversion": _mean_reversion,
    "mlClassifier": _ml_classifier,
    "pairsTrading": _pairs_trading,
    "statArb": _stat_arb,
    "trendFollowing": _trend_following,
    "tsMomentum": _ts_momentum,
    "volatilityTrading": _volatility_trading,
}
_NEUTRAL = ("marketNeutral", "pairsTrading", "statArb")


def kinds(stream: Stream) -> str:
    """Returns `formula` for half of the draws, else a template."""
    return "formula" if float(stream.random()) < 0.5 else str(chosen(stream, sorted(TEMPLATES)))


def specification(
    stream: Stream, kind: str, calendar: str, symbols: Sequence[str]
) -> Mapping[str, Any]:
    """Returns the proto JSON of a BacktestSpec with a random strategy of a kind, and costs."""
    both = kind in _NEUTRAL or float(stream.random()) < 0.5
    sizing = chosen(stream, (*_SIZINGS, _DOLLAR_NEUTRAL) if both else _SIZINGS)
    schedule = chosen(stream, _SCHEDULES)
    traded = list(symbols)
    if kind == "formula":
        strategy: Mapping[str, Any] = {"formula": {"expression": formula(stream)}}
    else:
        strategy = {kind: TEMPLATES[kind](stream)}
    if kind == "pairsTrading":
        first = int(float(stream.random()) * len(traded))
        step = 1 + int(float(stream.random()) * (len(traded) - 1))
        traded = [traded[first], traded[(first + step) % len(traded)]]
        sizing, schedule = _BY_SIGNAL, {}
    return {
        "strategy": strategy,
        "symbols": traded,
        "calendar": calendar,
        "initialCash": 1_000_000,
        "direction": "DIRECTION_LONG_SHORT" if both else "DIRECTION_LONG_FLAT",
        "sizing": sizing,
        "rebalance": schedule,
        **COSTS,
    }
