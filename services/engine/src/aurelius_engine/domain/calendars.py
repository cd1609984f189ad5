"""The trading calendars that annualisation rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

from aurelius_engine.domain.errors import CalendarMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """A version of the calendar table: sessions a year and IANA time zone, by exchange code."""

    version: str
    annual_sessions: Mapping[str, int]
    time_zones: Mapping[str, str]

    def periods_per_year(self, code: str, version: str) -> float:
        """Returns the daily bars of a year.

        Raises:
            CalendarMismatch: The code is not in the table, or the table is another.
        """
        if version != self.version:
            raise CalendarMismatch(
                f"calendar_version is {version!r}", found=version, allowed=self.version
            )
        if code not in self.annual_sessions:
            known = ", ".join(sorted(self.annual_sessions))
            raise CalendarMismatch(f"calendar {code!r} is not known", found=code, allowed=known)
        return float(self.annual_sessions[code])
