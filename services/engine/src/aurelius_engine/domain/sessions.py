"""The sessions of a trading calendar: which days, and from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_MONDAY = 3  # 1970-01-01, day 0, was a Thursday: (day + 3) % 7 is 0 on Mondays


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sessions:
    """The sessions of a calendar over the days that are known of it.

    Attributes:
        first_day: The first day known, in days since 1970.
        last_day: The last one.
        days: Shape (n_sessions,), rising, days since 1970 where the exchange is.
        opens: When each begins, in minutes of the local day.
        closes: When each ends; 1440 is midnight.
    """

    first_day: int
    last_day: int
    days: Ints
    opens: Ints
    closes: Ints


def sessions_from(document: Mapping[str, Any]) -> Sessions:
    """Returns the sessions of an entry of the calendar table; see tools/make_calendars.py."""
    first, last = int(document["first"]), int(document["last"])
    every = np.arange(first, last + 1, dtype=np.int64)
    within = (every + _MONDAY) % 7 < int(document["weekdays"])
    within &= ~np.isin(every, np.array(document["closed"], dtype=np.int64))
    days = every[within]
    hours = np.array(document["hours"], dtype=np.int64)
    place = np.searchsorted(hours[:, 0], days, side="right") - 1
    return Sessions(
        first_day=first,
        last_day=last,
        days=days,
        opens=hours[place, 1],
        closes=hours[place, 2],
    )
