"""Writes the engine's calendar table from exchange_calendars.

The engine carries the table itself, so that a result never depends on which
calendar package happens to be installed; the version is part of the spec.
"""

import json
from importlib.metadata import version
from pathlib import Path

import exchange_calendars

CODES = ("XNYS", "XPHS", "XLON", "24/7")
FIRST_YEAR, LAST_YEAR = 2001, 2020
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


def time_zone(code: str) -> str:
    """Returns the IANA name of the calendar's zone."""
    return str(exchange_calendars.get_calendar(code).tz)


def table() -> dict[str, object]:
    """Returns the document that the engine reads."""
    return {
        "version": f"exchange_calendars {version('exchange_calendars')}",
        "annualSessions": {code: annual_sessions(code) for code in CODES},
        "timeZones": {code: time_zone(code) for code in CODES},
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(table(), indent=2, sort_keys=True) + "\n")
