"""The metric registry and the one place that computes its values. docs/specs/metrics.md."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log
from aurelius_engine.domain.simulation import Simulation
from aurelius_engine.domain.trades import RoundTrip, round_trips

Floats = NDArray[np.float64]
Outcome = float | str
_NOT_POSITIVE = "UNDEFINED_EQUITY_NOT_POSITIVE"
_TOO_FEW_BARS = "UNDEFINED_TOO_FEW_BARS"
_NO_RISK = "UNDEFINED_NO_RISK"
_NO_DRAWDOWN = "UNDEFINED_NO_DRAWDOWN"
_NO_TRADES = "UNDEFINED_NO_TRADES"
_NO_LOSSES = "UNDEFINED_NO_LOSSES"
_OVERFLOW = "UNDEFINED_OVERFLOW"
# A risk up to this is none: what the rounding of an unmoved account looks like.
_ROUNDING = 2.0**-40


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the formulas draw on. Ratios are per bar unless their name says otherwise."""

    bars: int
    periods_per_year: float
    risk_free: float
    equity: Floats
    positive: bool
    mean: float
    deviation: float
    downside: float
    drawdown: float
    held_bars: int
    traded_value: float
    mean_equity: float
    commissions: float
    fills: int
    trades: tuple[RoundTrip, ...]


@numba.njit(cache=True, nogil=True)
def _moments(equity: Floats, risk_free: float) -> tuple[float, float, float, float, float]:
    n = equity.size - 1
    total, lost = 0.0, 0.0
    peak, drawdown = equity[0], 0.0
    level = 0.0
    for i in range(1, n + 1):
        value = equity[i] / equity[i - 1] - 1.0
        new = total + value
        lost += (total - new) + value if abs(total) >= abs(value) else (value - new) + total
        total = new
        peak = max(peak, equity[i])
        drawdown = max(drawdown, 1.0 - equity[i] / peak)
        level += equity[i]
    mean = (total + lost) / n
    squares, below = 0.0, 0.0
    for i in range(1, n + 1):
        value = equity[i] / equity[i - 1] - 1.0
        squares += (value - mean) * (value - mean)
        under = min(value - risk_free, 0.0)
        below += under * under
    deviation = math.sqrt(squares / (n - 1)) if n > 1 else 0.0
    return mean, deviation, math.sqrt(below / n), drawdown, level / n


def statistics(run: Simulation, *, periods_per_year: float, risk_free_ratio: float) -> Statistics:
    """Gathers what the formulas draw on; one pass over the equity, one over the fills."""
    equity = np.ascontiguousarray(run.equity[:, 2])
    positive = bool(np.all(equity > 0.0))
    risk_free = risk_free_ratio / periods_per_year
    nothing = (0.0, 0.0, 0.0, 0.0, 0.0)
    mean, deviation, downside, drawdown, level = (
        _moments(equity, risk_free) if positive else nothing
    )
    traded = commissions = 0.0
    for _, _, _, quantity, price, fee in run.fills.tolist():
        traded += abs(quantity) * price
        commissions += fee
    return Statistics(
        bars=equity.size - 1,
        periods_per_year=periods_per_year,
        risk_free=risk_free,
        equity=equity,
        positive=positive,
        mean=mean,
        deviation=deviation,
        downside=downside,
        drawdown=drawdown,
        held_bars=_held_bars(run),
        traded_value=traded,
        mean_equity=level,
        commissions=commissions,
        fills=len(run.fills),
        trades=tuple(round_trips(run)),
    )


def _held_bars(run: Simulation) -> int:
    """Counts the bars whose close marks a position, offsetting ones included."""
    held = [0.0] * len(run.panel.symbols)
    bars = count = since = 0
    for step, _, place, quantity, _, _ in run.fills.tolist():
        bars += int(step) - since if count else 0
        before = held[int(place)] != 0.0
        held[int(place)] += quantity
        since, count = int(step), count + (held[int(place)] != 0.0) - before
    return bars + (run.panel.times.size - since if count else 0)


def _if_positive(formula: Callable[[Statistics], Outcome]) -> Callable[[Statistics], Outcome]:
    return lambda s: formula(s) if s.positive else _NOT_POSITIVE


def _annual_return(s: Statistics) -> Outcome:
    ratio = float(s.equity[-1] / s.equity[0])
    if not 0.0 < ratio < math.inf:
        return _OVERFLOW
    growth = fixed_log(ratio) * (s.periods_per_year / s.bars)
    if growth > 700.0:
        return _OVERFLOW
    # Below -700, e^growth is lost beside 1.
    return fixed_exp(growth) - 1.0 if growth >= -700.0 else -1.0


def _over(s: Statistics, risk: float) -> Outcome:
    if s.bars < 2:
        return _TOO_FEW_BARS
    if risk <= _ROUNDING:
        return _NO_RISK
    return (s.mean - s.risk_free) / risk * math.sqrt(s.periods_per_year)


def _calmar(s: Statistics) -> Outcome:
    annual = _annual_return(s)
    if isinstance(annual, str) or s.drawdown <= _ROUNDING:
        return annual if isinstance(annual, str) else _NO_DRAWDOWN
    return annual / s.drawdown


def _profit_factor(s: Statistics) -> Outcome:
    won = _ordered_sum([t.profit for t in s.trades if t.profit > 0.0])
    lost = -_ordered_sum([t.profit for t in s.trades if t.profit < 0.0])
    if not s.trades:
        return _NO_TRADES
    return won / lost if lost > 0.0 else _NO_LOSSES


def _ordered_sum(values: list[float]) -> float:
    return math.fsum(values)


def _mean_of_trades(s: Statistics, each: Callable[[RoundTrip], float]) -> Outcome:
    if not s.trades:
        return _NO_TRADES
    return _ordered_sum([each(trade) for trade in s.trades]) / len(s.trades)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A definition. A changed formula takes a new version.

    `undefined` lists the reasons for which there is no value; UNDEFINED_OVERFLOW
    may also stand in for any value that is not finite.
    """

    id: str
    version: int
    unit: str
    formula: str
    divisor: str
    annualisation: str
    undefined: tuple[str, ...]
    compute: Callable[[Statistics], Outcome]


def _metric(
    id: str,
    unit: str,
    formula: str,
    divisor: str,
    compute: object,
    *,
    annualisation: str = "none",
    undefined: tuple[str, ...] = (),
) -> Metric:
    return Metric(
        id=id,
        version=1,
        unit=unit,
        formula=formula,
        divisor=divisor,
        annualisation=annualisation,
        undefined=undefined,
        compute=compute,  # type: ignore[arg-type]
    )


# r_t = E_t / E_(t-1) - 1 over n bars; P = periods per year; f = annual risk-free rate / P.
REGISTRY: tuple[Metric, ...] = (
    _metric("final_equity", "quote_currency", "E_n", "none", lambda s: float(s.equity[-1])),
    _metric(
        "total_return_ratio",
        "ratio",
        "E_n / E_0 - 1",
        "E_0",
        lambda s: float(s.equity[-1] / s.equity[0]) - 1.0,
    ),
    _metric(
        "annual_return_ratio",
        "ratio_per_year",
        "(E_n / E_0)^(P / n) - 1",
        "n",
        _if_positive(_annual_return),
        annualisation="to the power P / n",
        undefined=(_NOT_POSITIVE, _OVERFLOW),
    ),
    _metric(
        "annual_volatility_ratio",
        "ratio_per_year",
        "sqrt(sum((r - mean r)^2) / (n - 1)) sqrt(P)",
        "n - 1",
        _if_positive(
            lambda s: s.deviation * math.sqrt(s.periods_per_year) if s.bars > 1 else _TOO_FEW_BARS
        ),
        annualisation="times sqrt(P)",
        undefined=(_NOT_POSITIVE, _TOO_FEW_BARS),
    ),
    _metric(
        "sharpe_ratio",
        "ratio",
        "(mean r - f) / sqrt(sum((r - mean r)^2) / (n - 1)) sqrt(P)",
        "n - 1",
        _if_positive(lambda s: _over(s, s.deviation)),
        annualisation="times sqrt(P)",
        undefined=(_NOT_POSITIVE, _TOO_FEW_BARS, _NO_RISK),
    ),
    _metric(
        "sortino_ratio",
        "ratio",
        "(mean r - f) / sqrt(sum(min(r - f, 0)^2) / n) sqrt(P)",
        "n",
        _if_positive(lambda s: _over(s, s.downside)),
        annualisation="times sqrt(P)",
        undefined=(_NOT_POSITIVE, _TOO_FEW_BARS, _NO_RISK),
    ),
    _metric(
        "max_drawdown_ratio",
        "ratio",
        "max(1 - E_t / max(E_0..E_t))",
        "running peak",
        _if_positive(lambda s: s.drawdown),
        undefined=(_NOT_POSITIVE,),
    ),
    _metric(
        "calmar_ratio",
        "ratio",
        "annual_return_ratio / max_drawdown_ratio",
        "max_drawdown_ratio",
        _if_positive(_calmar),
        annualisation="that of annual_return_ratio",
        undefined=(_NOT_POSITIVE, _OVERFLOW, _NO_DRAWDOWN),
    ),
    _metric(
        "exposure_ratio",
        "ratio",
        "bars whose close marks a position / n",
        "n",
        lambda s: s.held_bars / s.bars,
    ),
    _metric(
        "turnover_ratio",
        "ratio_per_year",
        "sum |quantity| price / mean(E_1..E_n) P / n",
        "mean(E_1..E_n)",
        _if_positive(lambda s: s.traded_value / s.mean_equity * s.periods_per_year / s.bars),
        annualisation="times P / n",
        undefined=(_NOT_POSITIVE,),
    ),
    _metric(
        "commission_total", "quote_currency", "sum of commissions", "none", lambda s: s.commissions
    ),
    _metric("fill_count", "count", "fills", "none", lambda s: float(s.fills)),
    _metric("trade_count", "count", "closed round trips", "none", lambda s: float(len(s.trades))),
    _metric(
        "win_rate_ratio",
        "ratio",
        "closed round trips with profit > 0 / closed round trips",
        "trade_count",
        lambda s: _mean_of_trades(s, lambda t: 1.0 if t.profit > 0.0 else 0.0),
        undefined=(_NO_TRADES,),
    ),
    _metric(
        "profit_factor_ratio",
        "ratio",
        "sum of profits > 0 / -sum of profits < 0",
        "sum of losses",
        _profit_factor,
        undefined=(_NO_TRADES, _NO_LOSSES),
    ),
    _metric(
        "average_trade_ratio",
        "ratio",
        "mean(profit / entry value) over closed round trips",
        "trade_count",
        lambda s: _mean_of_trades(s, lambda t: t.profit / t.entry_value),
        undefined=(_NO_TRADES,),
    ),
)


def compute_metrics(s: Statistics) -> list[tuple[Metric, Outcome]]:
    """Returns every metric of the registry with its value, or why it has none."""
    outcomes: list[tuple[Metric, Outcome]] = []
    for metric in REGISTRY:
        value = metric.compute(s)
        if isinstance(value, float) and not math.isfinite(value):
            value = _OVERFLOW
        outcomes.append((metric, value))
    return outcomes
