"""The metrics a second way: from the stored tables alone, in plain numbers.

It shares no code with domain/metrics. Sums are exact (`math.fsum`) and what needs a logarithm,
a power or a distribution is computed in 40 decimal digits, so that its own rounding is far
below what it judges. docs/specs/metrics.md has each definition.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

Row = Sequence[float]
_DIGITS = 40
_NOTHING = 2.0**-40
_Z = {95: -1.6448536269514722, 99: -2.3263478740408408}
_MONTH_DAYS_FROM_MARCH = (0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the tables of a result say, as lists.

    Attributes:
        times: Of the bars, ns UTC, (n,).
        equity: (n + 1,).
        gross: Long plus short, (n + 1,).
        net: Long less short, (n + 1,).
        fills: quantity, price, reference price, commission.
        volumes: Of each fill's bar; None outside of one.
        before: The equity at the mark before each fill's bar.
        flows: kind, amount.
        states: Of each order.
        trades: profit, entry value, entry time, exit time (-1 for open), by their ends.
        benchmark: What it was worth at each bar, NaN before its first; empty without one.
    """

    times: Sequence[int]
    equity: Row
    gross: Row
    net: Row
    fills: Sequence[tuple[float, float, float, float]]
    volumes: Sequence[float | None]
    before: Row
    flows: Sequence[tuple[str, float]]
    states: Sequence[str]
    trades: Sequence[tuple[float, float, int, int]]
    benchmark: Row


def recomputed(stored: Stored, *, periods: float, free: float) -> dict[str, float]:
    """Returns every metric that is defined, by id; one that is not is left out.

    Args:
        stored: The tables.
        periods: Bars a year.
        free: The risk-free rate a year.
    """
    found: dict[str, float] = {
        "final_equity": stored.equity[-1],
        "total_return_ratio": (stored.equity[-1] - stored.equity[0]) / stored.equity[0],
    }
    if all(mark > 0.0 for mark in stored.equity):
        returns = _returns(stored.equity)
        found |= _of_returns(returns, stored, periods, free)
        found |= _risk(returns, periods, free)
        found |= _drawdowns(stored.equity, found, free)
        found |= _months(stored)
        found |= _beside(stored, periods, free)
    return found | _activity(stored, periods) | _trades(stored)


def _returns(levels: Row) -> list[float]:
    return [(levels[i + 1] - levels[i]) / levels[i] for i in range(len(levels) - 1)]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _raised(value: float, power: int) -> float:
    found = value
    for _ in range(power - 1):
        found *= value
    return found


def _power(base: float, exponent: float) -> float:
    with localcontext(Context(prec=_DIGITS)):
        return float((Decimal(base).ln() * Decimal(exponent)).exp())


def _normal(x: float) -> float:
    """Returns the distribution function of the standard normal, by its power series."""
    if abs(x) > 12.0:
        return 0.0 if x < 0.0 else 1.0
    with localcontext(Context(prec=3 * _DIGITS)):
        value = Decimal(x)
        term, total, k = value, value, 1
        while abs(term) > Decimal(f"1e-{2 * _DIGITS}"):
            term *= value * value / (2 * k + 1)
            total += term
            k += 1
        # 1 / sqrt(2 pi), to 50 digits.
        scale = Decimal("0.39894228040143267793994605993438186847585863116493")
        density = (-value * value / 2).exp() * scale
        return float(Decimal("0.5") + density * total)


def _quantile(ordered: Row, per_cent: int) -> float:
    low, rest = divmod((len(ordered) - 1) * per_cent, 100)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + rest / 100.0 * (ordered[high] - ordered[low])


def _of_returns(r: list[float], stored: Stored, periods: float, free: float) -> dict[str, float]:
    n, f = len(r), free / periods
    ordered = sorted(r)
    low, high = _quantile(ordered, 5), _quantile(ordered, 95)
    downside = math.sqrt(math.fsum(_raised(min(x - f, 0.0), 2) for x in r) / n)
    below, lost = math.fsum(max(f - x, 0.0) for x in r), math.fsum(max(-x, 0.0) for x in r)
    found = {
        "annual_return_ratio": _power(stored.equity[-1] / stored.equity[0], periods / n) - 1.0,
        "mean_return_ratio": _mean(r),
        "best_bar_ratio": max(r),
        "worst_bar_ratio": min(r),
        "positive_bar_ratio": [x > 0.0 for x in r].count(True) / n,
        "downside_deviation_ratio": downside * math.sqrt(periods),
        "value_at_risk_95_ratio": -low,
        "value_at_risk_99_ratio": -_quantile(ordered, 1),
        "conditional_value_at_risk_95_ratio": -_mean(ordered[: (n - 1) * 5 // 100 + 1]),
        "conditional_value_at_risk_99_ratio": -_mean(ordered[: (n - 1) // 100 + 1]),
    }
    if low != 0.0:
        found["tail_ratio"] = abs(high) / abs(low)
    if below > 0.0:
        found["omega_ratio"] = math.fsum(max(x - f, 0.0) for x in r) / below
    if lost > 0.0:
        found["gain_to_pain_ratio"] = math.fsum(r) / lost
    if n > 1 and downside > _NOTHING:
        found["sortino_ratio"] = (_mean(r) - f) / downside * math.sqrt(periods)
    return found


def _moment(r: list[float], mean: float, power: int) -> float:
    return math.fsum(_raised(x - mean, power) for x in r) / len(r)


def _risk(r: list[float], periods: float, free: float) -> dict[str, float]:
    n, f = len(r), free / periods
    if n < 2:
        return {}
    mean = _mean(r)
    m2, m3, m4 = (_moment(r, mean, power) for power in (2, 3, 4))
    deviation, root = math.sqrt(m2 * n / (n - 1)), math.sqrt(periods)
    found = {"annual_volatility_ratio": deviation * root}
    if deviation <= _NOTHING:
        return found
    skew, kurt = m3 / (m2 * math.sqrt(m2)), m4 / (m2 * m2)
    q = (mean - f) / deviation
    error = math.sqrt((1.0 - skew * q + (kurt - 1.0) / 4.0 * q * q) / (n - 1))
    found |= {
        "sharpe_ratio": q * root,
        "skewness": skew,
        "excess_kurtosis": kurt - 3.0,
        "probabilistic_sharpe_2025_ratio": _normal(q * math.sqrt(n)),
    }
    if error > _NOTHING:
        found["sharpe_standard_error_ratio"] = error * root
        found["probabilistic_sharpe_2012_ratio"] = _normal(q / error)
    for level, z in _Z.items():
        w = z + (z * z - 1.0) * skew / 6.0 + (_raised(z, 3) - 3.0 * z) * (kurt - 3.0) / 24.0
        w -= (2.0 * _raised(z, 3) - 5.0 * z) * skew * skew / 36.0
        found[f"cornish_fisher_value_at_risk_{level}_ratio"] = -(mean + w * deviation)
    return found


def _drawdowns(equity: Row, known: Mapping[str, float], free: float) -> dict[str, float]:
    falls, peak = [], equity[0]
    for mark in equity[1:]:
        peak = max(peak, mark)
        falls.append((peak - mark) / peak)
    n, deepest = len(falls), max(falls)
    runs: list[list[int]] = []
    for bar, fall in enumerate(falls):
        if fall > _NOTHING:
            if runs and runs[-1][-1] == bar - 1:
                runs[-1].append(bar)
            else:
                runs.append([bar])
    ulcer = math.sqrt(math.fsum(fall * fall for fall in falls) / n)
    found = {
        "max_drawdown_ratio": deepest,
        "final_drawdown_ratio": falls[-1],
        "drawdown_count": float(len(runs)),
        "longest_drawdown_bars": float(max(map(len, runs), default=0)),
        "underwater_ratio": float(len([bar for run in runs for bar in run])) / n,
        "pain_index_ratio": math.fsum(falls) / n,
        "ulcer_index_ratio": ulcer,
    }
    if not runs:
        return found
    depths = [max(falls[bar] for bar in run) for run in runs]
    worst = runs[depths.index(max(depths))]
    bottom = next(bar for bar in worst if falls[bar] == deepest)
    found["average_drawdown_ratio"] = _mean(depths)
    if worst[-1] + 1 < n:
        found["drawdown_recovery_bars"] = float(worst[-1] + 1 - bottom)
    found["calmar_ratio"] = known["annual_return_ratio"] / deepest
    found["martin_ratio"] = (known["annual_return_ratio"] - free) / ulcer
    found["recovery_factor_ratio"] = known["total_return_ratio"] / deepest
    return found


def _month(time: int) -> tuple[int, int]:
    """Returns the year that begins in March and the month of it, of a time in ns UTC."""
    days = time // 86_400_000_000_000 + 719_468
    year = days // 366
    while _first_of_year(year + 1) <= days:
        year += 1
    day = days - _first_of_year(year)
    return year, max(k for k, first in enumerate(_MONTH_DAYS_FROM_MARCH) if first <= day)


def _first_of_year(year: int) -> int:
    return 365 * year + year // 4 - year // 100 + year // 400


def _months(stored: Stored) -> dict[str, float]:
    levels, seen = [stored.equity[0]], _month(stored.times[0])
    gains = []
    for bar, time in enumerate(stored.times):
        month = _month(time)
        if month != seen:
            gains.append(stored.equity[bar] / levels[-1] - 1.0)
            levels.append(stored.equity[bar])
            seen = month
    gains.append(stored.equity[-1] / levels[-1] - 1.0)
    return {
        "best_month_ratio": max(gains),
        "worst_month_ratio": min(gains),
        "positive_month_ratio": [gain > 0.0 for gain in gains].count(True) / len(gains),
    }


def _beside(stored: Stored, periods: float, free: float) -> dict[str, float]:
    first = next((k for k, v in enumerate(stored.benchmark) if not math.isnan(v)), -1)
    if first < 0:
        return {}
    own, other = stored.equity[1 + first :], stored.benchmark[first:]
    r, b, f = _returns(own), _returns(other), free / periods
    if len(r) < 2:
        return {}
    active = [x - y for x, y in zip(r, b, strict=True)]
    mean_r, mean_b, mean_a, m = _mean(r), _mean(b), _mean(active), len(r)
    error = math.sqrt(_moment(active, mean_a, 2) * m / (m - 1))
    root = math.sqrt(periods)
    total = (other[-1] - other[0]) / other[0]
    found = {
        "benchmark_return_ratio": total,
        "excess_return_ratio": own[-1] / own[0] - other[-1] / other[0],
        "tracking_error_ratio": error * root,
    }
    if error > _NOTHING:
        found["information_ratio"] = mean_a / error * root
    for name, sign in (("up_capture_ratio", 1.0), ("down_capture_ratio", -1.0)):
        chosen = [(x, y) for x, y in zip(r, b, strict=True) if y * sign > 0.0]
        if chosen:
            found[name] = math.fsum(x for x, _ in chosen) / math.fsum(y for _, y in chosen)
    m2_b, m2_r = _moment(b, mean_b, 2), _moment(r, mean_r, 2)
    if math.sqrt(m2_b * m / (m - 1)) <= _NOTHING:
        return found
    shared = math.fsum((x - mean_r) * (y - mean_b) for x, y in zip(r, b, strict=True)) / m
    beta = shared / m2_b
    found |= {"beta": beta, "alpha_ratio": ((mean_r - f) - beta * (mean_b - f)) * periods}
    if m2_r > 0.0:
        found["correlation"] = shared / math.sqrt(m2_r) / math.sqrt(m2_b)
    if beta != 0.0:
        found["treynor_ratio"] = (mean_r - f) * periods / beta
    return found


def _activity(stored: Stored, periods: float) -> dict[str, float]:
    n = len(stored.equity) - 1
    traded = math.fsum(abs(q) * price for q, price, _, _ in stored.fills)
    kinds = sorted({kind for kind, _ in stored.flows})
    sums = {
        kind: math.fsum(amount for other, amount in stored.flows if other == kind) for kind in kinds
    }
    found = {
        "exposure_ratio": [value > 0.0 for value in stored.gross[1:]].count(True) / n,
        "commission_total": math.fsum(fee for _, _, _, fee in stored.fills),
        "slippage_total": math.fsum(q * (price - at) for q, price, at, _ in stored.fills),
        "borrow_fee_total": 0.0 - sums.get("borrow_fee", 0.0),
        "interest_total": 0.0
        - math.fsum((sums.get("margin_interest", 0.0), sums.get("cash_interest", 0.0))),
        "dividend_total": sums.get("dividend", 0.0),
        "cash_in_lieu_total": sums.get("cash_in_lieu", 0.0),
        "fill_count": float(len(stored.fills)),
        "order_count": float(len(stored.states)),
    }
    for state in ("filled", "cancelled", "rejected", "open"):
        found[f"{state}_order_count"] = float(stored.states.count(state))
    if all(mark > 0.0 for mark in stored.equity):
        marks = stored.equity[1:]
        gross = [value / mark for value, mark in zip(stored.gross[1:], marks, strict=True)]
        net = [value / mark for value, mark in zip(stored.net[1:], marks, strict=True)]
        found |= {
            "mean_gross_ratio": _mean(gross),
            "max_gross_ratio": max(gross),
            "mean_net_ratio": _mean(net),
            "turnover_ratio": traded / _mean(marks) * periods / n,
        }
    bars = [
        (abs(fill[0]) / volume, equity)
        for fill, volume, equity in zip(stored.fills, stored.volumes, stored.before, strict=True)
        if volume
    ]
    if bars and not any(volume == 0.0 for volume in stored.volumes):
        found["mean_participation_ratio"] = _mean([part for part, _ in bars])
        found["max_participation_ratio"] = max(part for part, _ in bars)
        if all(mark > 0.0 for mark in stored.equity):
            each = _mean([part / equity for part, equity in bars])
            found["capacity_equity"] = 0.01 / each
    return found


def _trades(stored: Stored) -> dict[str, float]:
    place = {time: bar for bar, time in enumerate(stored.times)}
    closed = [trade for trade in stored.trades if trade[3] >= 0]
    profits = [profit for profit, _, _, _ in closed]
    open_profit = math.fsum(profit for profit, _, _, leave in stored.trades if leave < 0)
    won, lost = [p for p in profits if p > 0.0], [p for p in profits if p < 0.0]
    longest = row = 0
    for profit in profits:
        row = row + 1 if profit < 0.0 else 0
        longest = max(longest, row)
    found = {
        "trade_count": float(len(closed)),
        "open_trade_count": float(len(stored.trades) - len(closed)),
        "max_consecutive_losses": float(longest),
        "closed_profit": math.fsum(profits),
        "open_profit": open_profit,
    }
    if closed:
        ratios = [profit / value for profit, value, _, _ in closed]
        held = [float(place[leave] - place[enter]) for _, _, enter, leave in closed]
        found |= {
            "win_rate_ratio": len(won) / len(closed),
            "average_trade_ratio": _mean(ratios),
            "best_trade_ratio": max(ratios),
            "worst_trade_ratio": min(ratios),
            "average_trade_profit": _mean(profits),
            "mean_holding_bars": _mean(held),
        }
    if lost:
        mean_loss = -_mean(lost)
        found["profit_factor_ratio"] = math.fsum(won) / -math.fsum(lost)
        found["expectancy_ratio"] = _mean(profits) / mean_loss
        if won:
            found["payoff_ratio"] = _mean(won) / mean_loss
    return found
