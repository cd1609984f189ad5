"""What a run does is counted, not timed: an accidental ten-fold slowdown shows here.

Each bound leaves room for honest changes and none for work of another order.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.execution import execute
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import no_orders
from aurelius_engine.domain.core.kernel import run_until
from aurelius_engine.domain.core.layout import run_of
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import decided, never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.trend_pairs import TrendPairs
from tests.conftest import REPOSITORY
from tests.unit.engine.walks import resolved, walk

YEAR = 252.0


def whole_run(bars: int, symbols: int = 1) -> Callable[[], object]:
    table, document = walk(bars, symbols), resolved()
    calendars, plugins = packaged_calendars(), NoPlugins()

    def run() -> object:
        return execute(document, table, calendars, seed=0, plugins=plugins)

    run()  # what is loaded once is not counted
    return run


def calls_of(work: Callable[[], object]) -> Counter[str]:
    """Counts calls of functions by name, those written in C included."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_name] += 1
        elif event == "c_call":
            calls[argument.__name__] += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_ten_times_the_bars_take_the_same_calls() -> None:
    few, many = 2_000, 20_000

    less, more = calls_of(whole_run(few)).total(), calls_of(whole_run(many)).total()

    # A loop over bars would add 18,000. One over the 900 further orders is there already.
    assert more - less < (many - few) / 10


def test_ten_times_the_symbols_take_calls_for_symbols_and_none_for_cells() -> None:
    bars, few, many = 500, 3, 30

    less, more = calls_of(whole_run(bars, few)).total(), calls_of(whole_run(bars, many)).total()

    # A loop over a symbol's bars would add 500 for each.
    assert more - less < 150 * (many - few)


def test_a_run_hashes_each_of_its_tables_once_and_its_data_not_at_all() -> None:
    run = whole_run(2_000)

    calls = calls_of(run)

    result: Any = run()
    assert calls["table_hash"] == len(result.tables) > 5
    assert calls["data_hash"] == 0


def test_a_run_computes_its_metrics_and_its_round_trips_once() -> None:
    calls = calls_of(whole_run(2_000))

    assert calls["compute_metrics"] == 1
    assert calls["round_trips"] == 1


def slow_steps_of(bars: int, document: dict[str, Any], symbols: int = 1) -> tuple[int, int]:
    """Returns the steps that the core took one by one, and the orders that it made."""
    spec = spec_from_document(document)
    panel = panel_of(spec, walk(bars, symbols))
    targets = decided(spec, panel, periods_per_year=YEAR)
    arrays = new_run(spec, panel, targets, no_orders(), None)
    assert run_until(run_of(arrays), bars) == bars
    return int(arrays.counters[at.SLOW_STEPS]), int(arrays.counters[at.ORDER_COUNT])


def test_quiet_steps_are_marked_together() -> None:
    bars = 20_000

    slow, orders = slow_steps_of(bars, resolved())

    assert orders > 500
    # One step decides an order and one fills it; all others are quiet.
    assert slow <= 2 * orders + 2
    assert slow < bars / 5


def test_a_position_that_is_held_takes_no_step_of_its_own() -> None:
    slow, orders = slow_steps_of(20_000, resolved(strategy={"buyAndHold": {}}), symbols=3)

    assert orders == 3
    assert slow <= 2


def test_a_sweep_makes_each_mean_once() -> None:
    spec = spec_from_document(resolved())
    panel = panel_of(spec, walk(600))
    pairs = [(fast, slow) for fast in range(2, 22) for slow in range(22, 42)]
    runs = TrendPairs(spec, panel, sessions=None, periods_per_year=YEAR, workers=1)

    found = runs.run(pairs, never_stop)

    assert len(found) == 400
    assert runs.mean_count == 40


# The same strategy with a short look-back and one twenty times as long.
LOOKBACKS = {
    "breakout": ({"entryBars": 6, "exitBars": 3}, {"entryBars": 120, "exitBars": 60}),
    "marketNeutral": ({"lookbackBars": 6}, {"lookbackBars": 120}),
    "meanReversion": ({"lookbackBars": 6}, {"lookbackBars": 120}),
    "pairsTrading": ({"lookbackBars": 6}, {"lookbackBars": 120}),
    "trendFollowing": ({"fastBars": 3, "slowBars": 6}, {"fastBars": 60, "slowBars": 120}),
    "tsMomentum": ({"lookbackBars": 6}, {"lookbackBars": 120}),
    "volatilityTrading": ({"fastBars": 3, "slowBars": 6}, {"fastBars": 60, "slowBars": 120}),
}


@pytest.fixture(scope="module")
def lines() -> dict[str, list[int]]:
    """Lines by strategy: short look-back, long look-back, short one over twice the bars."""
    cases = []
    for name, (short, long) in LOOKBACKS.items():
        symbols = 2 if name == "pairsTrading" else 3
        cases += [[{name: short}, 400, symbols], [{name: long}, 400, symbols]]
        cases += [[{name: short}, 800, symbols]]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.engine.line_counts"],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout)
    return {name: counts[3 * i : 3 * i + 3] for i, name in enumerate(LOOKBACKS)}


@pytest.mark.parametrize("strategy", LOOKBACKS)
def test_a_long_look_back_takes_no_more_lines_than_a_short_one(
    strategy: str, lines: dict[str, list[int]]
) -> None:
    short, long, _ = lines[strategy]

    assert short > 1_000
    assert long < 1.5 * short


@pytest.mark.parametrize("strategy", LOOKBACKS)
def test_twice_the_bars_take_twice_the_lines(strategy: str, lines: dict[str, list[int]]) -> None:
    once, _, twice = lines[strategy]

    assert 1.8 < twice / once < 2.2
