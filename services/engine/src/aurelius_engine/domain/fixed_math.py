"""exp and log from + - * / alone, in a fixed order: the same bits on any machine.

The C library's change with the CPU. Reduction and series as in Muller, Elementary
Functions (2016), chapters 3 and 11. Within 2 units in the last place.

Each function has one body. `fixed_log` and `fixed_exp` check their argument and run it
in Python; `log_kernel` and `exp_kernel` are the same body compiled, for use in kernels.
"""

import math

from aurelius_engine.compilation import compiled

# ln 2 in two parts: multiples of the first, up to 2**20, are exact.
_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")


def _log(x: float) -> float:
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = 0.0
    for k in range(25, 1, -2):
        series = (series + 1.0 / k) * z
    return exponent * _LN2_HIGH + (exponent * _LN2_LOW + 2.0 * s * series + 2.0 * s)


def _exp(x: float) -> float:
    k = math.floor(x / (_LN2_HIGH + _LN2_LOW) + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = 1.0
    for n in range(17, 0, -1):
        series = 1.0 + series * r / n
    return math.ldexp(series, k)


# In a kernel the caller answers for the argument: finite and above 0, and within [-700, 700].
log_kernel = compiled(_log)
exp_kernel = compiled(_exp)


def fixed_log(x: float) -> float:
    """Returns the natural logarithm of `x`, which is finite and above 0."""
    if not (0.0 < x < math.inf):
        raise ValueError(f"log of {x}, allowed (0, inf)")
    return _log(x)


def fixed_exp(x: float) -> float:
    """Returns e to the power `x`, which is within [-700, 700]."""
    if not (-700.0 <= x <= 700.0):
        raise ValueError(f"exp of {x}, allowed [-700, 700]")
    return _exp(x)
