"""Writes the engine's calendar table from exchange_calendars and tzdata.

The engine carries the table itself, so that a result never depends on which
packages happen to be installed; the version is part of the spec.
"""

import json
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars

CODES = ("XNYS", "XPHS", "XLON", "24/7")
FIRST_YEAR, LAST_YEAR = 2001, 2020
FIRST_OFFSET_YEAR, LAST_OFFSET_YEAR = 1970, 2100
FIRST_SESSION_YEAR, LAST_SESSION_YEAR = 1990, 2040
ALWAYS = "24/7"
EPOCH = date(1970, 1, 1)
OUT = (
    Path(__file__).resolve().parent.parent
    / "services/engine/src/aurelius_engine/domain/calendars.json"
)


def annual_sessions(code: str) -> int:
    """Returns the mean number of sessions a year over 2001-2020, rounded."""
    calendar = exchange_calendars.get_calendar(
        code, start=f"{FIRST_YEAR}-01-01", end=f"{LAST_YEAR}-12-31"
    )
    return round(len(calendar.sessions) / (LAST_YEAR - FIRST_YEAR + 1))


def session_minutes(code: str) -> int:
    """Returns the minutes of a regular session: the most frequent length over 2001-2020."""
    schedule = exchange_calendars.get_calendar(
        code, start=f"{FIRST_YEAR}-01-01", end=f"{LAST_YEAR}-12-31"
    ).schedule
    lengths = ((schedule["close"] - schedule["open"]).dt.total_seconds() / 60).astype(int)
    return int(lengths.mode().iloc[0])


def time_zone(code: str) -> str:
    """Returns the IANA name of the calendar's zone."""
    return str(exchange_calendars.get_calendar(code).tz)


def offsets(name: str) -> list[list[int]]:
    """Returns [from, offset] pairs, both in seconds: where local time changes its offset.

    The first holds from before 1970, the last after 2100.
    """
    folder, _, leaf = f"zoneinfo/{name}".rpartition("/")
    with resources.files("tzdata").joinpath(folder, leaf).open("rb") as file:
        zone = ZoneInfo.from_file(file, name)

    def offset(second: int) -> int:
        found = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
        return int((found or timedelta()).total_seconds())

    start = int(datetime(FIRST_OFFSET_YEAR, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(LAST_OFFSET_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    pairs = [[start, offset(start)]]
    for day in range(start, end, 86_400):
        if offset(day + 86_400) != pairs[-1][1]:
            low, high = day, day + 86_400  # at most one change a day
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(middle) != pairs[-1][1] else (middle, high)
            pairs.append([high, offset(high)])
    return pairs


def sessions(code: str) -> dict[str, object]:
    """Returns the sessions of 1990 to 2040.

    `first` and `last` are the days since 1970 that it covers, `weekdays` how many of a
    week may be sessions, Monday first, `closed` which of those are none, and `hours` where
    [day, open, close] change, in minutes of the local day.
    """
    first = date(FIRST_SESSION_YEAR, 1, 1)
    last = date(LAST_SESSION_YEAR, 12, 31)
    calendar = exchange_calendars.get_calendar(code, start=str(first), end=str(last))
    weekdays = 7 if code == ALWAYS else 5
    days: set[date] = set()
    hours: list[list[int]] = []
    for label, row in calendar.schedule.iterrows():
        day = label.date()
        days.add(day)
        opens, closes = (row[name].tz_convert(calendar.tz) for name in ("open", "close"))
        if code == ALWAYS:
            minutes = [0, 1440]
        else:
            assert opens.date() == closes.date() == day, f"{code} {day} is over several days"
            minutes = [found.hour * 60 + found.minute for found in (opens, closes)]
        if not hours or hours[-1][1:] != minutes:
            hours.append([(day - EPOCH).days, *minutes])
    every = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    assert all(day.weekday() < weekdays for day in days), f"{code} has sessions on weekends"
    closed = [day for day in every if day.weekday() < weekdays and day not in days]
    return {
        "first": (first - EPOCH).days,
        "last": (last - EPOCH).days,
        "weekdays": weekdays,
        "closed": [(day - EPOCH).days for day in closed],
        "hours": hours,
    }


def table() -> dict[str, object]:
    """Returns the document that the engine reads."""
    zones = {code: time_zone(code) for code in CODES}
    return {
        "version": f"exchange_calendars {version('exchange_calendars')}",
        "annualSessions": {code: annual_sessions(code) for code in CODES},
        "sessionMinutes": {code: session_minutes(code) for code in CODES},
        "timeZones": zones,
        "timeZoneData": f"tzdata {version('tzdata')}",
        "offsets": {name: offsets(name) for name in sorted(set(zones.values()))},
        "sessions": {code: sessions(code) for code in CODES},
    }


def text() -> str:
    """Returns the file: one pair of a long list in a line would be most of it, so none is."""
    document = table()
    lists = {name: document.pop(name) for name in ("offsets", "sessions")}
    lines = [json.dumps(document, indent=2, sort_keys=True).removesuffix("\n}")]
    for name, found in lists.items():
        assert isinstance(found, dict)
        rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(found[key])}" for key in found)
        lines.append(f'  "{name}": {{\n{rows}\n  }}')
    return ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    OUT.write_text(text())
