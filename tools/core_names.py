"""What the core may import and call: see check_core.py.

The NumPy functions are those whose bits were equal under 23 settings of one machine and
on emulated older and other ones, and those that only move or compare values.
"""


def words(text: str) -> frozenset[str]:
    """Returns the words of a text."""
    return frozenset(text.split())


_CLOCK = "the clock is no input of a run"
_RANDOM = "randomness comes only from streams keyed by the seed"
_OUTSIDE = "the core reads nothing of the machine"
_ORDER = "threads finish in any order"
_LIBRARY = "its bits depend on the machine or are not measured"
_NUMBA = "kernels are compiled by aurelius_engine.compilation.compiled alone"

REFUSED_IMPORTS: dict[str, tuple[str, str]] = {
    "time": ("clock", _CLOCK),
    "zoneinfo": ("clock", "the zones are those of the machine"),
    "sched": ("clock", _CLOCK),
    "random": ("random", _RANDOM),
    "secrets": ("random", _RANDOM),
    "uuid": ("random", _RANDOM),
    **dict.fromkeys(
        words(
            "ctypes fcntl getpass glob http importlib inspect io locale logging mmap os pathlib "
            "pickle platform resource shelve shutil signal socket sqlite3 structlog subprocess "
            "sys sysconfig tempfile urllib warnings"
        ),
        ("outside", _OUTSIDE),
    ),
    **dict.fromkeys(
        words("asyncio concurrent multiprocessing queue threading"), ("outside", _ORDER)
    ),
    **dict.fromkeys(
        words("bottleneck cmath numexpr pandas polars pyarrow scipy"), ("libm", _LIBRARY)
    ),
    "statistics": ("libm", "NormalDist differs between machines; math.fsum is exact"),
    "numba": ("compile", _NUMBA),
    "llvmlite": ("compile", _NUMBA),
    "gc": ("outside", _OUTSIDE),
    "weakref": ("outside", "what is alive depends on the collector"),
}
REFUSED_CALLS: dict[str, tuple[str, str]] = {
    "__import__": ("outside", _OUTSIDE),
    "breakpoint": ("outside", _OUTSIDE),
    "eval": ("outside", _OUTSIDE),
    "exec": ("outside", _OUTSIDE),
    "hash": ("hash", "of a text it changes with PYTHONHASHSEED"),
    "id": ("hash", "an address changes from process to process"),
    "input": ("outside", _OUTSIDE),
    "open": ("outside", _OUTSIDE),
    "pow": ("power", "is the C library's; multiply, or use fixed_math"),
    "print": ("outside", "the core is silent"),
}
REFUSED_METHODS = {
    "argpartition": "orders by the CPU",
    "dot": "is BLAS: its order of sums depends on the machine",
    "matmul": "is BLAS: its order of sums depends on the machine",
}
MATH = words(
    "ceil comb copysign fabs factorial floor fmod frexp fsum gcd inf isclose isfinite isinf "
    "isnan isqrt lcm ldexp modf nan nextafter perm prod remainder sqrt trunc ulp"
)
NUMPY = words(  # types and constants
    "bool bool_ dtype errstate finfo float64 iinfo inf int8 int16 int32 int64 integer intp "
    "floating generic nan ndarray newaxis number object_ pi str_ timedelta64 uint8 uint16 "
    "uint32 uint64 datetime64 "
    # making and moving
    "append arange array array_equal array_split asarray ascontiguousarray atleast_1d "
    "atleast_2d broadcast_to column_stack compress concatenate copy copyto count_nonzero "
    "delete diag diff empty empty_like expand_dims eye flatnonzero flip frombuffer fromiter "
    "full full_like hstack identity indices insert isin linspace meshgrid nan_to_num ndindex "
    "nonzero ones ones_like pad place put put_along_axis ravel repeat reshape resize roll "
    "searchsorted shape split squeeze stack swapaxes take take_along_axis tile transpose "
    "tri tril triu union1d intersect1d setdiff1d unique unravel_index vstack where zeros "
    "zeros_like digitize bincount "
    # comparing, and logic
    "abs absolute all any argmax argmin argwhere clip equal fmax fmin greater greater_equal "
    "isfinite isinf isnan isneginf isposinf less less_equal logical_and logical_not "
    "logical_or logical_xor max maximum min minimum nanmax nanmin not_equal sign signbit "
    "bitwise_and bitwise_or bitwise_xor left_shift right_shift invert lexsort sort argsort "
    # arithmetic with equal bits everywhere it was tried
    "add ceil copysign cumprod cumsum divide divmod floor floor_divide fmod interp mean "
    "median mod multiply negative nextafter percentile quantile reciprocal remainder rint "
    "round spacing sqrt square std subtract sum true_divide trunc var"
)
# Methods of NumPy's functions, and for which of them the bits are known.
UFUNC_METHODS = {
    "accumulate": words("add multiply maximum minimum logical_or logical_and fmax fmin"),
    "reduce": words("add maximum minimum fmax fmin logical_and logical_or bitwise_or bitwise_and"),
    "reduceat": words("add maximum minimum"),
    "at": words("add maximum minimum"),
    "outer": words("add subtract multiply divide"),
}
