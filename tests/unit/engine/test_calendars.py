"""Bars of a year, sessions, and data that is not of the interval declared."""

import itertools
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from make_calendars import OUT, text

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain import errors
from aurelius_engine.domain.bar_intervals import refuse_other_interval
from aurelius_engine.domain.panel import Panel
from tests.property.engine.portfolio_reference import DAY, spec_of

MINUTE = 60_000_000_000
CALENDARS = packaged_calendars()
VERSION = CALENDARS.version


def nanoseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def panel_of(times: np.ndarray, *holes: tuple[int, int], symbols: int = 1) -> Panel:
    close = np.full((times.size, symbols), 10.0)
    for step, place in holes:
        close[step, place] = np.nan
    return Panel(
        times=times.astype(np.int64),
        symbols=tuple(f"S{place}" for place in range(symbols)),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=close,
        dividend=None,
        split_ratio=None,
    )


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_the_table_is_what_its_tool_writes() -> None:
    assert OUT.read_text() == text()


@pytest.mark.parametrize(
    ("interval", "xnys", "xlon", "always"),
    [
        ("DAY", 252, 253, 365),
        ("MINUTE", 252 * 390, 253 * 510, 365 * 1440),
        ("FIVE_MINUTES", 252 * 78, 253 * 102, 365 * 288),
        ("FIFTEEN_MINUTES", 252 * 26, 253 * 34, 365 * 96),
        ("THIRTY_MINUTES", 252 * 13, 253 * 17, 365 * 48),
        ("HOUR", 252 * 7, 253 * 9, 365 * 24),
        ("WEEK", 52, 52, 52),
        ("MONTH", 12, 12, 12),
    ],
)
def test_bars_of_a_year_are_sessions_times_bars_of_a_session(
    interval: str, xnys: int, xlon: int, always: int
) -> None:
    found = [
        CALENDARS.periods_per_year(code, VERSION, interval) for code in ("XNYS", "XLON", "24/7")
    ]

    assert found == [xnys, xlon, always]


@pytest.mark.parametrize(("code", "version"), [("XXXX", VERSION), ("XNYS", "of another year")])
def test_a_calendar_that_is_not_in_the_table_is_refused(code: str, version: str) -> None:
    with pytest.raises(errors.CalendarMismatch) as refused:
        CALENDARS.periods_per_year(code, version, "DAY")

    assert refused.value.facts["found"] in (code, version)


def test_a_session_is_a_date_where_the_exchange_is() -> None:
    evening = ["2024-03-08T14:30", "2024-03-08T21:00", "2024-03-11T13:30", "2024-03-12T03:59"]
    times = np.array([nanoseconds(moment) for moment in [*evening, "2024-03-12T04:00"]])

    new_york = CALENDARS.session_ids("XNYS", "MINUTE", times)
    always = CALENDARS.session_ids("24/7", "HOUR", times)

    days = [(date(2024, 3, day) - date(1970, 1, 1)).days for day in (8, 8, 11, 11, 12)]
    assert new_york.tolist() == days
    assert always.tolist() == [*days[:3], days[4], days[4]]
    assert new_york.dtype == np.int64


@pytest.mark.parametrize("code", ["XNYS", "XLON", "XPHS", "24/7"])
def test_local_dates_are_those_of_the_time_zone_database(code: str) -> None:
    zone = ZoneInfo(CALENDARS.time_zones[code])
    # From before each change of offset to behind the next midnight, and every 91 hours besides.
    shifts = (-1, *range(0, 30 * 3600, 1800), *range(1799, 30 * 3600, 1800))
    seconds = {pair[0] + shift for pair in CALENDARS.offsets[zone.key] for shift in shifts}
    seconds |= set(range(0, nanoseconds("2037-12-31T00:00") // 1_000_000_000, 13 * 3600 * 7))
    times = np.array(sorted(second for second in seconds if 0 <= second < 2_145_000_000))

    found = CALENDARS.session_ids(code, "MINUTE", times * 1_000_000_000)

    epoch = date(1970, 1, 1)
    want = [(datetime.fromtimestamp(second, zone).date() - epoch).days for second in times.tolist()]
    assert found.tolist() == want


@pytest.mark.parametrize("interval", ["DAY", "WEEK", "MONTH"])
def test_a_bar_of_a_day_or_longer_is_a_session_of_its_own(interval: str) -> None:
    times = np.array([0, MINUTE, DAY], dtype=np.int64)

    assert CALENDARS.session_ids("XNYS", interval, times).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("interval", "gap", "fits"),
    [
        ("DAY", DAY, True),
        ("DAY", 3 * DAY, True),
        ("DAY", 60 * MINUTE, False),
        ("DAY", 7 * DAY, False),
        ("MINUTE", MINUTE, True),
        ("MINUTE", MINUTE // 60, False),
        ("MINUTE", 5 * MINUTE, False),
        ("MINUTE", DAY, False),
        ("FIVE_MINUTES", 5 * MINUTE, True),
        ("FIVE_MINUTES", MINUTE, False),
        ("FIFTEEN_MINUTES", 15 * MINUTE, True),
        ("THIRTY_MINUTES", 30 * MINUTE, True),
        ("HOUR", 60 * MINUTE, True),
        ("HOUR", DAY, False),
        ("WEEK", 7 * DAY, True),
        ("WEEK", DAY, False),
        ("MONTH", 31 * DAY, True),
        ("MONTH", 7 * DAY, False),
    ],
)
def test_bars_of_another_length_are_refused(interval: str, gap: int, fits: bool) -> None:
    spec = spec_of("equalWeight", bar_interval=interval, grossRatio=1.0)
    panel = panel_of(np.arange(40) * gap)

    if fits:
        refuse_other_interval(spec, panel)
        return
    with pytest.raises(errors.BarIntervalMismatch) as refused:
        refuse_other_interval(spec, panel)

    assert refused.value.facts["symbol"] == "S0"
    assert f"bar_interval is {interval}" in str(refused.value)


def test_the_refusal_says_how_far_apart_the_bars_are_and_must_be() -> None:
    with pytest.raises(errors.BarIntervalMismatch) as refused:
        refuse_other_interval(spec_of("rank"), panel_of(np.arange(60) * 60 * MINUTE))

    assert refused.value.facts["found"] == "60 minutes"
    assert refused.value.facts["allowed"] == "at least 720 minutes, below 4 days"


def test_each_symbol_is_judged_by_its_own_bars() -> None:
    spec = spec_of("rank")
    times = np.sort(np.concatenate([np.arange(40) * DAY, np.arange(40) * DAY + 8 * 60 * MINUTE]))
    apart = [(step, step % 2) for step in range(80)]

    refuse_other_interval(spec, panel_of(times, *apart, symbols=2))
    with pytest.raises(errors.BarIntervalMismatch) as refused:
        refuse_other_interval(spec, panel_of(times, *apart[::2], symbols=2))

    assert refused.value.facts["symbol"] == "S1"


def test_few_bars_and_some_odd_gaps_are_no_evidence() -> None:
    spec = spec_of("rank")
    halted = np.cumsum([DAY, DAY, 30 * DAY] * 20)
    doubled = np.cumsum([DAY, DAY, 60 * MINUTE] * 20)

    refuse_other_interval(spec, panel_of(np.arange(20) * MINUTE))
    refuse_other_interval(spec, panel_of(halted))
    refuse_other_interval(spec, panel_of(doubled))
    refuse_other_interval(spec, panel_of(np.cumsum([DAY, 60 * MINUTE] * 20 + [DAY])))  # half
    with pytest.raises(errors.BarIntervalMismatch):
        refuse_other_interval(spec, panel_of(np.arange(21) * MINUTE))


def test_the_offsets_of_the_table_rise() -> None:
    table = json.loads(OUT.read_text())

    assert set(table["offsets"]) == set(table["timeZones"].values())
    for pairs in table["offsets"].values():
        starts = [start for start, _ in pairs]
        assert starts == sorted(set(starts))
        assert all(before[1] != after[1] for before, after in itertools.pairwise(pairs))
