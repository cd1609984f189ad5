"""A logistic regression on past returns, trained again and again on what is known by then.

Newton's method with halved steps (Hastie, Tibshirani and Friedman 2009, section 4.4.1)
on the mean log-loss plus half the ridge times the squared weights; the intercept is free.
Everything is computed in the order written, so that a training has the same bits anywhere.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.fixed_math import exp_kernel, log_kernel
from aurelius_engine.domain.strategies.indicators import LEVEL, change_ratio
from aurelius_engine.domain.strategies.prices import refuse_stopped

Floats = NDArray[np.float64]

# A training ends after this many steps, or when no weight moves by more than _SETTLED.
MAX_STEPS = 25
_SETTLED = 1e-9
_MAX_HALVINGS = 30
_MAX_LOGIT = 700.0


@compiled
def _logit(returns: Floats, at: int, scale: float, weights: Floats) -> float:
    """Returns the log-odds at a bar: weights[0] is free, weights[k] of the k-th last return."""
    total: float = weights[0]
    for k in range(1, weights.size):
        total += weights[k] * (returns[at - k + 1] / scale)
    return min(max(total, -_MAX_LOGIT), _MAX_LOGIT)


@compiled
def _probability(logit: float) -> float:
    return 1.0 / (1.0 + exp_kernel(-logit))


@compiled
def _loss(
    returns: Floats, first: int, last: int, scale: float, weights: Floats, ridge: float
) -> float:
    total = 0.0
    for at in range(first, last):
        logit = _logit(returns, at, scale, weights)
        margin = logit if returns[at + 1] > 0.0 else -logit
        total += max(-margin, 0.0) + log_kernel(1.0 + exp_kernel(-abs(margin)))
    squares = 0.0
    for k in range(1, weights.size):
        squares += weights[k] * weights[k]
    return total / (last - first) + 0.5 * ridge * squares


@compiled
def _slopes(
    returns: Floats, first: int, last: int, scale: float, weights: Floats, ridge: float
) -> tuple[Floats, Floats]:
    """Returns the gradient and the lower half of the Hessian of the loss."""
    size = weights.size
    gradient, hessian, x = np.zeros(size), np.zeros((size, size)), np.ones(size)
    for at in range(first, last):
        for k in range(1, size):
            x[k] = returns[at - k + 1] / scale
        p = _probability(_logit(returns, at, scale, weights))
        miss = p - 1.0 if returns[at + 1] > 0.0 else p
        for k in range(size):
            gradient[k] += miss * x[k]
            for m in range(k + 1):
                hessian[k, m] += p * (1.0 - p) * x[k] * x[m]
    for k in range(size):
        gradient[k] /= last - first
        for m in range(k + 1):
            hessian[k, m] /= last - first
    for k in range(1, size):
        gradient[k] += ridge * weights[k]
        hessian[k, k] += ridge
    return gradient, hessian


@compiled
def _solved(matrix: Floats, right: Floats) -> tuple[bool, Floats]:
    """Solves a positive definite system from its lower half, by Cholesky's factors in place."""
    size, out = right.size, right.copy()
    for k in range(size):
        for m in range(k + 1):
            total = matrix[k, m]
            for j in range(m):
                total -= matrix[k, j] * matrix[m, j]
            if k > m:
                matrix[k, m] = total / matrix[m, m]
            elif total > LEVEL * matrix[k, k]:
                matrix[k, k] = math.sqrt(total)
            else:
                return False, out
    for k in range(size):
        for j in range(k):
            out[k] -= matrix[k, j] * out[j]
        out[k] /= matrix[k, k]
    for k in range(size - 1, -1, -1):
        for j in range(k + 1, size):
            out[k] -= matrix[j, k] * out[j]
        out[k] /= matrix[k, k]
    return True, out


@compiled
def fit(returns: Floats, at: int, features: int, train: int, ridge: float) -> tuple[float, Floats]:
    """Trains on the `train` bars before `at`: their labels are known at its close.

    Args:
        returns: Shape (n_bars,), from the bar before; the first is not read.
        at: The bar at whose close the training happens, at least `train` + `features`.
        features: Past returns that are features.
        train: Labelled bars.
        ridge: The penalty.

    Returns:
        The deviation by which returns are divided, 0 if they do not move, and the weights,
        shape (features + 1,), the intercept first.
    """
    first, weights = at - train, np.zeros(features + 1)
    begin, mean, squares = first - features + 1, 0.0, 0.0
    for i in range(begin, at):
        mean += returns[i] / (at - begin)
    for i in range(begin, at):
        squares += (returns[i] - mean) * (returns[i] - mean)
    scale = math.sqrt(squares / (at - begin - 1))
    if not scale > LEVEL:
        return 0.0, weights
    loss = _loss(returns, first, at, scale, weights, ridge)
    for _ in range(MAX_STEPS):
        gradient, hessian = _slopes(returns, first, at, scale, weights, ridge)
        regular, step = _solved(hessian, gradient)
        if not regular:
            break
        taken = 1.0
        for _ in range(_MAX_HALVINGS):
            tried = weights - taken * step
            lower = _loss(returns, first, at, scale, tried, ridge)
            if lower <= loss:
                break
            taken *= 0.5
        if not lower <= loss:
            break
        weights, loss = tried, lower
        if np.max(np.abs(step)) * taken <= _SETTLED:
            break
    return scale, weights


@compiled
def _predict(
    returns: Floats, begin: int, end: int, scale: float, weights: Floats, margin: float, out: Floats
) -> None:
    for at in range(begin, end):
        lead = 0.0
        if scale > 0.0:
            lead = _probability(_logit(returns, at, scale, weights)) - 0.5
        out[at] = 2.0 * lead if abs(lead) > margin else 0.0


def ml_classifier(
    close: Floats,
    features: int,
    train: int,
    retrain: int,
    margin: float,
    ridge: float,
    should_stop: Callable[[], bool],
) -> Floats:
    """Returns twice the probability of a higher close less 1, 0 within the margin.

    Args:
        close: One symbol's own bars, shape (n_bars,).
        features: Past returns that are features.
        train: Labelled bars of a training.
        retrain: Bars between trainings; the first is at the first bar that has enough.
        margin: How far from 1/2 the probability must be.
        ridge: The penalty.
        should_stop: Asked before each training.

    Returns:
        Shape (n_bars,), in [-1, 1], NaN before the first training.

    Raises:
        RunCancelled: `should_stop` said so.
    """
    out = np.full(close.size, np.nan)
    returns = change_ratio(close, 1)
    for at in range(train + features, close.size, retrain):
        refuse_stopped(should_stop)
        scale, weights = fit(returns, at, features, train, ridge)
        _predict(returns, at, min(at + retrain, close.size), scale, weights, margin, out)
    return out
