"""Writes the engine's calendar table from exchange_calendars and tzdata.

The engine carries the table itself, so that a result never depends on which
packages happen to be installed; the version is part of the spec.
"""

import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars

CODES = ("XNYS", "XPHS", "XLON", "24/7")
FIRST_YEAR, LAST_YEAR = 2001, 2020
FIRST_OFFSET_YEAR, LAST_OFFSET_YEAR = 1970, 2100
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
    }


def text() -> str:
    """Returns the file: one pair of `offsets` in a line would be most of it, so none is."""
    document = table()
    pairs = document.pop("offsets")
    assert isinstance(pairs, dict)
    lines = json.dumps(document, indent=2, sort_keys=True).removesuffix("\n}")
    zones = ",\n".join(f"    {json.dumps(name)}: {json.dumps(pairs[name])}" for name in pairs)
    return f'{lines},\n  "offsets": {{\n{zones}\n  }}\n}}\n'


if __name__ == "__main__":
    OUT.write_text(text())
