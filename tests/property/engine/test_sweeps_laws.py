"""A trial that is computed among many has the numbers of the run by itself, bit for bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.sweeps.batches import batched
from aurelius_engine.domain.sweeps.plan import SweepPlan, plan_from_document
from aurelius_engine.domain.sweeps.trend_pairs import METRIC_IDS
from aurelius_engine.parts import SHIPPED
from tests.unit.engine.test_sweeps_identity import FAST, SLOW, resolved

BASES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "strategy": st.just({"trendFollowing": {}}),
        "calendar": st.just("XNYS"),
        "direction": st.sampled_from(["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"]),
        "units": st.sampled_from(["UNITS_FRACTIONAL", "UNITS_INTEGER"]),
        "riskFreeRatio": st.sampled_from([0.0, 0.03]),
        "commission": st.fixed_dictionaries(
            {"valueRatio": st.floats(0, 0.01), "minimum": st.sampled_from([0.0, 5.0])}
        ),
        "slippage": st.fixed_dictionaries({"fixedRatio": st.floats(0, 0.01)}),
        "financing": st.fixed_dictionaries(
            {"borrowFeeRatio": st.sampled_from([0.0, 0.02]), "cashInterestRatio": st.just(0.01)}
        ),
        "sizing": st.one_of(
            st.fixed_dictionaries(
                {"equityFraction": st.fixed_dictionaries({"ratio": st.floats(0.1, 1.0)})}
            ),
            st.just({"fixedUnits": {"units": 100}}),
        ),
        "orders": st.sampled_from(
            [{}, {"bracket": {"stopLossRatio": 0.05}}, {"bracket": {"trailingStopRatio": 0.1}}]
        ),
    }
)
FILLS = st.sampled_from(
    [
        {"fillRule": "FILL_RULE_NEXT_OPEN"},
        {"fillRule": "FILL_RULE_SAME_CLOSE"},
        {"fillSource": "FILL_SOURCE_QUOTES"},
        {"fillSource": "FILL_SOURCE_BOOK"},
    ]
)
WINDOWS = st.tuples(st.integers(1, 60), st.integers(61, 400))


def with_book(table: MarketTable) -> MarketTable:
    """Returns the bars with two levels a side, which show less than orders ask for."""
    steps, floats = (0.0005, 0.002), table.floats()
    for level, step in enumerate(steps, start=1):
        for side, away in (("bid", 1.0 - step), ("ask", 1.0 + step)):
            floats[f"{side}_price_{level}"] = table.open * away
            floats[f"{side}_size_{level}"] = np.full(table.open.size, 400.0 * level)
    return MarketTable.of_floats(time=table.time, symbol=table.symbol, floats=floats)


def plan_of(base: dict[str, Any]) -> SweepPlan:
    """Draws pairs of windows, and keeps what many trials at once are computed for."""
    paths = [{"path": path, "intRange": {"lower": 1, "upper": 400}} for path in (FAST, SLOW)]
    document = resolved(
        base=base,
        parameters=paths,
        grid=None,
        random={"trialCount": 1},
        metricIds=list(METRIC_IDS),
    )
    return plan_from_document(document, METRIC_IDS)


@pytest.mark.parametrize(
    "unfit", [{"barInterval": "BAR_INTERVAL_MINUTE"}, {"benchmarkSymbol": "NONE"}]
)
def test_what_a_run_by_itself_refuses_is_left_to_it(
    goog: MarketTable, unfit: dict[str, str]
) -> None:
    base = {"strategy": {"trendFollowing": {}}, "calendar": "XNYS"}
    calendars = packaged_calendars()

    fit = batched(plan_of(base), goog, calendars, 1)
    refused = batched(plan_of(base | unfit), goog, calendars, 1)

    assert fit is not None
    assert refused is None


@settings(max_examples=40, deadline=None)
@given(
    base=BASES,
    fills=FILLS,
    pairs=st.lists(WINDOWS, min_size=1, max_size=4),
    workers=st.integers(1, 2),
)
def test_trials_among_many_are_those_by_themselves(
    goog: MarketTable,
    base: dict[str, Any],
    fills: dict[str, str],
    pairs: list[tuple[int, int]],
    workers: int,
) -> None:
    table = with_book(goog)
    plan = plan_of(base | fills)
    calendars = packaged_calendars()
    many = batched(plan, table, calendars, workers)
    assert many is not None

    found = many(pairs, lambda: False)

    for (fast, slow), numbers in zip(pairs, found, strict=True):
        strategy = {"trendFollowing": {"fastBars": fast, "slowBars": slow}}
        alone = SHIPPED.measure(
            {**plan.base, "strategy": strategy}, table, calendars, lambda: False, seed=0
        )
        want = tuple(alone[name] for name in plan.metric_ids)
        assert numbers == want or (numbers is None and any(isinstance(one, str) for one in want))
