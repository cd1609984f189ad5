"""exp and log: to 2 units in the last place, and the same bits compiled."""

import math
import random

import mpmath

from aurelius_engine.domain import fixed_math


def units_off(found: float, want: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(found) - want) / math.ulp(float(want)))


def test_log_is_within_two_units_and_the_same_compiled() -> None:
    draws = random.Random(1)
    wide = [math.ldexp(0.5 + draws.random(), draws.randint(-1050, 1000)) for _ in range(2000)]
    near_one = [1.0 + draws.uniform(-1, 1) * 10.0 ** draws.uniform(-15, -0.5) for _ in range(2000)]

    with mpmath.workprec(200):
        for x in (*wide, *near_one, 5e-324, 1.7976931348623157e308, 0.5, 2.0):
            found = fixed_math.fixed_log(x)
            if x != 1.0:
                assert units_off(found, mpmath.log(mpmath.mpf(x))) <= 2.0
            assert fixed_math.log_kernel(x) == found
        assert fixed_math.fixed_log(1.0) == 0.0


def test_exp_is_within_two_units_and_the_same_compiled() -> None:
    draws = random.Random(2)
    wide = [draws.uniform(-700.0, 700.0) for _ in range(2000)]
    narrow = [draws.uniform(-1.0, 1.0) for _ in range(2000)]

    with mpmath.workprec(200):
        for x in (*wide, *narrow, -700.0, 700.0, 0.0):
            found = fixed_math.fixed_exp(x)
            assert units_off(found, mpmath.exp(mpmath.mpf(x))) <= 2.0
            assert fixed_math.exp_kernel(x) == found
