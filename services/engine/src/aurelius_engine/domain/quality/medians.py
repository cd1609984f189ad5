"""The median in linear time: Hoare's FIND (1961), with pivots no input is made against."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]

# Numerical Recipes' quick generator: its draws choose pivots and never reach a value.
_FACTOR, _ADDEND, _MODULUS = 1664525, 1013904223, 1 << 32


@compiled
def ranked(values: Floats, rank: int) -> float:
    """Returns the value of a rank from 0 on; `values`, not NaN, change their order."""
    left, right, draw = 0, values.size - 1, _ADDEND
    while left < right:
        draw = (draw * _FACTOR + _ADDEND) % _MODULUS
        pivot = values[left + (draw >> 8) % (right - left + 1)]
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if rank <= j:
            right = j
        elif rank >= i:
            left = i
        else:
            break
    return float(values[rank])


@compiled
def median(values: Floats) -> float:
    """Returns the median of values, of an even number the lower middle one."""
    return ranked(values, (values.size - 1) // 2)
