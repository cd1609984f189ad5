"""The verdict on whether the names of a data set were chosen by what became of them."""

import numpy as np
import pytest

from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain.market_table import BARS, MarketTable
from aurelius_engine.domain.survivorship import Verdict, survivorship_of
from tests.conftest import REPOSITORY
from tests.unit.engine.runs import DAY_NS, FIRST_NS

YEARS = 10
DAYS = 365 * YEARS


def names(lives: list[tuple[int, int]], member: list[tuple[int, int]] | None = None) -> MarketTable:
    """Returns a bar every 5 days of each life [first, last], in days, members within `member`."""
    rows = [
        (FIRST_NS + day * DAY_NS, f"N{place:03}", float(begin <= day <= end))
        for place, ((first, last), (begin, end)) in enumerate(
            zip(lives, member or lives, strict=True)
        )
        for day in range(first, last + 1, 5)
    ]
    ones = np.ones(len(rows))
    bars = dict.fromkeys(BARS, ones)
    if member:
        bars["member"] = np.array([row[2] for row in rows])
    return MarketTable.build(
        time=np.array([row[0] for row in rows], dtype=np.int64),
        symbol=[row[1] for row in rows],
        bars=bars,
    )


WHOLE = (0, DAYS)


def test_a_universe_with_delistings_passes_and_without_them_fails() -> None:
    with_delistings = names([WHOLE] * 90 + [(0, 365 * year) for year in range(1, 11)])
    survivors = names([WHOLE] * 100)

    kept, dropped = survivorship_of(with_delistings, "XNYS"), survivorship_of(survivors, "XNYS")

    assert (kept.verdict, kept.ended_count) == (Verdict.POINT_IN_TIME, 9)  # one to the last day
    assert kept.symbol_years == pytest.approx(900 + sum(range(1, 11)))
    assert kept.expected_ended_count == pytest.approx(0.012 * kept.symbol_years)
    assert (dropped.verdict, dropped.ended_count) == (Verdict.BIASED, 0)
    assert dropped.expected_ended_count == pytest.approx(12.0)
    assert dropped.detail == (
        "0 of 100 names end, at least 12.0 are expected to: the names are those that were left."
    )


def test_fewer_ends_than_chance_leaves_are_suspect() -> None:
    # 12 expected: 12 - 1.645 sqrt(12) = 6.3
    lives = [(0, DAYS - 100)]

    assert survivorship_of(names([WHOLE] * 94 + lives * 6), "XNYS").verdict is Verdict.SUSPECT
    assert survivorship_of(names([WHOLE] * 93 + lives * 7), "XNYS").verdict is Verdict.POINT_IN_TIME


def test_a_pause_at_the_end_is_no_end_and_one_at_the_beginning_no_entry() -> None:
    found = survivorship_of(
        names([WHOLE] * 96 + [(0, DAYS - 30), (0, DAYS - 35), (30, DAYS), (35, DAYS)]), "XNYS"
    )

    assert (found.ended_count, found.entered_count) == (1, 1)


@pytest.mark.parametrize(
    ("table", "calendar", "verdict"),
    [
        (names([WHOLE] * 9), "XNYS", Verdict.NOT_APPLICABLE),
        (names([(0, 730)] * 100), "XNYS", Verdict.NOT_APPLICABLE),
        (names([WHOLE] * 100), "24/7", Verdict.SUSPECT),
        (names([WHOLE] * 90 + [(0, 900)] * 10), "24/7", Verdict.SUSPECT),
    ],
    ids=["few names", "few years", "no figure", "no figure, with ends"],
)
def test_what_cannot_be_told_is_not_told(
    table: MarketTable, calendar: str, verdict: Verdict
) -> None:
    assert survivorship_of(table, calendar).verdict is verdict


def test_a_membership_that_never_changes_is_suspect() -> None:
    lives = [WHOLE] * 90 + [(0, 900)] * 10
    ever, index = [WHOLE] * 100, [(0, 1000), (1000, DAYS)] + [WHOLE] * 98

    constant, changing = survivorship_of(names(lives, ever), "XNYS"), names(lives, index)

    assert (constant.verdict, constant.membership_change_count) == (Verdict.SUSPECT, 0)
    found = survivorship_of(changing, "XNYS")
    assert (found.verdict, found.membership_change_count) == (Verdict.POINT_IN_TIME, 2)
    assert survivorship_of(names(lives), "XNYS").membership_change_count is None


def test_the_bundled_names_are_chosen() -> None:
    data = (REPOSITORY / "data/us_equities_daily.parquet").read_bytes()

    found = survivorship_of(read_market_file(data, FileFormat.PARQUET), "XNYS")

    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.detail == f"{found.symbol_count} names: each was chosen, and with hindsight."
