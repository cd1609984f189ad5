"""No signal of any template depends on what comes later, nor on more of the past than it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.panel import Floats, Panel
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.strategies import TEMPLATES, bars_needed, signals
from tests.unit.engine.strategy_panels import CASES, PERIODS, made_panel, spec_of

STEPS = 70
# Their signal is made of the last `bars_needed` bars alone. The others remember: a side
# that is held, or the last training.
MEMORYLESS = ("tsMomentum", "marketNeutral", "volatilityTrading", "carry")


def columns(panel: Panel) -> dict[str, Floats]:
    found = {}
    for name in ("open", "high", "low", "close", "volume", "dividend", "split_ratio"):
        values = getattr(panel, name)
        if values is not None:
            found[name] = values
    return found


def cut(panel: Panel, steps: int) -> Panel:
    parts = {name: values[:steps].copy() for name, values in columns(panel).items()}
    return Panel(times=panel.times[:steps], symbols=panel.symbols, **parts)  # type: ignore[arg-type]


def joined(past: Panel, later: Panel, steps: int) -> Panel:
    ahead = columns(later)
    parts = {
        name: np.concatenate([values[:steps], ahead[name][steps:]])
        for name, values in columns(past).items()
    }
    return Panel(times=past.times, symbols=past.symbols, **parts)  # type: ignore[arg-type]


def long_enough(spec: BacktestSpec, panel: Panel) -> bool:
    """Whether every symbol could be the one that has enough bars, the pair's common ones too."""
    common = ~np.isnan(panel.close).any(axis=1)
    return int(np.count_nonzero(common)) >= bars_needed(spec.strategy)


def test_there_is_a_case_of_every_template() -> None:
    assert set(CASES) == set(TEMPLATES)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("name", sorted(CASES))
@given(
    seed=st.integers(0, 10_000), steps=st.integers(30, STEPS - 1), holes=st.sampled_from([0, 0.1])
)
@settings(max_examples=12, deadline=None)
def test_the_future_changes_no_signal(
    name: str, applied: bool, seed: int, steps: int, holes: float
) -> None:
    parameters, symbols = CASES[name]
    action = "CORPORATE_ACTIONS_" + ("APPLIED" if applied else "NOT_APPLIED")
    spec = spec_of(name, parameters, corporateActions=action)
    panel = made_panel(STEPS, symbols, seed, holes)
    other = made_panel(STEPS, symbols, seed + 1, holes)
    poisoned = joined(panel, other, steps)
    assert poisoned.split_ratio is not None
    poisoned.split_ratio[steps:] *= 3.0
    if not long_enough(spec, cut(panel, steps)):
        return

    whole = signals(spec, panel, PERIODS)

    np.testing.assert_array_equal(signals(spec, cut(panel, steps), PERIODS), whole[:steps])
    np.testing.assert_array_equal(signals(spec, poisoned, PERIODS)[:steps], whole[:steps])


@pytest.mark.parametrize("name", sorted(CASES))
@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_a_signal_is_where_a_bar_is_and_the_warm_up_is_over(name: str, seed: int) -> None:
    parameters, symbols = CASES[name]
    spec = spec_of(name, parameters)
    panel = made_panel(STEPS, symbols, seed, 0.1)

    found = signals(spec, panel, PERIODS)

    bar = ~np.isnan(panel.close)
    counted = np.cumsum(bar, axis=0)
    if name == "pairsTrading":
        counted = np.cumsum(bar.all(axis=1), axis=0)[:, None] + np.zeros_like(counted)
    ready = bar & (counted >= bars_needed(spec.strategy))
    np.testing.assert_array_equal(~np.isnan(found), ready)
    assert np.isfinite(found[ready]).all()
    assert not np.signbit(found[found == 0.0]).any()


@pytest.mark.parametrize("name", MEMORYLESS)
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 40))
@settings(max_examples=10, deadline=None)
def test_bars_before_the_look_back_change_no_signal(name: str, seed: int, steps: int) -> None:
    parameters, symbols = CASES[name]
    spec = spec_of(name, parameters)
    panel = made_panel(STEPS, symbols, seed)
    changed = joined(made_panel(STEPS, symbols, seed + 1), panel, steps)

    whole, found = signals(spec, panel, PERIODS), signals(spec, changed, PERIODS)

    settled = steps + bars_needed(spec.strategy) - 1
    np.testing.assert_array_equal(found[settled:], whole[settled:])


@pytest.mark.parametrize("name", sorted(set(CASES) - {"carry", "buyAndHold"}))
@given(seed=st.integers(0, 10_000), power=st.integers(-8, 8))
@settings(max_examples=5, deadline=None)
def test_a_unit_of_money_changes_no_signal(name: str, seed: int, power: int) -> None:
    parameters, symbols = CASES[name]
    spec = spec_of(name, parameters)
    panel = made_panel(STEPS, symbols, seed, 0.05)
    scaled = Panel(
        times=panel.times,
        symbols=panel.symbols,
        **{key: values * 2.0**power for key, values in columns(panel).items()},  # type: ignore[arg-type]
    )

    whole, found = signals(spec, panel, PERIODS), signals(spec, scaled, PERIODS)

    if name == "pairsTrading":  # of logarithms: equal but for their rounding
        np.testing.assert_allclose(found, whole, rtol=1e-9)
    else:
        np.testing.assert_array_equal(found, whole)
