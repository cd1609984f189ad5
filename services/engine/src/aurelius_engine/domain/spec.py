"""A resolved specification as frozen types, parsed from its canonical document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aurelius_engine.domain.errors import WindowReversed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A strategy template's name (lowerCamelCase) and its parameters by name."""

    name: str
    parameters: Mapping[str, float]

    def bars(self, parameter: str) -> int:
        """Returns a parameter counted in bars."""
        return int(self.parameters[parameter])

    @property
    def bars_needed(self) -> int:
        """Bars of one symbol before the first decision can be made."""
        if self.name == "tsMomentum":
            return self.bars("lookbackBars") + 1
        if self.name == "trendFollowing":
            return self.bars("slowBars")
        if self.name == "meanReversion":
            return self.bars("lookbackBars")
        if self.name == "breakout":
            return max(self.bars("entryBars"), self.bars("exitBars")) + 1
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSpec:
    """Every assumption of a run; units as in backtest_spec.proto. Times in ns UTC."""

    template: Template
    symbols: tuple[str, ...]
    start_ns: int | None
    end_ns: int | None
    calendar: str
    calendar_version: str
    initial_cash: float
    long_short: bool
    integer_units: bool
    equity_fraction_ratio: float
    commission_value_ratio: float
    commission_per_unit: float
    commission_minimum: float
    risk_free_ratio: float

    @property
    def labels(self) -> tuple[str, ...]:
        """What the numbers rest on and a gate may refuse, sorted."""
        labels = ["corporate_actions_not_applied", "zero_slippage"]
        if self.long_short:
            labels.append("zero_borrow_fee")
        if not (self.commission_value_ratio or self.commission_per_unit or self.commission_minimum):
            labels.append("zero_commission")
        return tuple(sorted(labels))


def spec_from_document(document: Mapping[str, Any]) -> BacktestSpec:
    """Parses a resolved document: every default is already written out.

    Raises:
        WindowReversed: The end is not after the start.
    """
    ((name, parameters),) = document["strategy"].items()
    commission = document["commission"]
    start, end = document.get("startTime"), document.get("endTime")
    start_ns = None if start is None else nanoseconds(start)
    end_ns = None if end is None else nanoseconds(end)
    if start_ns is not None and end_ns is not None and end_ns <= start_ns:
        raise WindowReversed(
            f"end_time {end} is not after start_time {start}",
            found=str(end),
            allowed=f"after {start}",
        )
    return BacktestSpec(
        template=Template(
            name=name, parameters={key: _one_zero(value) for key, value in parameters.items()}
        ),
        symbols=tuple(document["symbols"]),
        start_ns=start_ns,
        end_ns=end_ns,
        calendar=document["calendar"],
        calendar_version=document["calendarVersion"],
        initial_cash=_one_zero(document["initialCash"]),
        long_short=document["direction"] == "DIRECTION_LONG_SHORT",
        integer_units=document["units"] == "UNITS_INTEGER",
        equity_fraction_ratio=_one_zero(document["equityFractionRatio"]),
        commission_value_ratio=_one_zero(commission["valueRatio"]),
        commission_per_unit=_one_zero(commission["perUnit"]),
        commission_minimum=_one_zero(commission["minimum"]),
        risk_free_ratio=_one_zero(document["riskFreeRatio"]),
    )


def _one_zero(value: float) -> float:
    """Returns the value with a zero that has no sign: canonical JSON writes both as 0."""
    return float(value) + 0.0


def nanoseconds(timestamp: str) -> int:
    """Returns an RFC 3339 UTC time of proto JSON as nanoseconds since 1970."""
    whole, _, fraction = timestamp.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=UTC) - _EPOCH
    seconds = moment.days * 86_400 + moment.seconds
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
