"""The trading calendars that annualisation and sessions rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.errors import CalendarMismatch
from aurelius_engine.domain.sessions import Sessions
from aurelius_engine.domain.time_zones import Zone

Ints = NDArray[np.int64]

_SECOND_NS = 1_000_000_000
_DAY_NS = 86_400 * _SECOND_NS
_WEEKS, _MONTHS = 52.0, 12.0
# Minutes of the intervals that divide a session.
# Bars that end by what was traded, not by the clock.
TRADED = "TRADED"
INTERVAL_MINUTES: Mapping[str, int] = {
    "MINUTE": 1,
    "FIVE_MINUTES": 5,
    "FIFTEEN_MINUTES": 15,
    "THIRTY_MINUTES": 30,
    "HOUR": 60,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """A version of the calendar table, by exchange code.

    Attributes:
        version: Of the table, part of every specification.
        annual_sessions: Sessions a year, a mean over years, rounded.
        session_minutes: Minutes of a regular session.
        time_zones: IANA names.
        offsets: By IANA name, (from, offset) pairs in seconds since 1970 and east of
            UTC, rising; the first holds before its time too.
        sessions: By exchange code.
    """

    version: str
    annual_sessions: Mapping[str, int]
    session_minutes: Mapping[str, int]
    time_zones: Mapping[str, str]
    offsets: Mapping[str, Sequence[Sequence[int]]]
    sessions: Mapping[str, Sessions]

    def refuse_unknown(self, code: str, version: str) -> None:
        """Raises: CalendarMismatch: The code is not in the table, or the table is another."""
        if version != self.version:
            raise CalendarMismatch(
                f"calendar_version is {version!r}", found=version, allowed=self.version
            )
        if code not in self.annual_sessions:
            known = ", ".join(sorted(self.annual_sessions))
            raise CalendarMismatch(f"calendar {code!r} is not known", found=code, allowed=known)

    def zone(self, code: str) -> Zone:
        """Returns the time zone of a calendar. Raises: CalendarMismatch: The code is not known."""
        self.refuse_unknown(code, self.version)
        name = self.time_zones[code]
        return Zone(name=name, offsets=self.offsets[name])

    def periods_per_year(
        self, code: str, version: str, bar_interval: str, bars_per_session: float = 0.0
    ) -> float:
        """Returns the bars of a year.

        The sessions of a year times the bars of a regular session, the last one shorter
        where it must be; 52 weeks; 12 months.

        Args:
            code: An exchange code.
            version: The table's.
            bar_interval: The name of a BarInterval without its prefix.
            bars_per_session: Of bars that end by what was traded.

        Raises:
            CalendarMismatch: See `refuse_unknown`.
        """
        self.refuse_unknown(code, version)
        if bar_interval == "WEEK":
            return _WEEKS
        if bar_interval == "MONTH":
            return _MONTHS
        sessions = self.annual_sessions[code]
        if bar_interval == "DAY":
            return float(sessions)
        if bar_interval == TRADED:
            return sessions * bars_per_session
        return float(sessions * -(-self.session_minutes[code] // INTERVAL_MINUTES[bar_interval]))

    def session_ids(self, code: str, bar_interval: str, times: Ints) -> Ints:
        """Returns a number for the session of each time: equal for times of one session.

        Bars within a day belong to the session of their date in the calendar's time
        zone; a bar of a day or longer is a session of its own.

        Args:
            code: An exchange code of the table.
            bar_interval: The name of a BarInterval without its prefix.
            times: Shape (n_steps,), int64 ns UTC, rising.

        Returns:
            Shape (n_steps,), int64, not falling.
        """
        if bar_interval not in (TRADED, *INTERVAL_MINUTES):
            return np.arange(times.size, dtype=np.int64)
        pairs = np.array(self.offsets[self.time_zones[code]], dtype=np.int64) * _SECOND_NS
        return _local_days(times, pairs)


@compiled
def _local_days(times: Ints, pairs: Ints) -> Ints:
    """Returns days since 1970 in local time; each is worked out once for all of its times."""
    days = np.empty(times.size, np.int64)
    place, last = 0, pairs.shape[0] - 1
    day, end = 0, times[0] if times.size else 0
    for i in range(times.size):
        time = times[i]
        if time >= end:
            while place < last and time >= pairs[place + 1, 0]:
                place += 1
            offset = pairs[place, 1]
            day = (time + offset) // _DAY_NS
            end = (day + 1) * _DAY_NS - offset
            if place < last:
                end = min(end, pairs[place + 1, 0])
        days[i] = day
    return days
