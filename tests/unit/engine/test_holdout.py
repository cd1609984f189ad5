"""A run gone on over later bars is the run over all of them, where the bars go on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.execution import execute
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.holdout import Criterion, gone_on
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.validation.findings import Comparison
from tests.unit.engine.runs import DAY_NS, document, executed, market, time_text

BARS, SPLIT = 80, 50
CLOSES = 100.0 * np.cumprod(1.0 + np.random.default_rng(5).normal(0.0, 0.02, (BARS, 2)), axis=0)
TREND = {"trendFollowing": {"fastBars": 3, "slowBars": 20}}
RANKED = {"formula": {"text": "rank(ts_mean(close, 15) / close) - 0.5"}}


def days(first: int, end: int, symbol: int) -> list[float | None]:
    """Closes of days [first, end) on the clock of all: None before."""
    return [None] * first + [float(close) for close in CLOSES[first:end, symbol]]


def bars(first: int, end: int, names: Sequence[str] = ("A", "B")) -> MarketTable:
    return market({name: days(first, end, place) for place, name in enumerate(names)})


SEEN, SEALED = bars(0, SPLIT), bars(SPLIT, BARS)


@pytest.mark.parametrize("strategy", [TREND, RANKED])
@pytest.mark.parametrize(
    ("window", "warm_up"),
    [
        ({}, SPLIT),
        ({"startTime": time_text(10), "endTime": time_text(40)}, SPLIT - 10),
        ({"startTime": time_text(30), "warmUpBars": 5}, SPLIT - 25),
        ({"symbols": ["B"]}, SPLIT),
    ],
)
def test_it_is_the_run_over_both_with_what_the_run_saw_before_it(
    strategy: dict[str, Any], window: dict[str, Any], warm_up: int
) -> None:
    spec = {"strategy": strategy, "direction": "DIRECTION_LONG_SHORT", **window}

    found, table = gone_on(document(spec), SEEN, SEALED)

    whole = bars(0, BARS)
    assert table.data_hash() == whole.data_hash()
    assert found["warmUpBars"] == warm_up
    asked = {**spec, "startTime": time_text(SPLIT), "warmUpBars": warm_up}
    asked.pop("endTime", None)
    calendars = packaged_calendars()
    result = execute(found, table, calendars, seed=0, plugins=NoPlugins())
    assert result.digest == executed(asked, whole).digest
    assert len(result.tables["fills"][0].data) > 0


def ending(table: MarketTable) -> MarketTable:
    """The same bars, and a symbol that ended with them."""
    returned = np.zeros(table.time.size)
    returned[-1] = -0.5
    return replace(table, delisting_return=returned)


def still(table: MarketTable) -> MarketTable:
    return replace(table, delisting_return=np.zeros(table.time.size))


@pytest.mark.parametrize(
    ("seen", "sealed"),
    [
        (SEEN, bars(SPLIT - 1, BARS)),
        (SEEN, bars(SPLIT, BARS, ("A", "C"))),
        (SEEN, bars(SPLIT, BARS, ("A",))),
        (SEEN, still(SEALED)),
        (ending(SEEN), still(SEALED)),
    ],
    ids=["overlap", "other symbol", "a symbol less", "columns", "an end"],
)
def test_bars_that_do_not_go_on_stand_alone(seen: MarketTable, sealed: MarketTable) -> None:
    asked = document({"strategy": TREND, "startTime": time_text(5), "endTime": time_text(45)})

    found, table = gone_on(asked, seen, sealed)

    assert table is sealed
    assert found["warmUpBars"] == 0
    assert not {"startTime", "endTime"} & found.keys()


def test_columns_that_both_have_are_joined() -> None:
    _, table = gone_on(document({"strategy": TREND}), still(SEEN), still(SEALED))

    assert table.delisting_return is not None
    assert table.delisting_return.size == table.time.size == 2 * BARS
    assert int(table.time[-1] - table.time[0]) == (BARS - 1) * DAY_NS


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        (Comparison.LESS, (True, False, False)),
        (Comparison.LESS_OR_EQUAL, (True, True, False)),
        (Comparison.GREATER, (False, False, True)),
        (Comparison.GREATER_OR_EQUAL, (False, True, True)),
    ],
)
def test_a_criterion_has_the_metric_on_the_left(
    comparison: Comparison, holds: tuple[bool, ...]
) -> None:
    criterion = Criterion(metric_id="beta", comparison=comparison, bound=1.0)

    assert tuple(criterion.holds({"beta": value}) for value in (0.5, 1.0, 1.5)) == holds
    assert not criterion.holds({"beta": "UNDEFINED_NO_BENCHMARK"})
