"""The quality report: what changes nothing, and what must add up."""

import random
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.medians import median, ranked
from aurelius_engine.domain.quality.report import COVERAGE, FINDINGS, quality_of
from tests.unit.engine.quality_tables import (
    CALENDARS,
    Bars,
    daily,
    found_in,
    half_hours,
    report_of,
    table_of,
)

DAILY = daily("2019-01-02", "2019-06-28")
HALF_HOURS = half_hours("2020-02-20", "2020-03-20")


def faulty(seed: int) -> Bars:
    """Some of the bars, some of them stale, untraded or jumping."""
    chance = random.Random(seed)
    bars, kept = chance.choice([DAILY, HALF_HOURS]), chance.choice([1.0, 0.97, 0.5])
    found: Bars = []
    for bar in bars:
        if chance.random() > kept and found:
            continue
        kind = chance.random()
        if kind < 0.03 and found and found[-1].symbol == bar.symbol:
            bar = replace(found[-1], time=bar.time)
        elif kind < 0.06:
            bar = replace(bar, volume=0.0)
        elif kind < 0.09:
            bar = bar.scaled(chance.choice([0.5, 2.0, 1.2]))
        found.append(bar)
    return found


BARS = st.integers(0, 2**32 - 1).map(faulty)
SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@SOME
@given(bars=BARS, shuffle=st.randoms(use_true_random=False))
def test_rows_in_any_order_give_one_report(bars: Bars, shuffle: random.Random) -> None:
    other = list(bars)
    shuffle.shuffle(other)

    assert report_of(table_of(bars)).digest == report_of(table_of(other)).digest


@SOME
@given(bars=BARS)
def test_what_is_missing_in_the_coverage_is_told_of(bars: Bars) -> None:
    report = report_of(table_of(bars))

    columns = {column.name: column.data for column in report.tables[COVERAGE]}
    slots = 1 if report.document["barInterval"] == "DAY" else 13
    missing = {"missing_session": slots, "missing_bar": 1}
    told = sum(item[4] * missing[item[0]] for item in found_in(report) if item[0] in missing)
    assert int(columns["present"].sum()) == len(bars)
    assert int((columns["expected"] - columns["present"]).sum()) == told


@SOME
@given(bars=BARS)
def test_a_symbol_is_judged_by_its_own_bars(bars: Bars) -> None:
    def of(table: MarketTable) -> list[tuple[str, str, str, str, int]]:
        report = quality_of(
            table, CALENDARS, data_hash="", calendar="XNYS", adjustment="ADJUSTMENT_SPLITS"
        )
        return [item for item in found_in(report) if item[1] == "AAA"]

    alone = [bar for bar in bars if bar.symbol == "AAA"]

    assert of(table_of(alone)) == of(table_of(bars))


@SOME
@given(
    values=st.lists(st.floats(-10, 10) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=200),
    place=st.randoms(use_true_random=False),
)
def test_ranks_are_those_of_a_sorted_list(values: list[float], place: random.Random) -> None:
    rank = place.randrange(len(values))

    assert ranked(np.array(values), rank) == sorted(values)[rank]
    assert median(np.array(values)) == sorted(values)[(len(values) - 1) // 2]


LAST = 2**63 - 1
TIMES = st.sampled_from([-LAST, -1, 0, 10**17, 1_583_000_000 * 10**9, LAST])
SIZES = st.sampled_from([5e-324, 1e-300, 0.01, 1.0, 100.0, 1e300, 1.7e308])


def key_of(bar: tuple[int, int, str, float, float, float]) -> tuple[int, str]:
    """Returns the time and the symbol of a bar."""
    return max(-LAST, min(LAST, bar[0] + bar[1])), bar[2]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    bars=st.lists(
        st.tuples(
            st.integers(-3, 3).map(lambda place: place * 1_800_000_000_000),
            TIMES,
            st.sampled_from(["A", "B"]),
            SIZES,
            SIZES | st.just(0.0),
            st.sampled_from([1.0, 2.0, 1e300]),
        ),
        min_size=1,
        max_size=60,
        unique_by=key_of,
    ),
    calendar=st.sampled_from(["XNYS", "XPHS", "24/7"]),
)
def test_whatever_is_accepted_has_a_report_of_finite_numbers(
    bars: list[tuple[int, int, str, float, float, float]], calendar: str
) -> None:
    price = np.array([bar[3] for bar in bars])
    table = MarketTable.build(
        time=np.array([key_of(bar)[0] for bar in bars], dtype=np.int64),
        symbol=[bar[2] for bar in bars],
        bars=dict.fromkeys(("open", "high", "low", "close"), price)
        | {"volume": np.array([bar[4] for bar in bars])}
        | {"dividend": np.zeros(len(bars)), "split_ratio": np.array([bar[5] for bar in bars])},
    )

    report = report_of(table, calendar=calendar)

    columns = {column.name: column.data for column in report.tables[FINDINGS]}
    assert np.isfinite(columns["value"]).all()
    assert np.isfinite(columns["threshold"]).all()
    assert len(report.tables[COVERAGE][0].data) <= 25 * len(bars)
