"""Laws of sizing: agreement with the definitions, causality, sums and scale."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.portfolio import decisions
from aurelius_engine.domain.spec import BacktestSpec
from tests.property.engine.portfolio_reference import DAY, Reference, spec_of

PERIODS = 365.0
SIZINGS: dict[str, dict[str, Any]] = {
    "equityFraction": {"ratio": 0.9},
    "fixedUnits": {"units": 7.5},
    "equalWeight": {"grossRatio": 1.2},
    "inverseVolatility": {"lookbackBars": 3, "grossRatio": 0.8},
    "volatilityTarget": {"annualVolatilityRatio": 0.4, "lookbackBars": 3, "maxRatio": 1.5},
    "kellyFraction": {"fraction": 0.5, "lookbackBars": 4, "maxRatio": 2.0},
    "rank": {"topCount": 2, "bottomCount": 0, "grossRatio": 1.0},
    "rank both": {"topCount": 2, "bottomCount": 2, "grossRatio": 1.0},
    "signalWeights": {"normalisation": "NORMALISATION_NONE", "grossRatio": 1.0},
    "signalWeights gross": {"normalisation": "NORMALISATION_GROSS", "grossRatio": 0.7},
    "signalWeights neutral": {"normalisation": "NORMALISATION_DOLLAR_NEUTRAL", "grossRatio": 1.1},
}
SCHEDULES = ("ON_CHANGE", "EVERY_BARS", "WEEKLY", "MONTHLY")
# Few different values, so that ties, repeats and constant prices are frequent.
SIGNALS = st.sampled_from([math.nan, -1.0, -0.5, 0.0, 0.1, 0.5, 1.0, 2.0])
CLOSES = st.sampled_from([math.nan, 9.5, 10.0, 10.0, 10.25, 11.0, 12.5])
GAPS = st.sampled_from([1, 1, 1, 2, 6, 9, 20])


@st.composite
def worlds(draw: st.DrawFn, name: str) -> tuple[BacktestSpec, Panel, np.ndarray]:
    steps, symbols = draw(st.integers(1, 18)), draw(st.integers(1, 5))

    def matrix(values: st.SearchStrategy[float]) -> np.ndarray:
        cells = draw(st.lists(values, min_size=steps * symbols, max_size=steps * symbols))
        return np.array(cells).reshape(steps, symbols)

    close, signals = matrix(CLOSES), matrix(SIGNALS)
    signals[np.isnan(close)] = np.nan
    gaps = draw(st.lists(GAPS, min_size=steps, max_size=steps))
    times = np.cumsum(np.array(gaps, dtype=np.int64)) * DAY + 11_000 * DAY
    neutral = name.endswith(("both", "neutral"))
    spec = spec_of(
        name.split()[0],
        schedule=draw(st.sampled_from(SCHEDULES)),
        interval=draw(st.integers(1, 4)),
        long_short=neutral or draw(st.booleans()),
        bar_interval=draw(st.sampled_from(["DAY", "WEEK"])),
        **SIZINGS[name],
    )
    return spec, panel_of(times, close), signals


def panel_of(times: np.ndarray, close: np.ndarray) -> Panel:
    return Panel(
        times=times,
        symbols=tuple(f"S{place}" for place in range(close.shape[1])),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=close,
        dividend=None,
        split_ratio=None,
    )


def rows_of(found: Decisions) -> dict[tuple[int, int], float]:
    keys = list(zip(found.step.tolist(), found.symbol.tolist(), strict=True))
    assert keys == sorted(set(keys)), "by step, then symbol, at most one of each"
    return dict(zip(keys, found.target.tolist(), strict=True))


@pytest.mark.parametrize("name", SIZINGS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_targets_are_those_of_the_definitions(name: str, data: st.DataObject) -> None:
    spec, panel, signals = data.draw(worlds(name))

    found = decisions(spec, panel, signals, PERIODS)

    want = Reference(spec, panel, signals.tolist(), PERIODS).targets()
    rows = rows_of(found)
    assert rows.keys() == want.keys()
    for key, target in rows.items():
        assert target == pytest.approx(want[key], rel=1e-12, abs=1e-15), key
    assert found.in_units == (name == "fixedUnits")


@pytest.mark.parametrize("name", SIZINGS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_target_knows_what_comes_after_it(name: str, data: st.DataObject) -> None:
    spec, panel, signals = data.draw(worlds(name))
    cut = data.draw(st.integers(1, len(panel.times)))
    whole = rows_of(decisions(spec, panel, signals, PERIODS))
    before = {key: target for key, target in whole.items() if key[0] < cut}

    truncated = decisions(
        spec, panel_of(panel.times[:cut], panel.close[:cut]), signals[:cut], PERIODS
    )
    close, other = panel.close.copy(), signals.copy()
    close[cut:], other[cut:] = 1e6, -3.0
    poisoned = decisions(spec, panel_of(panel.times, close), other, PERIODS)

    assert rows_of(truncated) == before
    assert {key: at for key, at in rows_of(poisoned).items() if key[0] < cut} == before


@pytest.mark.parametrize("name", SIZINGS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_prices_in_another_unit_change_no_weight(name: str, data: st.DataObject) -> None:
    spec, panel, signals = data.draw(worlds(name))

    doubled = decisions(spec, panel_of(panel.times, panel.close * 4.0), signals, PERIODS)

    assert rows_of(doubled) == rows_of(decisions(spec, panel, signals, PERIODS))


@pytest.mark.parametrize("name", ["equalWeight", "inverseVolatility", "signalWeights gross"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_shares_of_all_symbols_with_a_bar_add_up_to_the_gross_ratio(
    name: str, data: st.DataObject
) -> None:
    spec, panel, signals = data.draw(worlds(name))
    close = np.where(np.isnan(panel.close), 10.5, panel.close)
    spec = replace(spec, rebalance=replace(spec.rebalance, schedule="EVERY_BARS"))

    rows = rows_of(decisions(spec, panel_of(panel.times, close), signals, PERIODS))

    for step in {step for step, _ in rows}:
        gross = math.fsum(abs(target) for (t, _), target in rows.items() if t == step)
        assert gross == 0.0 or gross == pytest.approx(SIZINGS[name]["grossRatio"], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_dollar_neutral_weights_cancel(data: st.DataObject) -> None:
    spec, panel, signals = data.draw(worlds("signalWeights neutral"))
    close = np.where(np.isnan(panel.close), 10.5, panel.close)
    spec = replace(spec, rebalance=replace(spec.rebalance, schedule="EVERY_BARS"))
    signals = np.where(np.isnan(signals), 0.25, signals)

    rows = rows_of(decisions(spec, panel_of(panel.times, close), signals, PERIODS))

    for step in {step for step, _ in rows}:
        assert math.fsum(at for (t, _), at in rows.items() if t == step) == pytest.approx(
            0.0, abs=1e-14
        )


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.integers(-5, 5), min_size=1, max_size=60),
    top=st.integers(0, 30),
    bottom=st.integers(0, 30),
)
def test_ranks_of_many_symbols_are_those_of_a_full_sort(
    scores: list[int], top: int, bottom: int
) -> None:
    if top + bottom == 0:
        top = 1
    signals = np.array([scores], dtype=np.float64)
    panel = panel_of(np.array([DAY], dtype=np.int64), np.full((1, len(scores)), 10.0))
    fields = {"topCount": top, "bottomCount": bottom, "grossRatio": 1.0}
    spec = spec_of("rank", schedule="EVERY_BARS", long_short=True, **fields)

    rows = rows_of(decisions(spec, panel, signals, PERIODS))

    places = range(len(scores))
    highest = sorted(places, key=lambda j: (-scores[j], j))[:top]
    rest = [j for j in sorted(places, key=lambda j: (scores[j], j)) if j not in highest]
    share = 1.0 / (top + bottom)
    want = dict.fromkeys(highest, share) | dict.fromkeys(rest[:bottom], -share)
    assert {j: target for (_, j), target in rows.items()} == want
