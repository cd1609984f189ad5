"""Only members are held, only members are compared, and nobody knows who will be one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.domain import errors, strategies, universe
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import Floats, panel_of
from aurelius_engine.domain.spec import spec_from_document
from tests.unit.engine.proofs import failed, proof, rows
from tests.unit.engine.runs import document, listed, simulated
from tests.unit.engine.strategy_panels import CASES
from tests.unit.engine.universes import universe as universe_of

DAYS = 60
SCHEDULES: dict[str, Any] = {
    "on change": {},
    "every bars": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 9},
    "monthly": {"schedule": "REBALANCE_SCHEDULE_MONTHLY"},
}
SIZINGS: dict[str, Any] = {
    "equity fraction": {"equityFraction": {"ratio": 0.8}},
    "equal weight": {"equalWeight": {"grossRatio": 0.8}},
    "rank": {"rank": {"topCount": 2, "bottomCount": 0, "grossRatio": 0.8}},
    "signal weights": {
        "signalWeights": {"normalisation": "NORMALISATION_GROSS", "grossRatio": 0.8}
    },
    "volatility": {
        "volatilityTarget": {"annualVolatilityRatio": 0.1, "lookbackBars": 5, "maxRatio": 1}
    },
}


def walks(seed: int, symbols: int = 4, *, delisted: bool = True) -> MarketTable:
    """Returns walks of members that come and go; the last symbol is delisted on the way."""
    draws = np.random.default_rng(seed)
    bars: dict[str, Any] = {}
    member: dict[str, Any] = {}
    for place in range(symbols):
        days = DAYS * 3 // 4 if delisted and place == symbols - 1 else DAYS
        prices = 50.0 * np.cumprod(1.0 + draws.normal(0.0, 0.03, days))
        bars[f"S{place}"] = prices.tolist()
        turns = np.cumsum(draws.random(days) < 0.08) + draws.integers(0, 2)
        member[f"S{place}"] = (turns % 2).tolist()
    return universe_of(bars, member, {f"S{symbols - 1}": -0.4} if delisted else None)


@pytest.mark.parametrize("sizing", sorted(SIZINGS))
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_only_members_are_entered_and_who_leaves_is_sold(
    sizing: str, schedule: str, seed: int
) -> None:
    table = walks(seed)
    run = simulated(
        {
            "strategy": {"tsMomentum": {"lookbackBars": 3}},
            "sizing": SIZINGS[sizing],
            "rebalance": SCHEDULES[schedule],
        },
        table,
    )

    member = run.panel.member
    assert member is not None
    held = np.zeros(member.shape)
    for step, symbol, units, order in zip(
        run.fills.step.tolist(),
        run.fills.symbol.tolist(),
        run.fills.quantity.tolist(),
        run.fills.order.tolist(),
        strict=True,
    ):
        if units > 0.0:  # long and flat: a buy enters
            assert member[int(run.orders.submitted[order]), symbol] == 1.0
        held[step:, symbol] += units
    out_twice = (member[1:] == 0.0) & (member[:-1] == 0.0)
    assert np.abs(held[1:][out_twice]).max(initial=0.0) < 1e-9


@pytest.mark.parametrize(
    "strategy",
    [
        {"formula": {"text": "rank(ts_mean(close, 3) / close) - 0.5"}},
        {"formula": {"text": "close - cs_mean(close)"}},
        {"marketNeutral": {"lookbackBars": 3}},
        {"statArb": {"lookbackBars": 8, "entryScore": 0.4, "exitScore": 0.1}},
    ],
    ids=lambda strategy: next(iter(strategy)) + str(len(str(strategy))),
)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_who_is_no_member_is_not_compared_with(strategy: Any, seed: int) -> None:
    """Other prices of a stranger change no signal of the members."""
    spec = {"strategy": strategy, "direction": "DIRECTION_LONG_SHORT"}
    table = walks(seed, delisted=False)
    out = table.symbol.data == 3
    assert table.member is not None
    member = np.where(out, 0.0, 1.0)
    table = replace(table, member=member)
    scale = np.where(out, np.random.default_rng(seed).uniform(0.2, 5.0, out.size), 1.0)
    prices = {name: getattr(table, name) * scale for name in ("open", "high", "low", "close")}
    other = replace(table, **prices)

    found, changed = (signals(spec, item) for item in (table, other))
    blind = signals(spec, replace(other, member=None))

    np.testing.assert_array_equal(found, changed)
    assert np.isnan(found[:, 3]).all()
    assert not np.array_equal(blind[:, :3], found[:, :3], equal_nan=True)


def signals(spec: Mapping[str, Any], table: MarketTable) -> Floats:
    resolved = spec_from_document(document(spec))
    panel = panel_of(resolved, table)
    return universe.member_signals(resolved, panel, strategies.signals(resolved, panel, 252.0))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_universe_of_all_is_none(name: str) -> None:
    parameters, symbols = CASES[name]
    table = walks(5, symbols, delisted=False)
    rows = len(table.time)
    calm = replace(table, dividend=np.full(rows, 0.1), split_ratio=np.ones(rows))
    spec = {"strategy": {name: parameters}, "direction": "DIRECTION_LONG_SHORT"}

    whole = simulated(spec, replace(calm, member=np.ones(rows)))
    bare = simulated(spec, replace(calm, member=None))

    assert whole.fills.step.size > 0
    assert whole.equity.tolist() == bare.equity.tolist()


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
def test_nobody_knows_who_will_be_a_member_or_what_a_delisting_brings(schedule: str) -> None:
    spec = {
        "strategy": {"formula": {"text": "rank(close) - 0.4"}},
        "rebalance": SCHEDULES[schedule],
    }

    found = proof(spec, walks(11), sampleCount=12)

    assert "equal" not in failed(found)
    assert len(rows(found, "samples")) > 8


def test_a_pair_is_left_when_one_leg_leaves() -> None:
    draws = np.random.default_rng(4)
    base = 50.0 * np.cumprod(1.0 + draws.normal(0.0, 0.02, DAYS))
    noise = 1.0 + 0.05 * np.sin(np.arange(DAYS))
    inside = [1] * 30 + [0] * 30
    table = universe_of(
        {"A": base.tolist(), "B": (base * noise).tolist()}, {"A": [1] * DAYS, "B": inside}
    )
    spec = {
        "strategy": {"pairsTrading": {"lookbackBars": 9, "entryZscore": 1.0, "exitZscore": 0.2}},
        "direction": "DIRECTION_LONG_SHORT",
    }

    run = simulated(spec, table)

    assert set(run.fills.symbol.tolist()) == {0, 1}
    assert int(run.fills.step.max()) == 31
    assert run.held.tolist() == [0.0, 0.0]


def test_a_listed_order_of_no_member_is_refused_and_what_rests_is_closed() -> None:
    table = universe_of({"X": [100.0, 100.0, 100.0, 90.0, 90.0, 90.0]}, {"X": [1, 1, 0, 0, 0, 0]})
    late = listed({"step": 2, "quantity": 1, "type": "MARKET"})

    with pytest.raises(errors.OrderOutsideUniverse) as refusal:
        simulated(late, table)
    assert refusal.value.facts["found"] == "X at 2010-01-03T00:00:00Z"
    run = simulated(listed({"step": 1, "quantity": 2, "type": "LIMIT", "limitPrice": 95}), table)
    assert [
        (step, units, codes.RULE_NAMES[rule])
        for step, units, rule in zip(
            run.fills.step.tolist(),
            run.fills.quantity.tolist(),
            run.fills.rule.tolist(),
            strict=True,
        )
    ] == [(3, 2.0, "limit_at_open"), (4, -2.0, "next_open")]
