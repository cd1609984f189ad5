"""What a strategy refuses before a run begins, and how it is stopped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aurelius.engine.v1 import strategy_pb2
from aurelius_engine.domain import errors, strategies
from aurelius_engine.domain.formula import formulas as formula
from aurelius_engine.domain.spec import Choice
from aurelius_engine.rpc.errors import WIRE_ERRORS
from tests.unit.engine.strategy_panels import CASES, PERIODS, made_panel, panel_from, spec_of

LONG_FLAT = {"direction": "DIRECTION_LONG_FLAT"}


def refused(name: str, symbols: int, **fields: Any) -> errors.EngineError:
    """Returns the refusal of a case over so many symbols, asked both ways."""
    spec = spec_of(name, CASES[name][0], **fields)
    panel = made_panel(60, symbols, 1)
    with pytest.raises(errors.EngineError) as at_the_signals:
        strategies.signals(spec, panel, PERIODS)
    with pytest.raises(errors.EngineError) as before:
        strategies.refuse_unfit(spec, panel.symbols, [60] * symbols, has_dividends=True)
    assert type(before.value) is type(at_the_signals.value)
    assert before.value.facts == at_the_signals.value.facts
    return before.value


@pytest.mark.parametrize(
    ("name", "symbols", "allowed"),
    [
        ("pairsTrading", 1, "exactly 2"),
        ("pairsTrading", 3, "exactly 2"),
        ("statArb", 2, "at least 3"),
        ("marketNeutral", 1, "at least 2"),
    ],
)
def test_a_template_is_refused_for_another_number_of_symbols(
    name: str, symbols: int, allowed: str
) -> None:
    refusal = refused(name, symbols)

    assert type(refusal) is errors.SymbolCountMismatch
    assert refusal.facts == {"found": symbols, "allowed": allowed}
    assert WIRE_ERRORS[type(refusal)].reason == "ERROR_REASON_SYMBOL_COUNT_MISMATCH"


@pytest.mark.parametrize("name", ["pairsTrading", "statArb", "marketNeutral"])
def test_a_template_of_two_sides_is_refused_without_the_short_one(name: str) -> None:
    refusal = refused(name, CASES[name][1], **LONG_FLAT)

    assert type(refusal) is errors.SpecContradiction
    assert refusal.facts == {"found": "DIRECTION_LONG_FLAT", "allowed": "DIRECTION_LONG_SHORT"}
    assert WIRE_ERRORS[type(refusal)].reason == "ERROR_REASON_SPEC_CONTRADICTION"


@pytest.mark.parametrize("name", sorted(set(CASES) - {"pairsTrading", "statArb", "marketNeutral"}))
def test_other_templates_run_long_only(name: str) -> None:
    spec = spec_of(name, CASES[name][0], **LONG_FLAT)
    strategies.refuse_unfit(spec, ["A"], [60], has_dividends=True)


def test_carry_is_refused_without_dividends() -> None:
    spec = spec_of("carry", {"lookbackBars": 3})

    with pytest.raises(errors.DataColumnMissing) as refusal:
        strategies.signals(spec, panel_from(np.ones((9, 1))), PERIODS)

    assert refusal.value.facts["found"] == "no column dividend"
    assert WIRE_ERRORS[type(refusal.value)].reason == "ERROR_REASON_DATA_COLUMN_MISSING"


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_run_is_refused_only_when_no_symbol_has_enough_bars(name: str) -> None:
    spec = spec_of(name, CASES[name][0])
    needed = strategies.bars_needed(spec.strategy)
    symbols = CASES[name][1]
    enough = [needed] * 2 if name == "pairsTrading" else [0] * (symbols - 1) + [needed]

    strategies.refuse_unfit(spec, "ABCD"[:symbols], enough, has_dividends=True)
    enough[-1] -= 1
    with pytest.raises(errors.LookbackTooLong) as refusal:
        strategies.refuse_unfit(spec, "ABCD"[:symbols], enough, has_dividends=True)

    assert refusal.value.facts["found"] == needed
    assert refusal.value.facts["allowed"] == f"at most {needed - 1}"
    most = "ABCD"[symbols - 1] if needed > 1 else "A"  # the first of those with none
    assert refusal.value.facts["symbol"] == most


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_first_signal_needs_as_many_bars_as_stated(name: str) -> None:
    parameters, symbols = CASES[name]
    spec = spec_of(name, parameters)
    needed = strategies.bars_needed(spec.strategy)

    found = strategies.signals(spec, made_panel(needed, symbols, 2), PERIODS)

    assert np.isnan(found[:-1]).all()
    assert not np.isnan(found[-1]).any()


def test_a_pair_without_common_bars_is_refused() -> None:
    close = np.ones((40, 2))
    close[::2, 0], close[1::2, 1] = np.nan, np.nan

    with pytest.raises(errors.LookbackTooLong) as refusal:
        strategies.signals(spec_of("pairsTrading", {"lookbackBars": 9}), panel_from(close), PERIODS)

    assert (refusal.value.facts["found"], refusal.value.facts["allowed"]) == (9, "at most 0")


@pytest.mark.parametrize("name", sorted(CASES))
def test_signals_stop_when_told_to(name: str) -> None:
    parameters, symbols = CASES[name]
    asked = []

    def at_the_second_time() -> bool:
        asked.append(1)
        return len(asked) > 1

    stop = at_the_second_time if name != "pairsTrading" else lambda: True

    with pytest.raises(errors.RunCancelled):
        strategies.signals(spec_of(name, parameters), made_panel(60, symbols, 3), PERIODS, stop)


def test_every_strategy_of_the_contract_is_known() -> None:
    fields = strategy_pb2.Strategy.DESCRIPTOR.oneofs_by_name["template"].fields
    others = {strategies.FORMULA, strategies.PLUGIN, strategies.ORDER_LIST}

    assert {field.json_name for field in fields} == set(strategies.TEMPLATES) | others


def test_a_list_of_orders_has_no_signals() -> None:
    panel = made_panel(5, 2, 4)
    order = {"symbol": "S0", "time": "1970-01-01T00:00:00Z", "quantity": 1}

    found = strategies.signals(spec_of("orderList", {"orders": [order]}), panel, PERIODS)

    assert found.shape == (5, 2)
    assert np.isnan(found).all()


def test_the_signals_of_a_plug_in_are_handed_through() -> None:
    panel = made_panel(5, 2, 5)
    plugin = Choice(name="plugin", parameters={"name": "mine", "warmUpBars": 4})
    spec = replace(spec_of("buyAndHold", {}), strategy=plugin)
    given = np.arange(10.0).reshape(5, 2)

    assert strategies.signals(spec, panel, PERIODS, plugin_signals=given) is given
    assert strategies.bars_needed(spec.strategy) == 4
    for wrong in (None, given[:4]):
        with pytest.raises(ValueError, match="as an argument"):
            strategies.signals(spec, panel, PERIODS, plugin_signals=wrong)


def test_an_unknown_strategy_is_a_bug() -> None:
    with pytest.raises(KeyError):
        strategies.bars_needed(Choice(name="hunch", parameters={}))


@pytest.mark.parametrize("column", ["dividend", "split_ratio"])
def test_a_formula_of_corporate_actions_is_refused_without_them(column: str) -> None:
    parameters = formula.resolved({"text": f"{column} - close"})
    spec = spec_of("buyAndHold", {})
    spec = replace(spec, strategy=Choice(name="formula", parameters=parameters))

    strategies.refuse_unfit(spec, ["A"], [9], has_dividends=True)
    with pytest.raises(errors.DataColumnMissing) as refusal:
        strategies.refuse_unfit(spec, ["A"], [9], has_dividends=False)

    assert refusal.value.facts["found"] == f"no column {column}"


def test_a_formula_is_evaluated_on_comparable_prices() -> None:
    panel = made_panel(6, 2, 6)
    ratio = np.ones((6, 2))
    ratio[3] = 2.0
    panel = replace(panel, split_ratio=ratio)
    parameters = formula.resolved({"text": "close"})
    spec = spec_of("buyAndHold", {}, corporateActions="CORPORATE_ACTIONS_APPLIED")
    spec = replace(spec, strategy=Choice(name="formula", parameters=parameters))

    found = strategies.signals(spec, panel, PERIODS)

    np.testing.assert_array_equal(found[:3], panel.close[:3])
    np.testing.assert_array_equal(found[3:], panel.close[3:] * 2.0)
