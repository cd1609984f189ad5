"""The events of a Yahoo chart: dividends, splits, distributions of capital gains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.adapters.vendor_bars import Floats, Ints, refuse_early, refuse_mixed
from aurelius_engine.adapters.vendor_json import member, number_at, object_at, text_at, whole_at
from aurelius_engine.domain.time_zones import Zone


@dataclass(frozen=True, slots=True)
class Dated:
    """An event: its time in ns, and the amount of money a unit, or 0."""

    time: int
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The events of one chart, by rising time."""

    dividends: Sequence[Dated]
    splits: Sequence[Dated]
    gains: Sequence[Dated]


def events_of(result: dict[str, Any], path: str, currency: str) -> Events:
    """Returns the events of a chart.

    Args:
        result: `chart.result[0]`.
        path: Where it is.
        currency: That of the prices.

    Raises:
        FileMalformed: One has no date, or no amount.
        CurrencyMixed: A dividend is in another currency than the prices.
    """
    path += ".events"
    found = result.get("events")
    events = {} if found is None else object_at(found, path)

    def of(name: str, amount: str) -> list[Dated]:
        where = f"{path}.{name}"
        known = events.get(name)
        entries = {} if known is None else object_at(known, where)
        return sorted(
            (_dated(entry, f"{where}.{key}", amount, currency) for key, entry in entries.items()),
            key=lambda event: (event.time, event.amount),
        )

    return Events(
        dividends=of("dividends", "amount"),
        splits=of("splits", ""),
        gains=of("capitalGains", ""),
    )


def _dated(entry: object, path: str, amount: str, currency: str) -> Dated:
    where = f"{path}.date"
    time = refuse_early(whole_at(member(entry, path, "date"), where) * 1_000_000_000, where)
    if not amount:
        return Dated(time, 0.0)
    own = object_at(entry, path).get("currency")
    if own is not None:
        refuse_mixed([text_at(own, f"{path}.currency"), currency])
    return Dated(time, number_at(member(entry, path, amount), f"{path}.{amount}"))


def dividends_of(
    events: Sequence[Dated], days: Ints, zone: Zone
) -> tuple[Floats, list[tuple[str, NDArray[np.int64]]]]:
    """Puts dividends on the first bar of their day, or of the first day after it.

    Args:
        events: At least one.
        days: Shape (n,): the session label of each bar, not falling.
        zone: That of the bars.

    Returns:
        Money a unit, shape (n,), and flags with the days of the dividends.
    """
    paid = np.zeros(days.size)
    stamped = zone.session_labels(np.array([event.time for event in events], dtype=np.int64))
    places = np.searchsorted(days, stamped, side="left")
    outside = places == days.size
    if days.size:
        outside |= stamped < days[0]
    moved = np.zeros(outside.size, dtype=np.bool_)
    for at, event in enumerate(events):
        if not outside[at]:
            paid[places[at]] += event.amount
            moved[at] = days[places[at]] != stamped[at]
    return paid, [
        ("dividend_moved", stamped[moved]),
        ("dividend_outside_bars", stamped[outside]),
    ]
