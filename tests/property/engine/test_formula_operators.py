"""Every operator of the formula language, against rules written a second time."""

import numpy as np
import pytest

from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.formula.checking import check
from aurelius_engine.domain.formula.evaluation import COMPUTED, evaluate
from aurelius_engine.domain.formula.lowering import program_of
from aurelius_engine.domain.formula.operators import Operator
from aurelius_engine.domain.formula.parsing import parse
from aurelius_engine.domain.formula.registry import OPERATORS, SERIES
from aurelius_engine.domain.formula.warm_up import warm_up_bars
from tests.property.engine.formula_cases import (
    GROUPINGS,
    computed,
    cut,
    expected,
    panel_of_cells,
    poisoned,
    sample,
)

# No sum, no root of one, no exponential: these have one right answer to the last bit.
# fmt: off
INEXACT = frozenset((
    "signedpower", "exp", "log", "sigmoid", "tanh", "ts_sum", "ts_mean", "ts_product",
    "ts_var", "ts_std", "ts_skew", "ts_kurt", "ts_zscore", "ts_ir", "covariance",
    "correlation", "ts_beta", "ts_residual", "ts_slope", "ts_r2", "decay_linear", "ema",
    "wilder", "rsi", "atr", "adv", "scale", "demean", "zscore_cs", "winsorize", "cs_mean",
    "cs_sum", "cs_std", "group_neutralize", "group_mean", "group_sum", "group_std",
    "group_zscore", "group_scale", "power",
))
# fmt: on
EACH = pytest.mark.parametrize("operator", OPERATORS, ids=[item.name for item in OPERATORS])


@EACH
def test_an_operator_is_what_its_rule_says(operator: Operator) -> None:
    panel = panel_of_cells(np.random.default_rng(11), 60)
    text = sample(operator)

    found, wanted = computed(text, panel), expected(text, panel)

    assert np.count_nonzero(~np.isnan(wanted)) > 20
    assert np.unique(wanted[~np.isnan(wanted)]).size > 1
    if operator.name in INEXACT or "log(" in text:
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    else:
        np.testing.assert_array_equal(found, wanted)


@EACH
def test_an_operator_keeps_its_past_whatever_comes(operator: Operator) -> None:
    panel = panel_of_cells(np.random.default_rng(12), 40)
    text = sample(operator)

    whole = computed(text, panel)

    for n_steps in (1, 7, 23, 39):
        assert computed(text, cut(panel, n_steps)).tobytes() == whole[:n_steps].tobytes()
        changed = computed(text, poisoned(panel, n_steps))[:n_steps]
        assert changed.tobytes() == whole[:n_steps].tobytes()


@EACH
def test_the_first_value_comes_with_the_last_bar_of_the_warm_up(operator: Operator) -> None:
    panel = panel_of_cells(np.random.default_rng(13), 40)
    for name, least in (("open", 30), ("high", 32), ("low", 29), ("close", 30), ("volume", 30)):
        matrix = getattr(panel, name)  # no holes, and nothing is undefined
        matrix[:] = least + np.random.default_rng(len(name)).random(matrix.shape)
    text = sample(operator).replace("- 10", "- 1").replace("- 9", "- 1")

    found = computed(text, panel)

    bars = warm_up_bars(check(parse(text), GROUPINGS))
    assert np.isnan(found[: bars - 1]).all()
    assert not np.isnan(found[bars - 1]).any()


def test_every_series_is_what_it_says() -> None:
    panel = panel_of_cells(np.random.default_rng(14), 30)

    for series in SERIES:
        if series.name not in ("dividend", "split_ratio"):
            found, wanted = computed(series.name, panel), expected(series.name, panel)
            np.testing.assert_array_equal(found, wanted)


def test_each_operator_ends_in_what_the_evaluator_computes() -> None:
    leaves = {"number", "series", "grouping"}

    for operator in OPERATORS:
        steps = program_of(check(parse(sample(operator)), GROUPINGS))
        assert {step.operator for step in steps} <= COMPUTED | leaves


@pytest.mark.parametrize("value", [0.1, 1e-9, 3e7, 1e100])
def test_equal_values_have_no_deviation(value: float) -> None:
    panel = panel_of_cells(np.random.default_rng(15), 20)
    flat = f"(0 * close + {value!r})"
    formulas = (f"ts_std({flat}, 7)", f"cs_std({flat})")
    undefined = (
        f"ts_zscore({flat}, 7)",
        f"correlation({flat}, close, 7)",
        f"ts_beta(close, {flat}, 7)",
        f"ts_skew({flat}, 7)",
        f"ts_kurt({flat}, 7)",
        f"zscore_cs({flat})",
        f"ts_scale({flat}, 7)",
    )

    for text in formulas:
        found = computed(text, panel)
        assert (found[~np.isnan(found)] == 0.0).all()
        assert (~np.isnan(found)).any()
    for text in undefined:
        assert np.isnan(computed(text, panel)).all(), text


def test_what_left_the_window_leaves_no_trace() -> None:
    # A running sum would keep the rounding of 1e15 for ever.
    panel = panel_of_cells(np.random.default_rng(16), 60, n_symbols=1)
    spike = panel_of_cells(np.random.default_rng(16), 60, n_symbols=1)
    spike.volume[10] = 1e15

    for text in ("ts_mean(volume, 8)", "ts_std(volume, 8)", "correlation(close, volume, 8)"):
        np.testing.assert_array_equal(computed(text, spike)[30:], computed(text, panel)[30:])


@pytest.mark.parametrize("asked_before", [0, 1, 4])
def test_a_formula_stops_when_it_is_asked_to(asked_before: int) -> None:
    panel = panel_of_cells(np.random.default_rng(17), 20)
    tree = check(parse("rank(ts_mean(close, 3)) + ts_std(volume, 4)"))
    asked: list[None] = []

    def should_stop() -> bool:
        asked.append(None)
        return len(asked) > asked_before

    with pytest.raises(RunCancelled):
        evaluate(tree, panel, groupings={}, should_stop=should_stop)

    assert len(asked) == asked_before + 1


def test_equal_parts_are_computed_once() -> None:
    once = program_of(check(parse("ts_std(close, 9)")))
    often = " + ".join(["zscore(close, 9)"] * 20)

    assert len(program_of(check(parse(often)))) < len(once) + 30
    nested = "close"
    for _ in range(30):
        nested = f"zscore({nested}, 9)"
    assert len(program_of(check(parse(nested)))) < 30 * 8
