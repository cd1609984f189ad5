"""Statistics of selection: the worked examples of their papers, to the digits printed there."""

import math

import pytest
from scipy import stats

from aurelius_engine.domain.fixed_math import fixed_normal_quantile
from aurelius_engine.domain.validation.selection import (
    deflated_sharpe,
    expected_maximum,
    minimum_backtest_years,
    minimum_backtest_years_bound,
    minimum_track_record_bars,
    probabilistic_sharpe,
)
from aurelius_engine.domain.validation.trial_statistics import SharpeMoments, trial_statistics

# Bailey and Lopez de Prado (2014), The deflated Sharpe ratio, section "a numerical example":
# an annual Sharpe ratio of 2.5 over 5 years of 250 days, from trials whose variance is 1/2.
CHOSEN = {"sharpe": 2.5 / math.sqrt(250.0), "bars": 1250, "variance": 0.5 / 250.0}


def test_the_deflated_sharpe_of_the_paper() -> None:
    fat = {"skew": -3.0, "kurt": 10.0}

    assert expected_maximum(100, CHOSEN["variance"]) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(**CHOSEN, **fat, trials=100) == pytest.approx(0.9004, abs=5e-5)
    # Published: 46 trials would still pass at 95 %, and with normal returns 88.
    assert deflated_sharpe(**CHOSEN, **fat, trials=46) == pytest.approx(0.9505, abs=5e-5)
    normal = deflated_sharpe(**CHOSEN, skew=0.0, kurt=3.0, trials=88)
    assert normal == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(
    ("periods", "years"),
    [(252, "2.73"), (52, "2.83"), (12, "3.24")],
    ids=["days", "weeks", "months"],
)
def test_the_minimum_track_record_of_the_paper(periods: int, years: str) -> None:
    """Bailey and Lopez de Prado (2012): a Sharpe ratio of 2 against 1 at 95 %, normal returns."""
    bars = minimum_track_record_bars(
        2.0 / math.sqrt(periods),
        1.0 / math.sqrt(periods),
        skew=0.0,
        kurt=3.0,
        confidence=0.95,
    )

    assert f"{bars / periods:.2f}" == years


def test_the_minimum_track_record_of_a_hedge_fund_in_the_paper() -> None:
    """Monthly returns with skewness -0.72 and kurtosis 5.78 need 4.99 years."""
    bars = minimum_track_record_bars(
        2.0 / math.sqrt(12.0), 1.0 / math.sqrt(12.0), skew=-0.72, kurt=5.78, confidence=0.95
    )

    assert f"{bars / 12:.2f}" == "4.99"


def test_the_minimum_backtest_length_of_the_paper() -> None:
    """Bailey et al. (2014): in 5 years, 45 configurations give an expected best of 1."""
    assert minimum_backtest_years(45, 1.0) < 5.0 < minimum_backtest_years(46, 1.0)
    assert minimum_backtest_years(45, 1.0) < minimum_backtest_years_bound(45, 1.0)
    assert minimum_backtest_years_bound(45, 1.0) == pytest.approx(2.0 * math.log(45.0))


@pytest.mark.parametrize(
    "probability", [1e-300, 1e-20, 1e-9, 0.001, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.95, 1 - 1e-12]
)
def test_the_quantile_of_the_normal_distribution(probability: float) -> None:
    expected = stats.norm.ppf(probability)

    assert fixed_normal_quantile(probability) == pytest.approx(expected, rel=3e-15, abs=1e-16)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, math.nan])
def test_no_quantile_outside_of_probabilities(probability: float) -> None:
    with pytest.raises(ValueError, match="normal quantile"):
        fixed_normal_quantile(probability)


def test_one_trial_is_not_deflated_and_more_trials_deflate_more() -> None:
    shape = {"skew": -0.5, "kurt": 4.0}
    alone = deflated_sharpe(**CHOSEN, **shape, trials=1)
    several = [deflated_sharpe(**CHOSEN, **shape, trials=trials) for trials in (2, 10, 1000)]

    bars, sharpe = int(CHOSEN["bars"]), CHOSEN["sharpe"]
    assert alone == probabilistic_sharpe(sharpe, 0.0, bars=bars, **shape)
    assert [alone, *several] == sorted([alone, *several], reverse=True)


@pytest.mark.parametrize("excess", [0.25, 0.2499999999])
def test_an_estimate_without_risk_is_undefined_and_deflates_nothing(excess: float) -> None:
    """Returns of two sizes, one in five of them the larger: their estimate has no variance."""
    found = trial_statistics(
        SharpeMoments(
            sharpe=4.0 / 3.0 * math.sqrt(252.0), skew=1.5, excess=excess, bars=100, periods=252.0
        ),
        5,
        [1.0, 2.0],
    )

    assert {one.outcome for one in found} == {"UNDEFINED_NO_RISK"}


def test_a_run_without_a_sharpe_ratio_deflates_nothing() -> None:
    found = trial_statistics(
        SharpeMoments(sharpe=None, skew=None, excess=None, bars=100, periods=252.0), 5, [1.0]
    )

    assert {one.outcome for one in found} == {"UNDEFINED_NO_SHARPE_RATIO"}
