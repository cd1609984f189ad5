"""The rule of each operator of the formula language, for the slow interpreter beside it.

Sums and moments are exact rationals, rounded once. None is undefined.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Value = float | None
Columns = list[list[Value]]  # a symbol's bars, oldest first
LEVEL = Fraction(1, 2**40)


def finite(value: Any) -> Value:
    if value is None:
        return None
    value = float(value)
    return value + 0.0 if math.isfinite(value) else None


def each(rule: Callable[..., Any], *columns: Columns) -> Columns:
    out: Columns = []
    for bars in zip(*columns, strict=True):
        row: list[Value] = []
        for values in zip(*bars, strict=True):
            if None in values:
                row.append(None)
                continue
            try:
                row.append(finite(rule(*values)))
            except (ZeroDivisionError, ValueError, OverflowError):
                row.append(None)
        out.append(row)
    return out


def delayed(x: Columns, d: int) -> Columns:
    return [[None] * min(d, len(bars)) + list(bars[: max(0, len(bars) - d)]) for bars in x]


def windowed(x: Sequence[Value], d: int, rule: Callable[[list[float]], Any]) -> list[Value]:
    out: list[Value] = []
    for i in range(len(x)):
        window = [v for v in x[max(0, i - d + 1) : i + 1] if v is not None]
        out.append(finite(rule(window)) if len(window) == d else None)
    return out


def windowed_pairs(
    x: Sequence[Value], y: Sequence[Value], d: int, rule: Callable[[list[float], list[float]], Any]
) -> list[Value]:
    out: list[Value] = []
    for i in range(len(x)):
        low = max(0, i - d + 1)
        a = [v for v in x[low : i + 1] if v is not None]
        b = [v for v in y[low : i + 1] if v is not None]
        out.append(finite(rule(a, b)) if len(a) == len(b) == d else None)
    return out


def _power(x: float, y: float) -> float | None:
    if abs(y) <= 1024 and y == int(y):
        return float(Fraction(x) ** int(y))
    return x**y if x > 0.0 or (x == 0.0 and y > 0.0) else None


def _signed_power(x: float, y: float) -> float | None:
    size = _power(abs(x), y)
    return None if size is None else math.copysign(1.0, x) * (x != 0.0) * size


POINTWISE: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negate": lambda x: -x,
    "power": _power,
    "signedpower": _signed_power,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
    "sqrt": math.sqrt,
    "exp": lambda x: 0.0 if x < -700 else (math.exp(x) if x <= 700 else None),
    "log": math.log,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "min": min,
    "max": max,
    "clip": lambda x, low, high: min(max(x, low), high),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "equal": lambda x, y: x == y,
    "not_equal": lambda x, y: x != y,
    "and": lambda a, b: a == 1 and b == 1,
    "or": lambda a, b: a == 1 or b == 1,
    "not": lambda c: c == 0,
    "number": lambda c: c,
    "in_group": lambda g, n: g == n,
}


def _sum(w: Sequence[float]) -> Fraction:
    return sum((Fraction(v) for v in w), Fraction(0))


def mean_of(w: Sequence[float]) -> float:
    return float(_sum(w) / len(w))


def _moment(w: Sequence[float], k: int) -> Fraction:
    mean = _sum(w) / len(w)
    return sum(((Fraction(v) - mean) ** k for v in w), Fraction(0))


def _is_flat(w: Sequence[float]) -> bool:
    return _moment(w, 2) / len(w) <= (LEVEL * _sum(w) / len(w)) ** 2


def _variance(w: Sequence[float], ddof: float = 1) -> float:
    return 0.0 if _is_flat(w) else float(_moment(w, 2) / (len(w) - int(ddof)))


def _deviation(w: Sequence[float], ddof: float = 1) -> float:
    return math.sqrt(_variance(w, ddof))


def _ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None


def _skew(w: Sequence[float]) -> float | None:
    n = len(w)
    if _is_flat(w):
        return None
    g1 = float(_moment(w, 3) / n) / float(_moment(w, 2) / n) ** 1.5
    return math.sqrt(n * (n - 1)) / (n - 2) * g1


def _kurt(w: Sequence[float]) -> float | None:
    n = len(w)
    if _is_flat(w):
        return None
    g2 = float(_moment(w, 4) / n / (_moment(w, 2) / n) ** 2) - 3
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6)


def _quantile(w: Sequence[float], q: float) -> float:
    order, place = sorted(w), q * (len(w) - 1)
    low = math.floor(place)
    if place == low:
        return order[low]
    return order[low] + (order[low + 1] - order[low]) * (place - low)


def _rank_of(value: float, w: Sequence[float]) -> float:
    less, same = sum(v < value for v in w), sum(v == value for v in w)
    return (less + (same + 1) / 2) / len(w)


def _covariance(x: Sequence[float], y: Sequence[float]) -> Fraction:
    mean_x, mean_y = _sum(x) / len(x), _sum(y) / len(y)
    return sum(
        ((Fraction(a) - mean_x) * (Fraction(b) - mean_y) for a, b in zip(x, y, strict=True)),
        Fraction(0),
    )


def _correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    if _is_flat(x) or _is_flat(y):
        return None
    return float(_covariance(x, y)) / math.sqrt(_moment(x, 2) * _moment(y, 2))


def _beta(y: Sequence[float], x: Sequence[float]) -> float | None:
    return None if _is_flat(x) else float(_covariance(x, y) / _moment(x, 2))


def _residual(y: Sequence[float], x: Sequence[float]) -> float | None:
    slope = _beta(y, x)
    return None if slope is None else (y[-1] - mean_of(y)) - slope * (x[-1] - mean_of(x))


def _line(w: Sequence[float]) -> list[float]:
    return [float(i) for i in range(len(w))]


def _r2(w: Sequence[float]) -> float | None:
    found = _correlation(w, _line(w))
    return None if found is None else found * found


def _decay(w: Sequence[float]) -> float:
    weights = range(1, len(w) + 1)
    return float(
        sum((k * Fraction(v) for k, v in zip(weights, w, strict=True)), Fraction(0)) / sum(weights)
    )


WINDOWS: Mapping[str, Callable[..., Any]] = {
    "ts_sum": _sum,
    "ts_mean": mean_of,
    "ts_product": math.prod,
    "ts_min": min,
    "ts_max": max,
    "ts_argmin": lambda w: w.index(min(w)) + 1,
    "ts_argmax": lambda w: w.index(max(w)) + 1,
    "ts_range": lambda w: max(w) - min(w),
    "ts_scale": lambda w: _ratio(w[-1] - min(w), max(w) - min(w)),
    "ts_rank": lambda w: _rank_of(w[-1], w),
    "ts_median": lambda w: _quantile(w, 0.5),
    "ts_quantile": _quantile,
    "ts_var": _variance,
    "ts_std": _deviation,
    "ts_skew": _skew,
    "ts_kurt": _kurt,
    "ts_zscore": lambda w: _ratio(w[-1] - mean_of(w), _deviation(w)),
    "ts_ir": lambda w: _ratio(mean_of(w), _deviation(w)),
    "ts_slope": lambda w: _beta(w, _line(w)),
    "ts_r2": _r2,
    "decay_linear": _decay,
    "ts_count": sum,
    "ts_any": lambda w: any(v == 1 for v in w),
    "ts_all": lambda w: all(v == 1 for v in w),
    "bars_since": lambda w: next((i for i, v in enumerate(reversed(w)) if v == 1), len(w)),
}
PAIRS: Mapping[str, Callable[..., Any]] = {
    "covariance": lambda x, y, ddof: _covariance(x, y) / (len(x) - int(ddof)),
    "correlation": _correlation,
    "ts_beta": _beta,
    "ts_residual": _residual,
}


def _smoothed(x: Sequence[Value], d: int, factor: Fraction) -> list[Value]:
    out: list[Value] = []
    run: list[float] = []
    level = 0.0
    for value in x:
        if value is None:
            run = []
            out.append(None)
            continue
        run.append(value)
        level = mean_of(run) if len(run) <= d else level + float(factor) * (value - level)
        out.append(finite(level) if len(run) >= d else None)
    return out


def _latch(on: Sequence[Value], off: Sequence[Value]) -> list[Value]:
    out: list[Value] = []
    held = 0.0
    for a, b in zip(on, off, strict=True):
        if a is None or b is None:
            out.append(None)
            continue
        held = 0.0 if b == 1.0 else (1.0 if a == 1.0 else held)
        out.append(held)
    return out


def _filled(x: Sequence[Value], d: int) -> list[Value]:
    out: list[Value] = []
    for i in range(len(x)):
        known = [v for v in x[max(0, i - d + 1) : i + 1] if v is not None]
        out.append(known[-1] if known else None)
    return out


def _rsi(x: Sequence[Value], d: int) -> list[Value]:
    change = each(lambda v, p: v - p, [list(x)], delayed([list(x)], 1))[0]
    up = _smoothed([None if c is None else max(c, 0.0) for c in change], d, Fraction(1, d))
    down = _smoothed([None if c is None else max(-c, 0.0) for c in change], d, Fraction(1, d))
    return each(lambda g, lo: 100.0 * g / (g + lo), [up], [down])[0]


def _crossed(x: Sequence[Value], y: Sequence[Value], sign: float) -> list[Value]:
    now, before = [list(x), list(y)], delayed([list(x), list(y)], 1)
    return each(
        lambda a, b, p, q: sign * a > sign * b and sign * p <= sign * q,
        *([bars] for bars in (*now, *before)),
    )[0]


SEQUENCES: Mapping[str, Callable[..., list[Value]]] = {
    "delay": lambda x, d: delayed([list(x)], d)[0],
    "delta": lambda x, d: each(lambda v, p: v - p, [list(x)], delayed([list(x)], d))[0],
    "ts_return": lambda x, d: each(lambda v, p: v / p - 1.0, [list(x)], delayed([list(x)], d))[0],
    "ema": lambda x, d: _smoothed(x, d, Fraction(2, d + 1)),
    "wilder": lambda x, d: _smoothed(x, d, Fraction(1, d)),
    "rsi": _rsi,
    "ts_fill": _filled,
    "latch": _latch,
    "cross_over": lambda x, y: _crossed(x, y, 1.0),
    "cross_under": lambda x, y: _crossed(x, y, -1.0),
}


def _all(rule: Callable[[Sequence[float]], Any]) -> Callable[..., list[Any]]:
    return lambda values: [rule(values)] * len(values)


def _cs_deviation(values: Sequence[float]) -> float | None:
    return _deviation(values) if len(values) > 1 else None


def _standard(values: Sequence[float]) -> list[float | None]:
    deviation = _cs_deviation(values)
    return [_ratio(v - mean_of(values), deviation) if deviation else None for v in values]


def _winsorized(values: Sequence[float], k: float) -> list[float | None]:
    deviation, mean = _cs_deviation(values), mean_of(values)
    if deviation is None:
        return [None] * len(values)
    return [min(max(v, mean - k * deviation), mean + k * deviation) for v in values]


def _scaled(values: Sequence[float], a: float = 1.0) -> list[float | None]:
    total = float(_sum([abs(v) for v in values]))
    return [_ratio(a * v, total) for v in values]


def _ranks(values: Sequence[float]) -> list[float]:
    return [_rank_of(v, values) for v in values]


def _buckets(values: Sequence[float], n: float) -> list[float]:
    ranks = [
        Fraction(2 * sum(w < v for w in values) + sum(w == v for w in values) + 1, 2)
        for v in values
    ]
    return [float(math.ceil(rank * int(n) / len(values))) for rank in ranks]


def _demeaned(values: Sequence[float]) -> list[float]:
    return [v - mean_of(values) for v in values]


CROSS: Mapping[str, Callable[..., list[Any]]] = {
    "rank": _ranks,
    "scale": _scaled,
    "demean": _demeaned,
    "zscore_cs": _standard,
    "winsorize": _winsorized,
    "cs_mean": _all(mean_of),
    "cs_sum": _all(_sum),
    "cs_std": _all(_cs_deviation),
    "cs_median": _all(lambda values: _quantile(values, 0.5)),
    "cs_min": _all(min),
    "cs_max": _all(max),
    "cs_count": _all(len),
    "bucket": _buckets,
    "group_neutralize": _demeaned,
    "group_mean": _all(mean_of),
    "group_sum": _all(_sum),
    "group_std": _all(_cs_deviation),
    "group_zscore": _standard,
    "group_rank": _ranks,
    "group_scale": _scaled,
    "group_median": _all(lambda values: _quantile(values, 0.5)),
    "group_min": _all(min),
    "group_max": _all(max),
    "group_count": _all(len),
}
