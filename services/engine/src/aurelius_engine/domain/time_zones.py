"""The time zone of a venue: on which day of it a moment lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * _SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone of the calendar table.

    Attributes:
        name: Its IANA name.
        offsets: (from, offset) pairs in seconds since 1970 and east of UTC, rising, at
            least one; the first holds before its time too.
    """

    name: str
    offsets: Sequence[Sequence[int]]

    def local(self, times: Ints) -> Ints:
        """Returns what clocks there show, as ns since 1970.

        Args:
            times: Shape (n,), ns UTC, in any order.
        """
        pairs = np.array(self.offsets, dtype=np.int64) * _SECOND_NS
        place = np.searchsorted(pairs[:, 0], times, side="right") - 1
        shown: Ints = times + pairs[np.maximum(place, 0), 1]
        return shown

    def session_labels(self, times: Ints) -> Ints:
        """Returns midnight UTC of the local date of each time: how daily bars are labelled.

        Args:
            times: Shape (n,), ns UTC, in any order.
        """
        labels: Ints = self.local(times) // DAY_NS * DAY_NS
        return labels
