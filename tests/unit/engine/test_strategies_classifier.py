"""The classifier: what it minimises, what it predicts, and when it is silent."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from aurelius_engine.domain.panel import Floats
from aurelius_engine.domain.strategies import classifier, signals
from tests.unit.engine.strategy_panels import CASES, PERIODS, made_panel, panel_from, spec_of


def signals_of(close: Floats, parameters: dict[str, Any]) -> Floats:
    return signals(spec_of("mlClassifier", parameters), panel_from(close), PERIODS)


def penalised_loss(weights: Floats, x: Floats, label: Floats, ridge: float) -> float:
    margins = (2.0 * label - 1.0) * (weights[0] + x @ weights[1:])
    return float(np.mean(np.logaddexp(0.0, -margins)) + 0.5 * ridge * np.sum(weights[1:] ** 2))


@pytest.mark.parametrize("ridge", [0.0, 0.01, 1.0])
def test_the_classifier_finds_the_minimum_of_its_loss(ridge: float) -> None:
    close = made_panel(200, 1, 17).close[:, 0]
    returns = np.concatenate([[np.nan], close[1:] / close[:-1] - 1.0])
    at, features, train = 150, 3, 100

    scale, weights = classifier.fit(returns, at, features, train, ridge)

    bars = range(at - train, at)
    assert scale == pytest.approx(np.std(returns[at - train - features + 1 : at], ddof=1))
    x = np.array([[returns[bar - k] for k in range(features)] for bar in bars]) / scale
    label = np.array([float(returns[bar + 1] > 0.0) for bar in bars])
    best = minimize(penalised_loss, np.zeros(4), args=(x, label, ridge), method="BFGS", tol=1e-9)
    np.testing.assert_allclose(weights, best.x, atol=1e-5)


def test_the_classifier_predicts_between_trainings() -> None:
    close = made_panel(90, 1, 18).close[:, 0]
    features, train, retrain, margin = 2, 20, 3, 0.02
    returns = np.concatenate([[np.nan], (close[1:] - close[:-1]) / close[:-1]])

    found = signals_of(
        close[:, None],
        {"featureCount": 2, "trainBars": 20, "retrainBars": 3, "marginRatio": margin},
    )

    assert np.isnan(found[: train + features, 0]).all()
    for at in range(train + features, 90):
        trained = at - (at - train - features) % retrain
        scale, weights = classifier.fit(returns, trained, features, train, 0.01)
        logit = weights[0] + weights[1] * returns[at] / scale + weights[2] * returns[at - 1] / scale
        lead = 1.0 / (1.0 + math.exp(-logit)) - 0.5
        want = 2.0 * lead if abs(lead) > margin else 0.0
        assert found[at, 0] == pytest.approx(want, abs=1e-12)
    assert (found[train + features :] == 0.0).any()


def test_the_classifier_learns_a_rule() -> None:
    steps = np.where(np.arange(120) % 3 == 0, 1.02, 0.995)
    close = np.cumprod(steps)[:, None]

    found = signals_of(
        close,
        {"featureCount": 3, "trainBars": 40, "retrainBars": 10},
    )

    known = np.arange(43, 119)
    np.testing.assert_array_equal(np.sign(found[known, 0]), np.where(known % 3 == 2, 1.0, -1.0))


def test_the_classifier_gives_collinear_features_no_weight_without_a_ridge() -> None:
    steps = np.where(np.arange(120) % 3 == 0, 1.02, 0.995)  # any three returns add up alike
    parameters = {"featureCount": 3, "trainBars": 40, "retrainBars": 10, "ridgeRatio": 0}

    found = signals_of(np.cumprod(steps)[:, None], parameters)

    assert (found[43:] == 0.0).all()


def test_the_classifier_is_flat_where_prices_stand_still() -> None:
    found = signals_of(np.full((60, 1), 5.0), CASES["mlClassifier"][0])

    assert (found[22:] == 0.0).all()
