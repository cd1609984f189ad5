"""exp, log and the normal distribution from + - * / alone, in a fixed order: portable bits.

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


# Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation
# 23 (1969), as set for the normal distribution in ACM algorithm 715 (1993): ratios of
# polynomials for |x| up to 0.67448975, up to sqrt(32), and beyond; lowest power last.
_NEAR_TOP = (
    0.065682337918207449113,
    2.2352520354606839287,
    161.02823106855587881,
    1067.6894854603709582,
    18154.981253343561249,
)
_NEAR_BOTTOM = (
    1.0,
    47.20258190468824187,
    976.09855173777669322,
    10260.932208618978205,
    45507.789335026729956,
)
_MIDDLE_TOP = (
    1.0765576773720192317e-8,
    0.39894151208813466764,
    8.8831497943883759412,
    93.506656132177855979,
    597.27027639480026226,
    2494.5375852903726711,
    6848.1904505362823326,
    11602.651437647350124,
    9842.7148383839780218,
)
_MIDDLE_BOTTOM = (
    1.0,
    22.266688044328115691,
    235.38790178262499861,
    1519.377599407554805,
    6485.558298266760755,
    18615.571640885098091,
    34900.952721145977266,
    38912.003286093271411,
    19685.429676859990727,
)
_FAR_TOP = (
    0.02307344176494017303,
    0.21589853405795699,
    0.1274011611602473639,
    0.022235277870649807,
    0.001421619193227893466,
    2.9112874951168792e-5,
)
_FAR_BOTTOM = (
    1.0,
    1.28426009614491121,
    0.468238212480865118,
    0.0659881378689285515,
    0.00378239633202758244,
    7.29751555083966205e-5,
)
_FAR = 5.656854249492380195
_SQRT_HALF_PI_INVERSE = 0.398942280401432677939946


def _ratio(top: tuple[float, ...], bottom: tuple[float, ...], x: float) -> float:
    over = under = 0.0
    for k in range(len(top)):
        over = over * x + top[k]
        under = under * x + bottom[k]
    return over / under


def fixed_normal_cdf(x: float) -> float:
    """Returns the probability that a standard normal variable is at most `x`.

    Within 2^-49 of it relatively; below -37 it returns 0.
    """
    size = abs(x)
    if size <= 0.67448975:
        return 0.5 + x * _ratio(_NEAR_TOP, _NEAR_BOTTOM, x * x)
    if not size <= 37.0:
        if math.isnan(x):
            raise ValueError("the normal distribution at NaN")
        return 0.0 if x < 0.0 else 1.0
    if size <= _FAR:
        tail = _ratio(_MIDDLE_TOP, _MIDDLE_BOTTOM, size)
    else:
        square = 1.0 / (size * size)
        tail = (_SQRT_HALF_PI_INVERSE - square * _ratio(_FAR_TOP, _FAR_BOTTOM, square)) / size
    # e^(-x^2 / 2) in two factors, the square of the first being exact.
    coarse = math.floor(size * 16.0) / 16.0
    rest = (size - coarse) * (size + coarse)
    tail *= _exp(-coarse * coarse * 0.5) * _exp(-rest * 0.5)
    return tail if x < 0.0 else 1.0 - tail


_CENTRE_TOP = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080,
)
_CENTRE_BOTTOM = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_TAIL_TOP = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258,
    3.64784832476320460504,
    5.76949722146069140550,
    4.63033784615654529590,
    1.42343711074968357734,
)
_TAIL_BOTTOM = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940,
    2.05319162663775882187,
    1.0,
)
_END_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580,
    5.46378491116411436990,
    6.65790464350110377720,
)
_END_BOTTOM = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)


def fixed_normal_quantile(probability: float) -> float:
    """Returns what a standard normal variable is at most with a probability.

    Wichura, Algorithm AS 241, Applied Statistics 37 (1988): within 1e-15 of it relatively.

    Raises:
        ValueError: The probability is not inside (0, 1).
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"the normal quantile at {probability}")
    away = probability - 0.5
    if abs(away) <= 0.425:
        return away * _ratio(_CENTRE_TOP, _CENTRE_BOTTOM, 0.180625 - away * away)
    tail = probability if away < 0.0 else 1.0 - probability
    root = math.sqrt(-_log(tail))
    if root <= 5.0:
        size = _ratio(_TAIL_TOP, _TAIL_BOTTOM, root - 1.6)
    else:
        size = _ratio(_END_TOP, _END_BOTTOM, root - 5.0)
    return -size if away < 0.0 else size
