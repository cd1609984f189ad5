"""The look-ahead proof: planted leaks are caught, and honest strategies of every kind pass."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aurelius.engine.v1 import strategy_pb2
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application import execution
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain import simulation, strategies
from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import BARS, BOOK_COLUMNS, LEVEL, OPTIONAL, MarketTable
from aurelius_engine.domain.panel import Floats, Panel
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.validation.findings import Verdict
from aurelius_engine.domain.validation.futures import poisoned
from tests.unit.engine.proofs import failed, judged, proof, rows
from tests.unit.engine.runs import DAY_NS, FIRST_NS, listed, market
from tests.unit.engine.strategy_panels import CASES
from tests.unit.engine.universes import universe

DAYS = 240
Signals = Callable[[Panel], Floats]
MOMENTUM: dict[str, Any] = {"strategy": {"tsMomentum": {"lookbackBars": 5}}}
PLUGIN: dict[str, Any] = {
    "strategy": {"plugin": {"name": "double", "sourceDigest": "sha256:" + "0" * 64}}
}


def walks(symbols: int = 1, days: int = DAYS, seed: int = 5) -> MarketTable:
    """Random walks that share a market, open away from the last close, pay and split."""
    draws = np.random.default_rng(seed)
    shocks = draws.normal(0.0, 0.02, (days, symbols)) + draws.normal(0.0, 0.01, (days, 1))
    close = 50.0 * np.cumprod(1.0 + shocks, axis=0)
    bars: dict[str, Any] = {}
    for place in range(symbols):
        bars[f"S{place}"] = [
            (price * gap, price * 1.03, price * 0.97, price, 1e6, dividend, split)
            for price, gap, dividend, split in zip(
                close[:, place].tolist(),
                draws.uniform(0.98, 1.02, days).tolist(),
                np.where(draws.random(days) < 0.2, 0.4, 0.0).tolist(),
                np.where(draws.random(days) < 0.01, 2.0, 1.0).tolist(),
                strict=True,
            )
        ]
    return market(bars)


class Double(NoPlugins):
    """A plug-in of a test that sees the whole panel, as no installed one can."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def source_digest(self, name: str, asked: str = "") -> str:
        return asked or "sha256:" + "0" * 64

    def signals(
        self, spec: BacktestSpec, panel: Panel, *, seed: int, should_stop: Callable[[], bool]
    ) -> Floats:
        return self._signals(panel)


def future_mean(panel: Panel) -> Floats:
    """The mean of the next five closes, less this one."""
    ahead = [panel.close[step + 1 : step + 6] for step in range(len(panel.times))]
    means = [after.mean(axis=0) if len(after) else [np.nan] for after in ahead]
    return np.array(means) - panel.close


def whole_mean(panel: Panel) -> Floats:
    """This close less the mean of every close since the first."""
    count = np.arange(1.0, len(panel.times) + 1.0)[:, None]
    return panel.close - np.cumsum(panel.close, axis=0) / count


def last_five(panel: Panel) -> Floats:
    """This close over the one five bars before, less 1."""
    out = np.full(panel.close.shape, np.nan)
    out[5:] = panel.close[5:] / panel.close[:-5] - 1.0
    return out


# Of each strategy of the contract: what is run, and on how many symbols.
HONEST: dict[str, tuple[Mapping[str, Any], int]] = {
    **{name: ({"strategy": {name: fields}}, count) for name, (fields, count) in CASES.items()},
    "formula": ({"strategy": {"formula": {"text": "ema(close, 5) / ts_mean(close, 9) - 1"}}}, 2),
    "plugin": (
        {
            "strategy": {
                "plugin": {
                    "name": "skip_momentum",
                    "parameters": {"lookback_bars": 9, "skip_bars": 2},
                    "warmUpBars": 10,
                }
            }
        },
        1,
    ),
    "orderList": (
        listed(
            {"step": 3, "symbol": "S0", "quantity": 2, "type": "MARKET"},
            {"step": 90, "symbol": "S0", "quantity": -1, "type": "LIMIT", "limitPrice": 40},
        ),
        1,
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        field.json_name
        for field in strategy_pb2.Strategy.DESCRIPTOR.oneofs_by_name["template"].fields
    ],
)
def test_an_honest_strategy_of_every_kind_passes(name: str) -> None:
    spec, symbols = HONEST[name]

    found = proof(
        {**spec, "direction": "DIRECTION_LONG_SHORT"},
        walks(symbols),
        plugins=ProcessPlugins(),
        adjustment="SPLITS",
    )

    decides = name != "orderList"
    passed = {check for check, one in judged(found).items() if one.verdict is Verdict.PASSED}
    decided = {"warm_up_stable", "adjustment_blind"} if decides else set()
    assert passed == {"equal", "fills_later"} | decided
    assert found.passed
    assert rows(found, "differences") == []
    assert len(rows(found, "samples")) > 4
    assert bool(rows(found, "starts")) == bool(rows(found, "rescaled")) == decides
    assert max((row["order_count"] for row in rows(found, "samples")), default=0) > 0


@pytest.mark.parametrize(
    "sizing",
    [
        {"rank": {"topCount": 1, "bottomCount": 1, "grossRatio": 0.8}},
        {"signalWeights": {"normalisation": "NORMALISATION_GROSS", "grossRatio": 0.8}},
        {"inverseVolatility": {"lookbackBars": 15, "grossRatio": 0.8}},
        {"volatilityTarget": {"annualVolatilityRatio": 0.1, "lookbackBars": 15, "maxRatio": 1}},
        {"fixedUnits": {"units": 3}},
    ],
    ids=lambda sizing: next(iter(sizing)),
)
@pytest.mark.parametrize("schedule", ["EVERY_BARS", "MONTHLY"])
def test_an_honest_portfolio_passes_under_every_sizing(sizing: Any, schedule: str) -> None:
    spec = {
        **MOMENTUM,
        "sizing": sizing,
        "rebalance": {"schedule": f"REBALANCE_SCHEDULE_{schedule}", "intervalBars": 4},
        "direction": "DIRECTION_LONG_SHORT",
    }

    assert failed(proof(spec, walks(3), sampleCount=1)) == set()


@pytest.mark.parametrize("text", ["wilder(returns, 4)", "rsi(close, 4) - 50"])
def test_a_memory_that_fades_passes(text: str) -> None:
    spec = {
        "strategy": {"formula": {"text": text}},
        "sizing": {"signalWeights": {"normalisation": "NORMALISATION_NONE", "grossRatio": 1}},
    }

    found = proof(spec, walks(days=600))

    assert failed(found) == set()
    assert all(row["settled_bars"] > 20 for row in rows(found, "starts"))


def test_a_mean_of_the_future_is_caught_and_the_first_order_is_named() -> None:
    found = proof(PLUGIN, walks(), plugins=Double(future_mean))

    assert failed(found) == {"equal"}
    unequal = [row for row in rows(found, "samples") if not row["equal"]]
    differences = rows(found, "differences")
    assert {row["mode"] for row in unequal} == {"truncation", "poisoning"}
    assert [row["compared_time"] for row in differences] == [row["time"] for row in unequal]
    first = differences[0]
    assert (first["kind"], first["symbol"]) == ("order", "S0")
    # Nothing before the last five bars up to the sampled time can know.
    assert 0 <= first["compared_time"] - first["time"] < 5 * DAY_NS
    assert {first["expected_side"], first["found_side"]} <= {"buy", "flat", "sell", ""}
    assert first["expected_side"] != first["found_side"]
    detail = judged(found)["equal"].detail
    assert "the order of S0 at 2010-" in detail
    assert f"{first['expected_side']} {abs(first['expected_quantity'])!r}" in detail


def test_a_decision_dated_a_bar_too_early_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The close that decides is the close at which the return of the position begins."""
    decided = simulation.decided

    def early(*given: Any, **named: Any) -> Decisions:
        found = decided(*given, **named)
        return replace(found, step=found.step - 1)

    monkeypatch.setattr(simulation, "decided", early)

    assert failed(proof(MOMENTUM, walks())) == {"equal"}


def test_a_fill_at_the_close_that_decided_it_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    new_run = simulation.new_run

    def same_close(spec: BacktestSpec, *given: Any) -> Any:
        return new_run(replace(spec, same_close=True), *given)

    monkeypatch.setattr(simulation, "new_run", same_close)

    assert failed(proof(MOMENTUM, walks())) == {"fills_later"}


def test_a_fill_declared_at_the_same_close_is_no_later_one() -> None:
    found = proof({**MOMENTUM, "fillRule": "FILL_RULE_SAME_CLOSE"}, walks())

    assert failed(found) == {"fills_later"}


def test_a_later_fill_at_the_price_that_decided_it_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulate = execution.simulate

    def stale(*given: Any, **named: Any) -> Simulation:
        run = simulate(*given, **named)
        decided = run.orders.submitted[run.fills.order]
        price = run.panel.close[decided, run.fills.symbol]
        return replace(run, fills=replace(run.fills, reference_price=price))

    monkeypatch.setattr(execution, "simulate", stale)

    assert "fills_later" in failed(proof(MOMENTUM, walks()))


@pytest.mark.parametrize("source", ["QUOTES", "BOOK"])
def test_a_fill_at_a_quote_outside_its_bar_passes(source: str) -> None:
    table = walks()
    sizes = np.full(len(table.time), 1e6)
    worse = [table.low * 0.9, sizes, table.high * 1.1, sizes]
    book = (table.low * 0.95, np.ones(len(sizes)), table.high * 1.05, np.ones(len(sizes)), *worse)

    found = proof({**MOMENTUM, "fillSource": f"FILL_SOURCE_{source}"}, replace(table, book=book))

    assert failed(found) == set()


def test_prices_adjusted_for_the_future_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """As most vendors do: today's price is real, and the past is divided by what came."""
    spec = {
        "strategy": {"formula": {"text": "close - ts_mean(close, 5) + 0.02 * (close - 45)"}},
        "corporateActions": "CORPORATE_ACTIONS_APPLIED",
    }
    fair = strategies.comparable

    def back_adjusted(spec: BacktestSpec, panel: Panel) -> Panel:
        found = fair(spec, panel)
        assert panel.split_ratio is not None
        return replace(found, close=found.close / np.prod(panel.split_ratio, axis=0))

    assert "equal" not in failed(proof(spec, walks()))
    monkeypatch.setattr(strategies, "comparable", back_adjusted)

    assert "equal" in failed(proof(spec, walks()))


def test_a_level_of_prices_adjusted_for_a_later_split_is_caught() -> None:
    """The data have the split of the last day in every price before it, and say so."""
    spec = {"strategy": {"formula": {"text": "close - 30"}}}
    traded = [55.0, 58.0, 62.0, 66.0, 64.0, 61.0] * 40
    table = market({"X": [price / 2.0 for price in traded]})
    ratio = {"strategy": {"formula": {"text": "close / ts_mean(close, 3) - 1"}}}

    found = proof(spec, table, adjustment="SPLITS")

    assert failed(found) == {"adjustment_blind"}
    (difference,) = rows(found, "differences")
    assert (difference["mode"], difference["kind"]) == ("rescaling", "target")
    assert {difference["expected_side"], difference["found_side"]} == {"buy", "flat"}
    assert "the target of X at 2010-01-0" in judged(found)["adjustment_blind"].detail
    assert failed(proof(ratio, table, adjustment="SPLITS")) == set()
    assert failed(proof(spec, table)) == set()


def test_symbols_whose_adjusted_prices_are_compared_are_caught() -> None:
    spec = {"strategy": {"formula": {"text": "rank(close) - 0.5"}}}

    assert failed(proof(spec, walks(4), adjustment="SPLITS_AND_DIVIDENDS")) == {"adjustment_blind"}


def test_a_mean_over_all_history_is_caught_and_the_first_target_is_named() -> None:
    found = proof(PLUGIN, walks(), plugins=Double(whole_mean))

    assert failed(found) == {"warm_up_stable"}
    starts = rows(found, "starts")
    unstable = [row["time"] for row in starts if row["differing_count"]]
    differences = rows(found, "differences")
    assert [row["compared_time"] for row in differences] == unstable
    assert {row["mode"] for row in differences} == {"later_start"}
    first = differences[0]
    assert first["time"] >= next(row["compared_time"] for row in starts if row["differing_count"])
    assert (first["kind"], first["symbol"]) == ("target", "S0")
    assert {first["expected_side"], first["found_side"]} == {"buy", "flat"}
    assert judged(found)["warm_up_stable"].value == sum(row["differing_count"] for row in starts)
    assert "the target of S0 at 2010-" in judged(found)["warm_up_stable"].detail
    assert failed(proof(PLUGIN, walks(), plugins=Double(last_five))) == set()


def test_a_level_that_the_first_bar_sets_is_caught() -> None:
    """Splits are followed from the first bar: a price in money rests on where that is."""
    spec = {
        "strategy": {"formula": {"text": "close - 60"}},
        "corporateActions": "CORPORATE_ACTIONS_APPLIED",
    }
    bars = [(p, p, p, p, 1e6, 0.0, 2.0 if day == 9 else 1.0) for day, p in enumerate([50.0] * 60)]

    found = proof(spec, market({"X": bars}), startCount=100)

    assert failed(found) == {"warm_up_stable"}
    late = [row for row in rows(found, "starts") if row["differing_count"]]
    assert {row["time"] for row in late} == {FIRST_NS + step * DAY_NS for step in range(10, 15)}


def test_what_cannot_be_asked_does_not_pass() -> None:
    """Of 10 bars 8 are warm-up: no later start leaves a bar to compare."""
    spec = {"strategy": {"tsMomentum": {"lookbackBars": 7}}}

    found = proof(spec, walks(days=10))

    assert "warm_up_stable" in failed(found)
    assert not found.passed


def test_the_certificate_names_the_run_and_the_seed() -> None:
    found, other = (proof(MOMENTUM, walks(), seed=seed) for seed in (2**64 - 1, 1))

    named, again = (rows(one, "certificate") for one in (found, other))
    assert [row["seed"] for row in named + again] == [str(2**64 - 1), "1"]
    assert named[0]["run"].startswith("runs/r")
    assert named[0]["run"] != again[0]["run"]
    for table in ("samples", "starts"):
        times = [[row["time"] for row in rows(one, table)] for one in (found, other)]
        assert times[0] != times[1]


def test_poison_reaches_every_column() -> None:
    walk = np.linspace(50.0, 60.0, 80).tolist()
    table = universe({"A": walk, "B": walk}, {"A": [1] * 80, "B": [1] * 80}, {"B": -0.4})
    rows = len(table.time)
    quotes = (table.low, np.full(rows, 10.0), table.high, np.full(rows, 20.0))
    table = replace(table, dividend=np.full(rows, 0.1), split_ratio=np.ones(rows), book=quotes)

    other = poisoned(table, int(table.time[rows // 2]), stream(1, "test"))

    assert set(table.floats()) == {*BARS, *OPTIONAL, *BOOK_COLUMNS[: len(LEVEL)]}
    for name, before in table.floats().items():
        after = other.floats()[name]
        assert (before != after).any(), name
        assert (before[: rows // 2] == after[: rows // 2]).all(), name


def test_a_formula_that_orders_before_its_warm_up_is_honest() -> None:
    spec = {"strategy": {"formula": {"text": "close - fill(delay(close, 60), open)"}}}
    found = proof(spec, walks())

    assert "equal" not in failed(found)
    early = [row for row in rows(found, "samples") if row["time"] < FIRST_NS + 60 * DAY_NS]
    assert {row["mode"] for row in early} == {"poisoning"}
