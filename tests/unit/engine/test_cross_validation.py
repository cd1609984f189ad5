"""Purged groups, paths and the probability of overfitting, against plain loops."""

from itertools import combinations

import numpy as np
import pytest

from aurelius_engine.domain.validation.combinations import (
    overfitting,
    running_sums,
    sharpe_over,
)
from aurelius_engine.domain.validation.cross_validation import (
    symmetric_choices,
    train_intervals,
)

EDGES = np.array([0, 10, 20, 30, 40, 50])


@pytest.mark.parametrize("chosen", list(combinations(range(5), 2)))
@pytest.mark.parametrize(("purge", "embargo"), [(0, 0), (3, 0), (0, 4), (3, 4), (15, 15)])
def test_no_bar_of_the_train_is_near_a_test(
    chosen: tuple[int, ...], purge: int, embargo: int
) -> None:
    starts, ends = train_intervals(EDGES, chosen, purge, embargo)
    train = {bar for start, end in zip(starts, ends, strict=True) for bar in range(start, end)}

    tests = {bar for group in chosen for bar in range(EDGES[group], EDGES[group + 1])}
    near = {
        bar
        for bar in range(50)
        if any(bar < test <= bar + purge or test < bar <= test + embargo for test in tests)
    }
    assert train == set(range(50)) - tests - near


def plain_sharpe(values: np.ndarray) -> float:
    return float(values.mean() / values.std(ddof=1))


def test_ratios_over_intervals_are_those_of_the_bars_themselves() -> None:
    returns = np.random.Generator(np.random.Philox(3)).normal(0.001, 0.01, (4, 50))
    found = np.empty(4)
    first, second = running_sums(returns)
    sharpe_over(first, second, np.array([3, 20]), np.array([11, 44]), 0.0, found)

    rest = np.concatenate((returns[:, 3:11], returns[:, 20:44]), axis=1)
    assert found == pytest.approx([plain_sharpe(row) for row in rest], rel=1e-9)


def test_overfitting_is_counted_as_bailey_and_others_define_it() -> None:
    """CSCV written plainly: Bailey, Borwein, Lopez de Prado and Zhu (2017), section 2."""
    returns = np.random.Generator(np.random.Philox(5)).normal(0.0, 0.01, (7, 60))
    first, second = running_sums(returns)
    bounds = np.arange(0, 61, 10)
    inside, outside, ranks = overfitting(first, second, bounds, symmetric_choices(6), 0.0)

    assert ranks.size == 20
    for place, half in enumerate(combinations(range(6), 3)):
        rows = [returns[:, part * 10 : part * 10 + 10] for part in range(6)]
        train = np.concatenate([rows[part] for part in half], axis=1)
        test = np.concatenate([rows[part] for part in range(6) if part not in half], axis=1)
        best = int(np.argmax([plain_sharpe(row) for row in train]))
        ratios = [plain_sharpe(row) for row in test]
        assert inside[place] == pytest.approx(plain_sharpe(train[best]), rel=1e-9)
        assert outside[place] == pytest.approx(ratios[best], rel=1e-9)
        assert ranks[place] == (sorted(ratios).index(ratios[best]) + 1) / 8


def test_noise_is_overfitted_and_one_point_with_skill_is_not() -> None:
    noise = np.random.Generator(np.random.Philox(11)).normal(0.0, 0.01, (40, 800))
    skilled = noise.copy()
    skilled[17] += 0.004
    bounds = np.arange(0, 801, 50)
    shares = []
    for returns in (noise, skilled):
        first, second = running_sums(returns)
        _, _, ranks = overfitting(first, second, bounds, symmetric_choices(16), 0.0)
        shares.append(float(np.mean(ranks <= 0.5)))

    assert shares[0] > 0.3
    assert shares[1] == 0.0
