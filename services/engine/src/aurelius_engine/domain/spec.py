"""A resolved specification as frozen types, parsed from its canonical document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aurelius_engine.domain.core.codes import (
    ADVERSE,
    INTRABAR_PATHS,
    LIMIT,
    MARKET,
    ON_OPEN,
    ORDER_TYPES,
    STOP_LIMIT,
    STOPS_FIRST,
    TIMES_IN_FORCE,
)
from aurelius_engine.domain.errors import WindowReversed
from aurelius_engine.domain.market_table import BOOK_LEVELS_MAX

QUOTE_LEVELS = {
    "FILL_SOURCE_BARS": 0,
    "FILL_SOURCE_QUOTES": 1,
    "FILL_SOURCE_BOOK": BOOK_LEVELS_MAX,
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A rate or an amount below it counts as none where labels say what costs nothing.
COUNTS_FROM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One message of a oneof: its lowerCamelCase name and its fields, as in proto JSON.

    Numbers have no negative zero.
    """

    name: str
    parameters: Mapping[str, Any]

    def bars(self, parameter: str) -> int:
        """Returns a parameter counted in bars."""
        return int(self.parameters[parameter])

    def number(self, parameter: str) -> float:
        """Returns a parameter that is a number."""
        return float(self.parameters[parameter])


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """The form of an order that a target makes. `kind` and `time_in_force` are codes."""

    kind: int
    time_in_force: int
    limit_offset_ratio: float
    stop_offset_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Distances of guards from the opening fill, as fractions of its price; 0 means none."""

    stop_loss_ratio: float = 0.0
    take_profit_ratio: float = 0.0
    trailing_stop_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What a fill pays. `tiers` are (from_value, value_ratio, per_unit), rising."""

    value_ratio: float
    per_unit: float
    minimum: float
    per_order: float
    tiers: tuple[tuple[float, float, float], ...]

    @property
    def is_zero(self) -> bool:
        """Whether no fill pays anything that counts."""
        tiers = [rate for _, *rates in self.tiers for rate in rates]
        return _is_nothing(self.value_ratio, self.per_unit, self.minimum, self.per_order, *tiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slippage:
    """How far a fill is from its reference price; costs.proto."""

    half_spread_ratio: float
    fixed_ratio: float
    volume_share_ratio: float
    impact_coefficient: float
    impact_lookback_bars: int

    @property
    def is_zero(self) -> bool:
        """Whether every fill is at its reference price, or as good as at it."""
        fixed = self.half_spread_ratio, self.fixed_ratio
        return _is_nothing(*fixed, self.volume_share_ratio, self.impact_coefficient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Financing:
    """What borrowing costs a year of 365 days, as fractions."""

    borrow_fee_ratio: float
    margin_interest_ratio: float
    cash_interest_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is checked before fills, as fractions of equity; infinity means no limit.

    `max_participation_ratio` is a fraction of a bar's volume.
    """

    max_gross_ratio: float
    max_net_ratio: float
    max_position_ratio: float
    maintenance_margin_ratio: float
    max_participation_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebalance:
    """When targets become orders. `schedule` is the enum's name without its prefix."""

    schedule: str
    interval_bars: int
    tolerance_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSpec:
    """Every assumption of a run; units as in the protos. Times in ns UTC.

    `lot_size` is 0 for fractional units, `tick_size` 0 for prices as they come;
    `bars_per_session` is 0 unless bars end by what was traded; `intrabar_path` is a code.
    `quote_levels` is how many levels of the book the fill source has: 0 for bars, 1 for
    quotes, BOOK_LEVELS_MAX for the book, of which the data may show fewer.
    """

    strategy: Choice
    sizing: Choice
    rebalance: Rebalance
    entry: OrderPlan
    exit: OrderPlan
    bracket: Bracket
    symbols: tuple[str, ...]
    benchmark_symbol: str
    start_ns: int | None
    end_ns: int | None
    warm_up_bars: int
    calendar: str
    calendar_version: str
    bar_interval: str
    bars_per_session: float
    initial_cash: float
    long_short: bool
    lot_size: float
    tick_size: float
    same_close: bool
    intrabar_path: int
    quote_levels: int
    actions_applied: bool
    commission: Commission
    slippage: Slippage
    financing: Financing
    limits: Limits
    risk_free_ratio: float

    @property
    def labels(self) -> tuple[str, ...]:
        """What the numbers rest on and a gate may refuse, sorted.

        They follow from the specification alone, so that governance can derive them too.
        """
        leveraged = self.limits.max_gross_ratio > 1.0
        # Closing a short position at a loss takes cash below zero without leverage, too.
        owes = self.long_short or leveraged
        found = {
            "assumed_intrabar_path": self.intrabar_path not in (STOPS_FIRST, ADVERSE),
            "corporate_actions_not_applied": not self.actions_applied,
            "experimental": self.strategy.name in ("mlClassifier", "plugin"),
            "listed_orders": self.strategy.name == "orderList",
            "no_margin_call": owes and _is_nothing(self.limits.maintenance_margin_ratio),
            "risk_free_below_cash": self.risk_free_ratio < self.financing.cash_interest_ratio,
            "same_close_fill": self.same_close,
            "tier_2_fills": self.quote_levels == 1,
            "tier_3_fills": self.quote_levels > 1,
            "volume_ignored": self.limits.max_participation_ratio == float("inf"),
            "zero_borrow_fee": self.long_short and _is_nothing(self.financing.borrow_fee_ratio),
            "zero_commission": self.commission.is_zero,
            "zero_margin_interest": owes and _is_nothing(self.financing.margin_interest_ratio),
            "zero_slippage": self.order_kinds <= self._free_of_costs,
        }
        return tuple(name for name, holds in sorted(found.items()) if holds)

    @property
    def order_kinds(self) -> frozenset[int]:
        """The codes of the types of the orders that the strategy sends."""
        if self.strategy.name == "orderList":
            return frozenset(ORDER_TYPES[row["type"]] for row in self.strategy.parameters["orders"])
        return frozenset((self.entry.kind, self.exit.kind))

    @property
    def _free_of_costs(self) -> frozenset[int]:
        """The types of orders that pay neither slippage nor the spread of a quote."""
        if not self.slippage.is_zero:
            return frozenset((LIMIT, STOP_LIMIT))
        quoted = (MARKET, ON_OPEN) if self.quote_levels else ()
        return frozenset(ORDER_TYPES.values()).difference(quoted)


def _is_nothing(*rates: float) -> bool:
    """Whether costs are so small that no result shows them; execution.md 6.6."""
    return max(rates) < COUNTS_FROM


def spec_from_document(document: Mapping[str, Any]) -> BacktestSpec:
    """Parses a resolved document: every default is already written out.

    Raises:
        WindowReversed: The end is not after the start.
    """
    start, end = document.get("startTime"), document.get("endTime")
    start_ns = None if start is None else nanoseconds(start)
    end_ns = None if end is None else nanoseconds(end)
    if start_ns is not None and end_ns is not None and end_ns <= start_ns:
        raise WindowReversed(
            f"end_time {end} is not after start_time {start}",
            found=str(end),
            allowed=f"after {start}",
        )
    orders, rebalance = document["orders"], document["rebalance"]
    return BacktestSpec(
        strategy=_choice(document["strategy"]),
        sizing=_choice(document["sizing"]),
        rebalance=Rebalance(
            schedule=rebalance["schedule"].removeprefix("REBALANCE_SCHEDULE_"),
            interval_bars=int(rebalance["intervalBars"]),
            tolerance_ratio=_one_zero(rebalance["toleranceRatio"]),
        ),
        entry=_order_plan(orders["entry"]),
        exit=_order_plan(orders["exit"]),
        bracket=_bracket(orders.get("bracket", {})),
        symbols=tuple(document["symbols"]),
        benchmark_symbol=document["benchmarkSymbol"],
        start_ns=start_ns,
        end_ns=end_ns,
        warm_up_bars=int(document["warmUpBars"]),
        calendar=document["calendar"],
        calendar_version=document["calendarVersion"],
        bar_interval=document["barInterval"].removeprefix("BAR_INTERVAL_"),
        bars_per_session=float(document.get("barsPerSession", 0.0)),
        initial_cash=_one_zero(document["initialCash"]),
        long_short=document["direction"] == "DIRECTION_LONG_SHORT",
        lot_size=_one_zero(document["lotSize"]) if document["units"] == "UNITS_INTEGER" else 0.0,
        tick_size=_one_zero(document["tickSize"]),
        same_close=document["fillRule"] == "FILL_RULE_SAME_CLOSE",
        intrabar_path=INTRABAR_PATHS[document["intrabarPath"]],
        quote_levels=QUOTE_LEVELS[document["fillSource"]],
        actions_applied=document["corporateActions"] == "CORPORATE_ACTIONS_APPLIED",
        commission=_commission(document["commission"]),
        slippage=_slippage(document["slippage"]),
        financing=_financing(document["financing"]),
        limits=_limits(document["limits"]),
        risk_free_ratio=_one_zero(document["riskFreeRatio"]),
    )


def _choice(document: Mapping[str, Any]) -> Choice:
    ((name, fields),) = document.items()
    return Choice(name=name, parameters={key: _signless(value) for key, value in fields.items()})


def _order_plan(document: Mapping[str, Any]) -> OrderPlan:
    return OrderPlan(
        kind=ORDER_TYPES[document["type"]],
        time_in_force=TIMES_IN_FORCE[document["timeInForce"]],
        limit_offset_ratio=_one_zero(document["limitOffsetRatio"]),
        stop_offset_ratio=_one_zero(document["stopOffsetRatio"]),
    )


def _bracket(document: Mapping[str, Any]) -> Bracket:
    return Bracket(
        stop_loss_ratio=float(document.get("stopLossRatio", 0.0)),
        take_profit_ratio=float(document.get("takeProfitRatio", 0.0)),
        trailing_stop_ratio=float(document.get("trailingStopRatio", 0.0)),
    )


def _commission(document: Mapping[str, Any]) -> Commission:
    tiers = tuple(
        (float(tier["fromValue"]), _one_zero(tier["valueRatio"]), _one_zero(tier["perUnit"]))
        for tier in document["tiers"]
    )
    return Commission(
        value_ratio=_one_zero(document["valueRatio"]),
        per_unit=_one_zero(document["perUnit"]),
        minimum=_one_zero(document["minimum"]),
        per_order=_one_zero(document["perOrder"]),
        tiers=tiers,
    )


def _slippage(document: Mapping[str, Any]) -> Slippage:
    return Slippage(
        half_spread_ratio=_one_zero(document["halfSpreadRatio"]),
        fixed_ratio=_one_zero(document["fixedRatio"]),
        volume_share_ratio=_one_zero(document["volumeShareRatio"]),
        impact_coefficient=_one_zero(document["impactCoefficient"]),
        impact_lookback_bars=int(document["impactLookbackBars"]),
    )


def _financing(document: Mapping[str, Any]) -> Financing:
    return Financing(
        borrow_fee_ratio=_one_zero(document["borrowFeeRatio"]),
        margin_interest_ratio=_one_zero(document["marginInterestRatio"]),
        cash_interest_ratio=_one_zero(document["cashInterestRatio"]),
    )


def _limits(document: Mapping[str, Any]) -> Limits:
    none = float("inf")
    return Limits(
        max_gross_ratio=_one_zero(document["maxGrossRatio"]),
        max_net_ratio=_one_zero(document.get("maxNetRatio", none)),
        max_position_ratio=_one_zero(document.get("maxPositionRatio", none)),
        maintenance_margin_ratio=_one_zero(document["maintenanceMarginRatio"]),
        max_participation_ratio=_one_zero(document.get("maxParticipationRatio", none)),
    )


def _signless(value: Any) -> Any:
    """Returns proto JSON with every number free of a negative zero."""
    if isinstance(value, float):
        return _one_zero(value)
    if isinstance(value, Mapping):
        return {key: _signless(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_signless(inner) for inner in value]
    return value


def _one_zero(value: float) -> float:
    """Returns the value with a zero that has no sign: canonical JSON writes both as 0."""
    return float(value) + 0.0


def nanoseconds(timestamp: str) -> int:
    """Returns an RFC 3339 UTC time of proto JSON as nanoseconds since 1970."""
    whole, _, fraction = timestamp.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=UTC) - EPOCH
    seconds = moment.days * 86_400 + moment.seconds
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
