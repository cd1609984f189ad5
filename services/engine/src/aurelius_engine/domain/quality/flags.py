"""What an adapter put in the place of what a file does not say, or left out: never silently."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# By id, in the order in which they are listed.
MEANINGS: Mapping[str, str] = {
    "time_labelled_by_session": (
        "The time of a daily bar was replaced by its session's label, midnight UTC of the "
        "date where the venue is."
    ),
    "time_zone_assumed_utc": "A time of day has no zone and was read as UTC.",
    "column_ignored": "The file has a column of a name that no table has; it was left out.",
    "empty_bar_dropped": "A bar has no price at all and was left out.",
    "partial_bar_dropped": "A bar lacks some of its four prices and was left out.",
    "live_bar_dropped": "A bar was not finished, or its session has a newer one; it was left out.",
    "volume_missing_as_zero": "A bar has no volume; it was read as 0.",
    "action_missing_as_none": (
        "A bar has an empty dividend, split ratio or delisting return, or its source says "
        "nothing of dividends where another does; it was read as none."
    ),
    "adjusted_close_ignored": (
        "The source has an adjusted close that differs from the close; the close was used."
    ),
    "split_already_applied": (
        "The source names a split that its prices are adjusted for already; it was not "
        "applied again."
    ),
    "dividend_moved": "A dividend's date has no bar; it was put on the next one.",
    "dividend_outside_bars": "A dividend's date is before the first bar or after the last.",
    "capital_gain_ignored": (
        "The source names a distribution of capital gains, which some of its dividends "
        "contain already; it was left out."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFlag:
    """One kind of fallback. `first_time` is that of the first bar or event, ns since 1970."""

    id: str
    count: int
    first_time: int

    @property
    def meaning(self) -> str:
        """What was done, in one sentence."""
        return MEANINGS[self.id]

    @property
    def first_time_text(self) -> str:
        """The time as proto JSON writes it: no fraction, or 3, 6 or 9 digits of one."""
        second, fraction = divmod(self.first_time, 1_000_000_000)
        text = str(np.datetime64(second, "s"))
        if fraction:
            digits = f"{fraction:09}"
            while digits.endswith("000"):
                digits = digits[:-3]
            text += f".{digits}"
        return f"{text}Z"


def flags_of(found: Iterable[tuple[str, NDArray[np.int64]]]) -> tuple[QualityFlag, ...]:
    """Returns the flags of ids and the times at which they hold, each id once.

    Args:
        found: Ids of MEANINGS, each as often as it comes, and times of any order.
    """
    times: dict[str, list[NDArray[np.int64]]] = {name: [] for name in MEANINGS}
    for name, own in found:
        if own.size:
            times[name].append(own)
    return tuple(
        QualityFlag(
            id=name,
            count=sum(len(part) for part in parts),
            first_time=min(int(part.min()) for part in parts),
        )
        for name, parts in times.items()
        if parts
    )
