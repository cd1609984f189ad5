"""A second implementation of the metrics, from the definitions, in 60 digits.

It shares nothing with the engine but the run; callers set the digits. What it leaves out
are counts and sums of trades, which have tests of their own.
"""

import itertools

import mpmath
from mpmath import mpf

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation

NONE = mpf(2) ** -40
Want = mpf | str


def exact_returns(marks: list[float]) -> list[mpf]:
    exact = [mpf(mark) for mark in marks]
    return [after / before - 1 for before, after in itertools.pairwise(exact)]


def quantile(values: list[mpf], per_cent: int) -> mpf:
    ordered = sorted(values)
    low, rest = divmod((len(values) - 1) * per_cent, 100)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + mpf(rest) / 100 * (ordered[high] - ordered[low])


def mean_of_lowest(values: list[mpf], per_cent: int) -> mpf:
    lowest = sorted(values)[: (len(values) - 1) * per_cent // 100 + 1]
    return sum(lowest, mpf(0)) / len(lowest)


def central(values: list[mpf], power: int) -> mpf:
    mean = sum(values, mpf(0)) / len(values)
    return sum(((value - mean) ** power for value in values), mpf(0)) / len(values)


def drawdowns(marks: list[float]) -> list[mpf]:
    exact = [mpf(mark) for mark in marks]
    peaks = itertools.accumulate(exact, max)
    return [1 - mark / peak for mark, peak in zip(exact, peaks, strict=True)][1:]


def episodes(falls: list[mpf]) -> list[list[tuple[int, mpf]]]:
    found: list[list[tuple[int, mpf]]] = []
    inside = False
    for i, fall in enumerate(falls):
        if fall > NONE:
            found = found if inside else [*found, []]
            found[-1].append((i, fall))
            inside = True
        else:
            inside = False
    return found


def of_returns(run: Simulation, periods: float, rate: float) -> dict[str, Want]:
    marks = run.equity.tolist()
    r = exact_returns(marks)
    n, p, f = len(r), mpf(periods), mpf(rate) / mpf(periods)
    mean = sum(r, mpf(0)) / n
    free = mpf(rate) / mpf(periods)
    downside = mpmath.sqrt(sum((min(x - free, 0) ** 2 for x in r), mpf(0)) / n)
    above = sum((max(x - free, 0) for x in r), mpf(0))
    below = sum((max(free - x, 0) for x in r), mpf(0))
    lost = sum((max(-x, 0) for x in r), mpf(0))
    annual = mpmath.power(mpf(marks[-1]) / mpf(marks[0]), p / n) - 1
    low, high = quantile(r, 5), quantile(r, 95)
    want: dict[str, Want] = {
        "final_equity": mpf(marks[-1]),
        "total_return_ratio": mpf(marks[-1]) / mpf(marks[0]) - 1,
        "annual_return_ratio": annual,
        "mean_return_ratio": mean,
        "best_bar_ratio": max(r),
        "worst_bar_ratio": min(r),
        "positive_bar_ratio": mpf(sum(x > 0 for x in r)) / n,
        "downside_deviation_ratio": downside * mpmath.sqrt(p),
        "value_at_risk_95_ratio": -low,
        "value_at_risk_99_ratio": -quantile(r, 1),
        "conditional_value_at_risk_95_ratio": -mean_of_lowest(r, 5),
        "conditional_value_at_risk_99_ratio": -mean_of_lowest(r, 1),
        "tail_ratio": (abs(high) / abs(low)) if low else "UNDEFINED_NO_TAIL",
        "omega_ratio": (above / below) if below else "UNDEFINED_NO_LOSSES",
        "gain_to_pain_ratio": (mean * n / lost) if lost else "UNDEFINED_NO_LOSSES",
    }
    want |= _risk(r, f, p) | _falls(marks, annual, mpf(rate))
    if n < 2:
        want["sortino_ratio"] = "UNDEFINED_TOO_FEW_BARS"
    elif downside <= NONE:
        want["sortino_ratio"] = "UNDEFINED_NO_RISK"
    else:
        want["sortino_ratio"] = (mean - f) / downside * mpmath.sqrt(p)
    return want


def _risk(r: list[mpf], f: mpf, p: mpf) -> dict[str, Want]:
    names = ("sharpe_ratio", "sharpe_standard_error_ratio", "skewness", "excess_kurtosis")
    names += ("probabilistic_sharpe_2012_ratio", "probabilistic_sharpe_2025_ratio")
    names += ("cornish_fisher_value_at_risk_95_ratio", "cornish_fisher_value_at_risk_99_ratio")
    n = len(r)
    if n < 2:
        return dict.fromkeys((*names, "annual_volatility_ratio"), "UNDEFINED_TOO_FEW_BARS")
    mean = sum(r, mpf(0)) / n
    m2, m3, m4 = (central(r, k) for k in (2, 3, 4))
    deviation = mpmath.sqrt(m2 * n / (n - 1))
    volatility = deviation * mpmath.sqrt(p)
    if deviation <= NONE:
        return dict.fromkeys(names, "UNDEFINED_NO_RISK") | {"annual_volatility_ratio": volatility}
    skew, kurt = m3 / mpmath.power(m2, mpf(3) / 2), m4 / m2**2
    q = (mean - f) / deviation
    error = mpmath.sqrt((1 - skew * q + (kurt - 1) / 4 * q * q) / (n - 1))
    want: dict[str, Want] = {
        "annual_volatility_ratio": volatility,
        "sharpe_ratio": q * mpmath.sqrt(p),
        "sharpe_standard_error_ratio": error * mpmath.sqrt(p),
        "skewness": skew,
        "excess_kurtosis": kurt - 3,
        "probabilistic_sharpe_2012_ratio": mpmath.ncdf(q / error),
        "probabilistic_sharpe_2025_ratio": mpmath.ncdf(q * mpmath.sqrt(n)),
    }
    if error <= NONE:
        want["sharpe_standard_error_ratio"] = "UNDEFINED_NO_RISK"
        want["probabilistic_sharpe_2012_ratio"] = "UNDEFINED_NO_RISK"
    for per_cent, level in ((5, 95), (1, 99)):
        z = mpmath.sqrt(2) * mpmath.erfinv(2 * mpf(per_cent) / 100 - 1)
        w = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * (kurt - 3) / 24
        w -= (2 * z**3 - 5 * z) * skew**2 / 36
        want[f"cornish_fisher_value_at_risk_{level}_ratio"] = -(mean + w * deviation)
    return want


def _falls(marks: list[float], annual: mpf, rate: mpf) -> dict[str, Want]:
    falls = drawdowns(marks)
    found, n = episodes(falls), len(falls)
    deepest = max(falls)
    ulcer = mpmath.sqrt(sum((fall**2 for fall in falls), mpf(0)) / n)
    want: dict[str, Want] = {
        "max_drawdown_ratio": deepest,
        "final_drawdown_ratio": falls[-1],
        "drawdown_count": mpf(len(found)),
        "longest_drawdown_bars": mpf(max((len(e) for e in found), default=0)),
        "underwater_ratio": mpf(sum(len(e) for e in found)) / n,
        "pain_index_ratio": (sum(falls, mpf(0)) / n),
        "ulcer_index_ratio": ulcer,
    }
    names = ("average_drawdown_ratio", "drawdown_recovery_bars", "calmar_ratio", "martin_ratio")
    if not found:
        return want | dict.fromkeys((*names, "recovery_factor_ratio"), "UNDEFINED_NO_DRAWDOWN")
    depths = [max(fall for _, fall in e) for e in found]
    worst = found[depths.index(max(depths))]
    bottom = next(i for i, fall in worst if fall == deepest)
    end = worst[-1][0] + 1
    want["average_drawdown_ratio"] = sum(depths, mpf(0)) / len(depths)
    want["drawdown_recovery_bars"] = mpf(end - bottom) if end < n else "UNDEFINED_NOT_RECOVERED"
    want["calmar_ratio"] = annual / deepest
    want["martin_ratio"] = (annual - rate) / ulcer
    want["recovery_factor_ratio"] = (mpf(marks[-1]) / mpf(marks[0]) - 1) / deepest
    return want


def of_activity(run: Simulation, periods: float) -> dict[str, Want]:
    fills, marks = run.fills, [mpf(mark) for mark in run.equity.tolist()]
    n = len(marks) - 1
    quantity = [mpf(value) for value in fills.quantity.tolist()]
    price = [mpf(value) for value in fills.price.tolist()]
    reference = [mpf(value) for value in fills.reference_price.tolist()]
    gross = [mpf(value) for value in run.gross_value.tolist()]
    net = [mpf(value) for value in run.position_value.tolist()]
    traded = sum((abs(q) * p for q, p in zip(quantity, price, strict=True)), mpf(0))
    parts, per_equity = [], []
    for q, step, symbol in zip(quantity, fills.step.tolist(), fills.symbol.tolist(), strict=True):
        volume = run.panel.volume[step, symbol]
        if volume == volume:
            parts.append(abs(q) / mpf(float(volume)))
            per_equity.append(parts[-1] / marks[step])
    slipped = zip(quantity, price, reference, strict=True)
    want: dict[str, Want] = {
        "exposure_ratio": mpf(sum(value > 0 for value in gross[1:])) / n,
        "mean_gross_ratio": _mean([g / e for g, e in _pairs(gross, marks)]),
        "max_gross_ratio": max(g / e for g, e in _pairs(gross, marks)),
        "mean_net_ratio": _mean([v / e for v, e in _pairs(net, marks)]),
        "turnover_ratio": (traded / _mean(marks[1:])) * mpf(periods) / n,
        "commission_total": sum(map(mpf, fills.commission.tolist()), mpf(0)),
        "slippage_total": sum((q * (p - at) for q, p, at in slipped), mpf(0)),
        "borrow_fee_total": -_flow(run, codes.BORROW_FEE),
        "dividend_total": _flow(run, codes.DIVIDEND),
        "fill_count": mpf(len(quantity)),
    }
    names = ("mean_participation_ratio", "max_participation_ratio", "capacity_equity")
    if not parts:
        return want | dict.fromkeys(names, "UNDEFINED_NO_FILLS")
    want["mean_participation_ratio"] = _mean(parts)
    want["max_participation_ratio"] = max(parts)
    want["capacity_equity"] = mpf(1) / 100 / _mean(per_equity)
    return want


def _pairs(values: list[mpf], marks: list[mpf]) -> list[tuple[mpf, mpf]]:
    return list(zip(values[1:], marks[1:], strict=True))


def _mean(values: list[mpf]) -> mpf:
    return sum(values, mpf(0)) / len(values)


def _flow(run: Simulation, kind: int) -> mpf:
    rows = zip(run.flows.kind.tolist(), run.flows.amount.tolist(), strict=True)
    return sum((mpf(amount) for sort, amount in rows if sort == kind), mpf(0))


def beside(run: Simulation, closes: list[float], periods: float, rate: float) -> dict[str, Want]:
    """Metrics beside a benchmark with at least three closes that are not all equal."""
    first = next(i for i, close in enumerate(closes) if close == close)
    r = exact_returns(run.equity.tolist()[1 + first :])
    b = exact_returns(closes[first:])
    m, p, f = len(r), mpf(periods), mpf(rate) / mpf(periods)
    mean_r, mean_b = _mean(r), _mean(b)
    active = [x - y for x, y in zip(r, b, strict=True)]
    shared = _mean([(x - mean_r) * (y - mean_b) for x, y in zip(r, b, strict=True)])
    beta = shared / central(b, 2)
    error = mpmath.sqrt(central(active, 2) * m / (m - 1))
    up = [(x, y) for x, y in zip(r, b, strict=True) if y > 0]
    down = [(x, y) for x, y in zip(r, b, strict=True) if y < 0]
    total = mpf(closes[-1]) / mpf(closes[first]) - 1
    own = mpf(float(run.equity[-1])) / mpf(float(run.equity[1 + first])) - 1
    spread = mpmath.sqrt(central(r, 2)) * mpmath.sqrt(central(b, 2))
    return {
        "benchmark_return_ratio": total,
        "excess_return_ratio": (own - total),
        "beta": beta,
        "alpha_ratio": ((mean_r - f) - beta * (mean_b - f)) * p,
        "correlation": shared / spread,
        "tracking_error_ratio": error * mpmath.sqrt(p),
        "information_ratio": _mean(active) / error * mpmath.sqrt(p),
        "treynor_ratio": ((mean_r - f) / beta) * p,
        "up_capture_ratio": (sum(x for x, _ in up) / sum(y for _, y in up)),
        "down_capture_ratio": (sum(x for x, _ in down) / sum(y for _, y in down)),
    }
