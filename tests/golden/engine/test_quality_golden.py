"""One planted fault for each check: it is found, named with its symbol and time, and alone."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest

from aurelius_engine.domain.quality.checks import CHECKS, Severity
from tests.unit.engine.quality_tables import (
    NEW_YORK,
    Bar,
    Bars,
    Finding,
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

FIRST, LAST = "2019-01-02", "2020-12-31"
COUNT = len(sessions(FIRST, LAST))


@dataclass(frozen=True, kw_only=True)
class Case:
    """What was planted, and everything that is found then. `beside` follows from the fault."""

    check: str
    bars: Bars
    want: list[Finding]
    beside: list[Finding] = field(default_factory=list)
    value: float | None = None
    actions: bool = False


def _at(bars: Bars, symbol: str, text: str) -> Bar:
    return next(bar for bar in bars if bar.symbol == symbol and bar.time == moment(text))


def _unknown() -> Case:
    dates = [f"1989-12-{day}T00:00" for day in (27, 28, 29)]
    bars = daily("1990-01-02", "1990-03-30")
    early = walk("AAA", [moment(text) for text in dates])
    scale = bars[0].open / early[-1].close
    want = [("calendar_unknown", "AAA", "1989-12-27", "1989-12-29", 3)]
    return Case(
        check="calendar_unknown", bars=[bar.scaled(scale) for bar in early] + bars, want=want
    )


def _missing_session() -> Case:
    gone = (moment("2019-03-05T00:00"), moment("2019-03-06T00:00"))
    return Case(
        check="missing_session",
        bars=without(daily(), lambda bar: bar.symbol == "BBB" and bar.time in gone),
        want=[("missing_session", "BBB", "2019-03-05", "2019-03-06", 2)],
        value=2.0,
    )


def _missing_bar() -> Case:
    gone = [moment("2020-02-12T15:30"), moment("2020-02-12T16:00")]  # 10:30 and 11:00
    return Case(
        check="missing_bar",
        bars=without(half_hours(), lambda bar: bar.symbol == "AAA" and bar.time in gone),
        want=[("missing_bar", "AAA", "2020-02-12T15:30", "2020-02-12T16:00", 2)],
    )


def _thinned(every: int, check: str) -> Case:
    days = sessions(FIRST, LAST)
    gone = [day for place, day in enumerate(days) if 0 < place < COUNT - 1 and place % every == 0]
    bars = without(daily(), lambda bar: bar.symbol == "BBB" and bar.time.date() in gone)
    whole = ("BBB", FIRST, LAST, len(gone))
    other = [("low_coverage", *whole)] if check != "low_coverage" else []
    missing = [("missing_session", "BBB", str(day), str(day), 1) for day in gone]
    return Case(
        check=check,
        bars=bars,
        want=[(check, *whole)],
        beside=missing + other,
        value=(COUNT - len(gone)) / COUNT,
    )


def _repeated() -> Case:
    bars = daily()
    again = replace(_at(bars, "AAA", "2019-03-05T00:00"), time=moment("2019-03-05T05:00"))
    return Case(
        check="repeated_session",
        bars=[*bars, replace(again, volume=again.volume + 1.0)],
        want=[("repeated_session", "AAA", "2019-03-05", "2019-03-05T05:00", 2)],
    )


def _added(check: str, text: str) -> Case:
    bars = daily()
    before = next(bar for bar in reversed(bars[:COUNT]) if bar.time < moment(text))
    extra = replace(before, time=moment(text), volume=before.volume + 1.0)
    return Case(check=check, bars=[*bars, extra], want=[(check, "AAA", text[:10], text[:10], 1)])


def _outside_hours() -> Case:
    bars = half_hours()
    opened = _at(bars, "AAA", "2020-02-12T14:30")
    early = replace(opened, time=moment("2020-02-12T13:00"), volume=5.0)
    want = [("outside_hours", "AAA", "2020-02-12T13:00", "2020-02-12T13:00", 1)]
    return Case(check="outside_hours", bars=[*bars, early], want=want)


def _off_grid() -> Case:
    late = timedelta(minutes=10)
    bars = changed(
        half_hours(),
        "AAA",
        "2020-02-12T15:30",
        "2020-02-12T15:30",
        lambda bar: replace(bar, time=bar.time + late),
    )
    want = [("off_grid", "AAA", "2020-02-12T15:40", "2020-02-12T15:40", 1)]
    return Case(check="off_grid", bars=bars, want=want)


def _mixed() -> Case:
    days = sessions(FIRST, LAST)
    weekly = [day for day in days if day.weekday() == 2]
    bars = daily() + walk("CCC", [datetime.combine(day, time(), UTC) for day in weekly])
    first, last = str(weekly[0]), str(weekly[-1])
    lost = sum(1 for day in days if first < str(day) < last) - (len(weekly) - 2)
    gaps = [
        [str(day) for day in days if str(a) < str(day) < str(b)]
        for a, b in itertools.pairwise(weekly)
    ]
    missing = [("missing_session", "CCC", gap[0], gap[-1], len(gap)) for gap in gaps]
    return Case(
        check="mixed_interval",
        bars=bars,
        want=[("mixed_interval", "CCC", first, last, len(weekly))],
        beside=[
            *missing,
            ("low_coverage", "CCC", first, last, lost),
            ("lost_sessions", "CCC", first, last, lost),
        ],
        value=1.0,
    )


def _hours_off() -> Case:
    """AAA was written in local time and read as UTC: five hours early, four in summer."""
    bars = [
        replace(bar, time=bar.time.astimezone(NEW_YORK).replace(tzinfo=UTC))
        if bar.symbol == "AAA"
        else bar
        for bar in without(half_hours(), lambda bar: bar.time >= moment("2020-03-08T00:00"))
    ]
    mine = sorted(bar.time for bar in bars if bar.symbol == "AAA")
    return Case(
        check="time_zone_shift",
        bars=bars,
        want=[("time_zone_shift", "AAA", f"{mine[0]:%FT%R}", f"{mine[-1]:%FT%R}", len(mine))],
        value=5.0,
    )


def _summer_off() -> Case:
    """AAA stays on winter time: an hour late in summer."""
    hour, turn = timedelta(hours=1), moment("2020-03-08T00:00")
    bars = [
        replace(bar, time=bar.time + hour) if bar.symbol == "AAA" and bar.time > turn else bar
        for bar in half_hours()
    ]
    mine = sorted(bar.time for bar in bars if bar.symbol == "AAA" and bar.time > turn)
    return Case(
        check="daylight_saving_shift",
        bars=bars,
        want=[("daylight_saving_shift", "AAA", f"{mine[0]:%FT%R}", f"{mine[-1]:%FT%R}", len(mine))],
        value=-1.0,
    )


def _odd_label() -> Case:
    bars = changed(
        daily(),
        "AAA",
        "2019-03-05T00:00",
        "2019-03-06T00:00",
        lambda bar: replace(bar, time=bar.time + timedelta(hours=22)),  # 17:00 in New York
    )
    want = [("odd_label", "AAA", "2019-03-05T22:00", "2019-03-06T22:00", 2)]
    return Case(check="odd_label", bars=bars, want=want)


def _stale() -> Case:
    bars = daily()
    frozen = _at(bars, "BBB", "2019-03-04T00:00")
    return Case(
        check="stale_bars",
        bars=changed(
            bars,
            "BBB",
            "2019-03-05T00:00",
            "2019-03-06T00:00",
            lambda bar: replace(frozen, time=bar.time),
        ),
        want=[("stale_bars", "BBB", "2019-03-04", "2019-03-06", 3)],
    )


def _untraded() -> Case:
    bars = daily()
    price = _at(bars, "BBB", "2019-03-04T00:00").close

    def flat(bar: Bar) -> Bar:
        return Bar(
            time=bar.time,
            symbol=bar.symbol,
            open=price,
            high=price * (1.0 + bar.time.day / 1e6),  # else they would be stale too
            low=price,
            close=price,
            volume=0.0,
        )

    beside = [("zero_volume", "BBB", "2019-03-05", "2019-03-08", 4)]
    return Case(
        check="untraded_bars",
        bars=changed(bars, "BBB", "2019-03-05T00:00", "2019-03-08T00:00", flat),
        want=[("untraded_bars", "BBB", "2019-03-04", "2019-03-08", 5)],
        beside=beside,
    )


def _zero_volume() -> Case:
    day = "2019-03-05T00:00"
    return Case(
        check="zero_volume",
        bars=changed(daily(), "BBB", day, day, lambda bar: replace(bar, volume=0.0)),
        want=[("zero_volume", "BBB", "2019-03-05", "2019-03-05", 1)],
    )


def _from(day: str, factor: float) -> Bars:
    return changed(daily(), "AAA", day, LAST + "T00:00", lambda bar: bar.scaled(factor))


def _outlier() -> Case:
    want = [("outlier_return", "AAA", "2019-03-05", "2019-03-05", 1)]
    return Case(check="outlier_return", bars=_from("2019-03-05T00:00", 1.3), want=want)


def _spike() -> Case:
    day = "2019-03-05T00:00"
    bars = changed(daily(), "AAA", day, day, lambda bar: bar.scaled(1.3))
    want = [("reverted_spike", "AAA", "2019-03-05", "2019-03-05", 1)]
    return Case(
        check="reverted_spike",
        bars=bars,
        want=want,
        beside=[("outlier_return", "AAA", "2019-03-06", "2019-03-06", 1)],
    )


def _paid(bars: Bars) -> Bars:
    """States a usual dividend: the data knows of actions."""
    day = "2020-06-15T00:00"
    return changed(bars, "BBB", day, day, lambda bar: replace(bar, dividend=0.002 * bar.close))


def _split(*, actions: bool) -> Case:
    check = "split_like_jump" if actions else "unstated_split"
    return Case(
        check=check,
        bars=_paid(_from("2019-03-05T00:00", 0.5)) if actions else _from("2019-03-05T00:00", 0.5),
        want=[(check, "AAA", "2019-03-05", "2019-03-05", 1)],
        beside=[("outlier_return", "AAA", "2019-03-05", "2019-03-05", 1)],
        value=2.0,
        actions=actions,
    )


def _unseen_action() -> Case:
    day = "2019-03-05T00:00"
    bars = changed(daily(), "AAA", day, day, lambda bar: replace(bar, split_ratio=1.2))
    want = [("unseen_action", "AAA", "2019-03-05", "2019-03-05", 1)]
    return Case(check="unseen_action", bars=bars, want=want, value=1.2, actions=True)


def _volume_unit() -> Case:
    day = "2019-03-05T00:00"
    bars = changed(
        daily(), "BBB", day, LAST + "T00:00", lambda bar: replace(bar, volume=bar.volume / 100.0)
    )
    want = [("volume_unit_jump", "BBB", "2019-03-05", "2019-03-05", 1)]
    return Case(check="volume_unit_jump", bars=bars, want=want)


CASES = [
    _unknown(),
    _missing_session(),
    _missing_bar(),
    _thinned(50, "low_coverage"),
    _thinned(8, "lost_sessions"),
    _repeated(),
    _added("weekend_bar", "2019-03-09T00:00"),
    _added("holiday_bar", "2019-07-04T00:00"),
    _outside_hours(),
    _off_grid(),
    _mixed(),
    _hours_off(),
    _summer_off(),
    _odd_label(),
    _stale(),
    _untraded(),
    _zero_volume(),
    _outlier(),
    _spike(),
    _split(actions=False),
    _split(actions=True),
    _unseen_action(),
    _volume_unit(),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_planted_fault_is_found_and_named(case: Case) -> None:
    report = report_of(table_of(case.bars, actions=case.actions))

    found = found_in(report)
    strays = [item for item in found if item[0] == "outside_hours"]
    if case.check == "time_zone_shift":  # then hours, grid and coverage are off as well
        found = [item for item in found if item[0] == case.check]
    elif case.check == "daylight_saving_shift":
        assert {item[1] for item in found} == {"AAA"}
        assert strays
        found = [item for item in found if item[0] == case.check]
    assert sorted(found) == sorted(case.want + case.beside)
    if case.value is not None:
        assert values_in(report, case.check) == pytest.approx([case.value], rel=0.011)


def test_every_check_has_a_planted_fault_or_refuses_the_file() -> None:
    assert {case.check for case in CASES} == {check.id for check in CHECKS if not check.refused}


@pytest.mark.parametrize("bars", [daily(), half_hours()], ids=["daily", "half hours"])
def test_clean_bars_have_no_finding(bars: Bars) -> None:
    report = report_of(table_of(bars))

    assert found_in(report) == []
    assert (report.severity, report.document["clean"]) == (None, True)


@pytest.mark.parametrize("severity", list(Severity))
def test_the_worst_finding_is_the_severity_of_the_report(severity: Severity) -> None:
    checks = {check.id for check in CHECKS if check.severity is severity}
    case = next(case for case in CASES if case.check in checks and not case.beside)

    report = report_of(table_of(case.bars, actions=case.actions))

    assert report.severity is severity
    assert report.document["clean"] is (severity is not Severity.ERROR)
