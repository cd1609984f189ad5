"""The windows of a walk-forward, as steps of the clock and as specifications."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.errors import DataInsufficient

Ints = NDArray[np.int64]
_YEAR_NS = 365.25 * 86_400e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A train slice and the test slice that follows, as steps [first, end) of the clock."""

    number: int
    train_first: int
    train_end: int
    test_first: int
    test_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How the windows lie; bars, as the message WalkForward has them."""

    anchored: bool
    train: int
    test: int
    purge: int
    embargo: int
    least_windows: int


def windows_of(bars: int, scheme: Scheme) -> tuple[Window, ...]:
    """Returns every window whose test slice is whole. The tests neither overlap nor leave gaps.

    Args:
        bars: Of the clock.
        scheme: With a train slice longer than its purge.
    """
    found: list[Window] = []
    test = scheme.train + scheme.embargo
    while test + scheme.test <= bars:
        end = test - scheme.embargo
        first = 0 if scheme.anchored else end - scheme.train
        found.append(
            Window(
                number=len(found),
                train_first=first,
                train_end=end - scheme.purge,
                test_first=test,
                test_end=test + scheme.test,
            )
        )
        test += scheme.test
    return tuple(found)


def refuse_short(times: Ints, scheme: Scheme, periods_per_year: float) -> None:
    """Refuses a clock that is too short for the least number of windows.

    Raises:
        DataInsufficient: With the bars needed, and about when there will be as many.
    """
    needed = scheme.train + scheme.embargo + scheme.least_windows * scheme.test
    if times.size >= needed:
        return
    missing = needed - times.size
    when = int(times[-1]) + int(missing / periods_per_year * _YEAR_NS)
    raise DataInsufficient(
        f"{scheme.least_windows} windows need {needed} bars, the data has {times.size}",
        found=times.size,
        allowed=f"at least {needed}",
        earliest_time=time_text(when // 1_000_000_000 * 1_000_000_000),
    )


def time_text(nanoseconds: int) -> str:
    """Returns a time as proto JSON has it: 0, 3, 6 or 9 digits after the second."""
    whole, part = divmod(nanoseconds, 1_000_000_000)
    text = str(np.datetime64(whole, "s"))
    if part:
        digits = f"{part:09d}"
        while digits.endswith("000"):
            digits = digits[:-3]
        text += "." + digits
    return text + "Z"


def within(
    base: Mapping[str, Any], times: Ints, first: int, end: int, *, warm_up_bars: int = 0
) -> dict[str, Any]:
    """Returns a resolved specification whose window is steps [first, end) of a clock."""
    last = int(times[end]) if end < times.size else int(times[-1]) + 1
    return {
        **base,
        "startTime": time_text(int(times[first])),
        "endTime": time_text(last),
        "warmUpBars": warm_up_bars,
    }
