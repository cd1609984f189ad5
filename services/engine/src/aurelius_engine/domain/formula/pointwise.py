"""Operators on each bar alone. NumPy's + - * / sqrt and comparisons are IEEE-754's."""

import math
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.fixed_math import exp_kernel, log_kernel

Floats = NDArray[np.float64]

EXP, LOG, POWER = 0, 1, 2
_WHOLE_POWER_MAX = 1024.0


@compiled
def transcendental(x: Floats, y: Floats, code: int, out: Floats) -> None:
    """Writes exp, log or `x ^ y`; what is undefined is left alone."""
    for i in range(x.size):
        if code == EXP:
            if x[i] < -700.0:
                out[i] = 0.0
            elif x[i] <= 700.0:
                out[i] = exp_kernel(x[i])
        elif code == LOG:
            if 0.0 < x[i] < np.inf:
                out[i] = log_kernel(x[i])
        elif not (np.isnan(x[i]) or np.isnan(y[i])):
            out[i] = _power(x[i], y[i])


@compiled
def _power(x: float, y: float) -> float:
    if abs(y) <= _WHOLE_POWER_MAX and y == math.floor(y):
        product, factor, left = 1.0, x, int(abs(y))
        while left > 0:
            if left % 2 == 1:
                product *= factor
            factor *= factor
            left //= 2
        return product if y >= 0.0 else 1.0 / product
    if x == 0.0 and y > 0.0:
        return 0.0
    if not x > 0.0:
        return np.nan
    size = y * log_kernel(x)
    if size > 700.0 or np.isnan(size):
        return np.nan
    return 0.0 if size < -700.0 else exp_kernel(size)


def _transcendental(code: int) -> Callable[..., Floats]:
    def apply(x: Floats, y: Floats | None = None) -> Floats:
        out = np.full(x.size, np.nan)
        transcendental(x, x if y is None else np.ascontiguousarray(y), code, out)
        return out

    return apply


def _compared(comparison: Callable[[Floats, Floats], NDArray[np.bool_]]) -> Callable[..., Floats]:
    def apply(x: Floats, y: Floats) -> Floats:
        out = comparison(x, y).astype(np.float64)
        out[np.isnan(x) | np.isnan(y)] = np.nan
        return out

    return apply


def _where(c: Floats, x: Floats, y: Floats) -> Floats:
    out = np.where(c == 1.0, x, y)
    out[np.isnan(c)] = np.nan
    return out


def _fill(x: Floats, y: Floats) -> Floats:
    filled: Floats = np.where(np.isnan(x), y, x)
    return filled


def _folded(step: Callable[[Floats, Floats], Floats]) -> Callable[..., Floats]:
    def apply(*values: Floats) -> Floats:
        return reduce(step, values)

    return apply


# -0.0 and 0.0 are equal, and which of them a minimum gives depends on the processor.
POINTWISE: Mapping[str, Callable[..., Floats]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negate": np.negative,
    "power": _transcendental(POWER),
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "exp": _transcendental(EXP),
    "log": _transcendental(LOG),
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "min": _folded(np.minimum),
    "max": _folded(np.maximum),
    "less": _compared(np.less),
    "less_equal": _compared(np.less_equal),
    "greater": _compared(np.greater),
    "greater_equal": _compared(np.greater_equal),
    "equal": _compared(np.equal),
    "not_equal": _compared(np.not_equal),
    "and": np.multiply,
    "or": _folded(np.maximum),
    "not": lambda c: 1.0 - c,
    "where": _where,
    "is_defined": lambda x: (~np.isnan(x)).astype(np.float64),
    "fill": _fill,
}


def tidy(values: Floats) -> Floats:
    """Returns the values with NaN for what is not finite, and one zero without a sign."""
    out = values + 0.0
    out[~np.isfinite(out)] = np.nan
    return out
