"""The quality report of events: a planted fault for each check, and nothing on clean data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.events.tables import events_hash
from aurelius_engine.domain.quality.checks import EVENT_CHECKS, Severity
from aurelius_engine.domain.quality.event_report import quality_of_events
from aurelius_engine.domain.quality.report import COVERAGE, FINDINGS, QualityReport, Table
from tests.property.engine.test_event_laws import read

COLUMNS = [
    *("event_type", "event_time", "symbol", "sequence", "ingest_time", "price", "size", "side"),
    *("bid_price", "bid_size", "ask_price", "ask_size", "item", "period_end_time", "value"),
]
DAYS = ("2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09", "2020-01-10")


def row(kind: str, day: str, clock: str, symbol: str = "A", **cells: object) -> str:
    own = {"event_type": kind, "event_time": f"{day}T{clock}Z", "symbol": symbol, "sequence": 0}
    return ",".join(str((own | cells).get(name, "")) for name in COLUMNS)


def trade(day: str, clock: str = "15:00:00", symbol: str = "A", **cells: object) -> str:
    return row("TRADE", day, clock, symbol, **({"price": 10, "size": 1} | cells))


def quote(day: str, clock: str, bid: float, ask: float, symbol: str = "A") -> str:
    sides = {"bid_price": bid, "bid_size": int(bid > 0), "ask_price": ask, "ask_size": int(ask > 0)}
    return row("QUOTE", day, clock, symbol, **sides)


def change(day: str, clock: str, side: str, price: float, size: float, n: int) -> str:
    return row("BOOK_UPDATE", day, clock, side=side, price=price, size=size, sequence=n)


def report_of(rows: list[str], calendar: str = "XNYS") -> QualityReport:
    events = read(rows, COLUMNS)
    return quality_of_events(
        events,
        packaged_calendars(),
        data_hash=events_hash(events.digests()),
        calendar=calendar,
        adjustment="ADJUSTMENT_RAW",
    )


def rows_of(table: Table) -> list[tuple[Any, ...]]:
    columns = [
        [column.text(place) for place in range(column.data.size)]
        if column.values is not None
        else column.data.tolist()
        for column in table
    ]
    return list(zip(*columns, strict=True))


def found_in(report: QualityReport) -> list[tuple[Any, ...]]:
    """Check, symbol and count of each finding."""
    return [(line[0], line[2], line[5]) for line in rows_of(report.tables[FINDINGS])]


CLEAN = [trade(day) for day in DAYS] + [quote(day, "14:59:00", 9, 11) for day in DAYS]


@dataclass(frozen=True)
class Case:
    """Rows with one fault beside clean ones, and what is found."""

    check: str
    rows: Callable[[], list[str]]
    want: list[tuple[str, str, int]]


# The 21 sessions of a month.
JANUARY = [
    f"2020-01-{day:02}" for day in range(2, 32) if day not in (4, 5, 11, 12, 18, 19, 20, 25, 26)
]


CASES = [
    Case(
        "calendar_unknown",
        lambda: [trade("1980-01-07")],
        [("calendar_unknown", "A", 1)],
    ),
    Case(
        "missing_session",
        lambda: [trade(day) for day in DAYS if day != "2020-01-08"],
        [("missing_session", "A", 1)],
    ),
    Case(
        "weekend_bar",
        lambda: [*CLEAN, trade("2020-01-11"), trade("2020-01-11", "16:00:00")],
        [("weekend_bar", "A", 1)],
    ),
    Case(
        "holiday_bar",
        lambda: [trade("2019-12-31"), trade("2020-01-01"), trade("2020-01-02")],
        [("holiday_bar", "A", 1)],
    ),
    Case(
        "early_ingest",
        lambda: [
            *CLEAN,
            trade("2020-01-07", "16:00:00", ingest_time="2020-01-07T15:59:59Z"),
            trade("2020-01-07", "16:00:01", ingest_time="2020-01-07T16:00:00Z"),
            trade("2020-01-07", "16:00:02", ingest_time="2020-01-07T16:00:02Z"),
            row(
                "MACRO",
                "2020-01-07",
                "13:30:00",
                "US",
                ingest_time="2020-01-07T13:29:59Z",
                item="cpi",
                period_end_time="2019-11-30",
                value=1,
            ),
        ],
        [("early_ingest", "A", 2), ("early_ingest", "US", 1)],
    ),
    Case(
        "crossed_quote",
        lambda: [
            *CLEAN,
            quote("2020-01-07", "15:00:00", 12, 11),
            quote("2020-01-07", "15:00:01", 13, 11),
            quote("2020-01-07", "15:00:02", 10, 11),
            quote("2020-01-07", "15:00:03", 12, 11),
        ],
        [("crossed_quote", "A", 2), ("crossed_quote", "A", 1)],
    ),
    Case(
        "locked_quote",
        lambda: [*CLEAN, quote("2020-01-07", "15:00:00", 11, 11)],
        [("locked_quote", "A", 1)],
    ),
    Case(
        "one_sided_quote",
        lambda: [
            *CLEAN,
            quote("2020-01-07", "15:00:00", 11, 0),
            quote("2020-01-07", "15:00:01", 0, 0),
        ],
        [("one_sided_quote", "A", 2)],
    ),
    Case(
        "crossed_book",
        lambda: [
            change("2020-01-07", "15:00:00", "ask", 11, 5, 0),
            # Crossed between two updates of one time, and not after both.
            change("2020-01-07", "15:00:01", "bid", 12, 5, 0),
            change("2020-01-07", "15:00:01", "ask", 11, 0, 1),
            change("2020-01-07", "15:00:02", "ask", 11.5, 5, 0),
            change("2020-01-07", "15:00:03", "ask", 11.25, 5, 0),
            change("2020-01-07", "15:00:04", "bid", 12, 0, 0),
        ],
        [("crossed_book", "A", 2)],
    ),
    Case(
        "low_coverage",
        lambda: [trade(day) for day in JANUARY if day != "2020-01-08"],
        [("missing_session", "A", 1), ("low_coverage", "A", 1)],
    ),
    Case(
        "lost_sessions",
        lambda: [trade(day) for day in JANUARY if day not in ("2020-01-08", *JANUARY[10:12])],
        [
            ("missing_session", "A", 1),
            ("missing_session", "A", 2),
            ("low_coverage", "A", 3),
            ("lost_sessions", "A", 3),
        ],
    ),
]


def test_clean_events_have_no_finding_and_all_checks() -> None:
    report = report_of(CLEAN)

    assert found_in(report) == []
    assert report.severity is None
    assert [each["check"] for each in report.document["checks"]] == [c.id for c in EVENT_CHECKS]
    assert report.document["rowCount"] == "10"


def test_every_check_has_a_case() -> None:
    assert {case.check for case in CASES} == {c.id for c in EVENT_CHECKS if not c.refused}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_planted_fault_is_found_and_nothing_else(case: Case) -> None:
    report = report_of(case.rows())

    assert found_in(report) == case.want
    severity = next(check.severity for check in EVENT_CHECKS if check.id == case.check)
    assert report.severity is severity
    counts = {each["check"]: each["findingCount"] for each in report.document["checks"]}
    assert counts[case.check] == str(sum(found[0] == case.check for found in case.want))


def test_lost_sessions_are_an_error_and_the_data_is_not_clean() -> None:
    report = report_of([trade(day) for day in JANUARY if day not in JANUARY[10:13]])

    assert (report.severity, report.document["clean"]) == (Severity.ERROR, False)


def test_coverage_counts_the_days_of_each_symbol_where_the_venue_is() -> None:
    """19:00 in New York is the next day in UTC."""
    rows = [trade("2020-01-07", "00:30:00"), trade("2020-01-07"), trade("2020-01-08", symbol="B")]

    coverage = rows_of(report_of(rows).tables[COVERAGE])

    assert coverage == [("A", 2020, 1, 2, 2), ("B", 2020, 1, 1, 1)]


def test_what_is_published_alone_is_compared_with_no_session() -> None:
    rows = [
        row("MACRO", day, "12:00:00", "US", item="cpi", period_end_time="2019-11-30", value=1)
        for day in ("2020-01-04", "2020-03-01")
    ]

    report = report_of(rows)

    assert found_in(report) == []
    assert rows_of(report.tables[COVERAGE]) == []
