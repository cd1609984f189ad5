"""The quality report: times of daily bars, labels, what is listed, and the bundled data."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_quality_report_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.market_table import BARS, MarketTable
from aurelius_engine.domain.quality.checks import CHECKS, Severity
from aurelius_engine.domain.quality.policy import DEFAULT_POLICY, QualityPolicy
from aurelius_engine.domain.quality.report import COVERAGE, FINDINGS, quality_of, report_digest
from aurelius_engine.rpc.resolution import write_defaults
from tests.conftest import REPOSITORY
from tests.unit.engine.quality_tables import (
    CALENDARS,
    NEW_YORK,
    Bars,
    changed,
    daily,
    found_in,
    half_hours,
    moment,
    report_of,
    sessions,
    table_of,
    values_in,
    walk,
    without,
)


def relabelled(bars: Bars, label: Callable[[datetime], datetime]) -> Bars:
    return [replace(bar, time=label(bar.time)) for bar in bars]


def local(zone: str, hour: int, minute: int = 0) -> Callable[[datetime], datetime]:
    """Returns what labels a date by a time of day in a zone."""
    return lambda at: datetime.combine(at.date(), time(hour, minute), ZoneInfo(zone)).astimezone(
        UTC
    )


@pytest.mark.parametrize(
    "label",
    [
        local("America/New_York", 0),
        local("America/New_York", 9, 30),
        local("America/New_York", 16),
    ],
    ids=["midnight", "open", "close"],
)
def test_daily_bars_may_be_labelled_by_midnight_open_or_close(
    label: Callable[[datetime], datetime],
) -> None:
    assert found_in(report_of(table_of(relabelled(daily(), label)))) == []


def test_daily_bars_of_one_hour_utc_are_off_in_summer() -> None:
    bars = relabelled(daily("2019-11-04", "2020-12-31"), lambda at: at + timedelta(hours=5))

    report = report_of(table_of(bars))

    days = len(sessions("2020-03-09", "2020-10-30"))
    summer = ("2020-03-09T05:00", "2020-10-30T05:00", days)
    assert found_in(report) == [
        ("daylight_saving_shift", symbol, *summer) for symbol in ("AAA", "BBB")
    ]
    assert values_in(report, "daylight_saving_shift") == [-1.0, -1.0]


def test_dates_that_lost_a_day_on_their_way_are_a_time_zone_mistake() -> None:
    """Midnight of Manila, written as a date in UTC, is the day before."""
    bars = relabelled(daily(), lambda at: at - timedelta(days=1))

    report = report_of(table_of(bars))

    shifts = [item for item in found_in(report) if item[0] == "time_zone_shift"]
    assert shifts == [
        ("time_zone_shift", symbol, "2019-01-01", "2020-12-30", 505) for symbol in ("AAA", "BBB")
    ]
    assert values_in(report, "time_zone_shift") == [24.0, 24.0]


def test_bars_labelled_by_their_end_are_seen_as_such() -> None:
    begins = report_of(table_of(half_hours()))
    ends = report_of(table_of(relabelled(half_hours(), lambda at: at + timedelta(minutes=30))))

    assert (begins.document["barInterval"], begins.document["barLabel"]) == (
        "30_MINUTES",
        "BAR_LABEL_BEGIN",
    )
    assert ends.document["barLabel"] == "BAR_LABEL_END"
    assert found_in(ends) == []


def test_whole_data_an_hour_late_is_not_taken_for_bars_labelled_by_their_end() -> None:
    late = report_of(table_of(relabelled(half_hours(), lambda at: at + timedelta(hours=1))))

    assert values_in(late, "time_zone_shift") == [-1.0, -1.0]


def test_the_same_prices_at_other_volumes_are_not_stale() -> None:
    frozen = next(bar for bar in daily() if bar.time == moment("2019-03-04T00:00"))
    bars = changed(
        daily(),
        "AAA",
        "2019-03-05T00:00",
        "2019-03-08T00:00",
        lambda bar: replace(frozen, time=bar.time, volume=bar.volume),
    )

    assert found_in(report_of(table_of(bars))) == []


def test_prices_and_volumes_of_any_size_give_finite_values() -> None:
    bars = [
        replace(bar, open=size, high=size, low=size, close=size, volume=volume)
        for place, bar in enumerate(daily("2019-01-02", "2019-03-29")[:60])
        for size in (1e300 if place % 20 == 7 else 1e-300,)
        for volume in (1.7e308 if place >= 30 else 5e-324,)
    ]

    report = report_of(table_of(bars))

    checks = {item[0] for item in found_in(report)}
    assert checks == {"outlier_return", "reverted_spike", "stale_bars", "volume_unit_jump"}
    for check in sorted(checks):
        assert np.isfinite(values_in(report, check)).all()


def test_a_gap_of_centuries_has_no_interval() -> None:
    limit = 2**63 - 1
    table = MarketTable.build(
        time=np.array([-limit, limit], dtype=np.int64),
        symbol=["A", "A"],
        bars=dict.fromkeys(BARS, np.ones(2)),
    )

    assert report_of(table).document["barInterval"] == "IRREGULAR"


def test_the_months_of_a_gap_of_years_are_counted_and_not_listed() -> None:
    bars = daily("2001-01-02", "2001-02-28") + daily("2011-01-03", "2011-02-28")

    report = report_of(table_of(bars))

    assert len(report.tables[COVERAGE][0].data) == 2 * 4
    assert {"missing_session", "low_coverage", "lost_sessions"} <= {
        item[0] for item in found_in(report)
    }
    assert max(values_in(report, "low_coverage")) < 0.04


def test_adjusted_prices_with_a_jump_are_a_warning_alone() -> None:
    halved = changed(
        daily(), "AAA", "2019-03-05T00:00", "2020-12-31T00:00", lambda bar: bar.scaled(0.5)
    )

    report = report_of(table_of(halved), adjustment="ADJUSTMENT_SPLITS")

    assert report.severity is Severity.WARNING


def test_a_night_is_compared_with_nights() -> None:
    """A gap of 2 % each morning is nothing to nights, and much to half hours."""
    bars, factor, before = [], 1.0, None
    for bar in [bar for bar in half_hours() if bar.symbol == "AAA"]:
        day = bar.time.astimezone(NEW_YORK).date()
        if before is not None and day != before:
            factor *= 1.02
        before = day
        bars.append(bar.scaled(factor))
    noon = "2020-02-12T17:00"
    jumped = changed(bars, "AAA", noon, "2020-12-31T00:00", lambda bar: bar.scaled(1.02))

    assert found_in(report_of(table_of(bars))) == []
    assert found_in(report_of(table_of(jumped))) == [("outlier_return", "AAA", noon, noon, 1)]


@pytest.mark.parametrize("lead", [0, 3, 7, 12])
def test_a_change_of_the_unit_of_volume_is_found_at_its_bar_wherever_blocks_begin(
    lead: int,
) -> None:
    bars = [bar for bar in daily() if bar.symbol == "AAA"][lead:]
    start = bars[100 + lead].time.isoformat()[:16]

    changed_bars = changed(
        bars, "AAA", start, "2020-12-31T00:00", lambda bar: replace(bar, volume=bar.volume * 100)
    )

    day = start[:10]
    assert found_in(report_of(table_of(changed_bars))) == [("volume_unit_jump", "AAA", day, day, 1)]


def test_weeks_and_months_are_periods_of_their_own() -> None:
    days = [moment("2019-01-01T00:00") + timedelta(days=place) for place in range(730)]
    weekly = walk("AAA", [day for day in days if day.weekday() == 4])
    monthly = walk("AAA", [day for day in days if day.day == 1])
    gone = without(weekly, lambda bar: bar.time == moment("2019-03-08T00:00"))

    found = {
        name: report_of(table_of(bars))
        for name, bars in (("weeks", weekly), ("months", monthly), ("gap", gone))
    }

    assert [report.document["barInterval"] for report in found.values()] == [
        "WEEK",
        "MONTH",
        "WEEK",
    ]
    assert found_in(found["weeks"]) == found_in(found["months"]) == []
    assert found_in(found["gap"]) == [("missing_session", "AAA", "2019-03-04", "2019-03-04", 1)]


@pytest.mark.parametrize(
    ("seconds", "interval"),
    [((), "UNKNOWN"), ((1, 2, 3, 4), "IRREGULAR"), ((7200,), "120_MINUTES")],
)
def test_bars_of_no_interval_are_compared_with_sessions_alone(
    seconds: tuple[int, ...], interval: str
) -> None:
    first = moment("2019-03-05T15:00")
    times = [first, *(first + timedelta(seconds=second) for second in seconds)]

    report = report_of(table_of(walk("AAA", times)))

    assert report.document["barInterval"] == interval
    assert {item[0] for item in found_in(report)} <= {"odd_label"}


def test_coverage_says_of_each_month_what_is_expected_and_what_there_is() -> None:
    gone = [moment(f"2019-{day}T00:00") for day in ("03-05", "03-06", "04-01")]
    bars = without(daily(), lambda bar: bar.symbol == "BBB" and bar.time in gone)

    columns = {column.name: column for column in report_of(table_of(bars)).tables[COVERAGE]}

    rows = list(
        zip(
            columns["symbol"].texts(),
            *(columns[name].data.tolist() for name in ("year", "month", "expected", "present")),
            strict=True,
        )
    )
    assert len(rows) == 2 * 24
    assert rows[24 + 2 : 24 + 5] == [
        ("BBB", 2019, 3, 21, 19),
        ("BBB", 2019, 4, 21, 20),
        ("BBB", 2019, 5, 22, 22),
    ]
    assert [row[3] == row[4] for row in rows].count(False) == 2


def test_findings_are_counted_without_limit_and_listed_up_to_it() -> None:
    bars = daily()
    odd = [bar for place, bar in enumerate(bars) if place % 2 or bar.time.month > 1]
    report = quality_of(
        table_of(odd),
        CALENDARS,
        data_hash="",
        calendar="XNYS",
        adjustment="ADJUSTMENT_RAW",
        policy=replace(DEFAULT_POLICY, findings_max_count=5),
    )

    [missing] = [c for c in report.document["checks"] if c["check"] == "missing_session"]
    listed = [item for item in found_in(report) if item[0] == "missing_session"]
    assert int(missing["findingCount"]) > 5
    assert missing["listedCount"] == len(listed) == 5
    assert report.document["policy"]["findingsMaxCount"] == 5


def test_the_policy_of_the_contract_is_that_of_the_engine() -> None:
    message = dataset_quality_report_pb2.QualityPolicy(split_ratios=DEFAULT_POLICY.split_ratios)
    write_defaults(message)

    document = report_of(table_of(daily())).document["policy"]

    assert json_format.MessageToDict(message) == document
    assert len(document) == len(QualityPolicy.__dataclass_fields__)


def test_the_document_is_the_proto_json_of_the_message() -> None:
    document = report_of(table_of(daily())).document
    message = dataset_quality_report_pb2.QualityReport()
    json_format.ParseDict(dict(document), message)

    again = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)

    assert canonical_json(again) == canonical_json(document)
    assert report_digest(again) == report_digest(document)


def test_refused_faults_are_listed_as_checks_that_found_nothing() -> None:
    checks = report_of(table_of(daily())).document["checks"]

    assert [item["check"] for item in checks] == [check.id for check in CHECKS]
    refused = [item for item in checks if item["refused"]]
    assert [item["check"] for item in refused] == [
        "duplicate_bar",
        "not_finite",
        "price_not_positive",
        "ohlc_range",
        "volume_negative",
    ]
    assert {item["findingCount"] for item in refused} == {"0"}


SPLITS = [
    ("unstated_split", "AAPL", "2000-06-21"),
    ("unstated_split", "AAPL", "2005-02-28"),
    ("unstated_split", "MSFT", "2003-02-18"),
]


@pytest.mark.parametrize(
    ("name", "calendar", "severity", "outliers", "splits"),
    [
        ("us_equities_daily", "XNYS", Severity.ERROR, 13, SPLITS),
        ("us_equities_with_actions", "XNYS", Severity.INFO, 10, []),
        ("ph_equities_daily", "XPHS", Severity.INFO, 3, []),
    ],
)
def test_the_bundled_data_has_its_three_splits_and_large_returns_alone(
    name: str,
    calendar: str,
    severity: Severity,
    outliers: int,
    splits: list[tuple[str, str, str]],
) -> None:
    data = (REPOSITORY / f"data/{name}.parquet").read_bytes()

    report = report_of(read_market_file(data, FileFormat.PARQUET), calendar=calendar)

    found = found_in(report)
    assert report.severity is severity
    assert [item[:3] for item in found if item[0] != "outlier_return"] == splits
    assert len(found) == outliers + len(splits)
    coverage = {column.name: column.data for column in report.tables[COVERAGE]}
    assert np.array_equal(coverage["expected"], coverage["present"])
    assert report.tables[FINDINGS][0].name == "check"
