"""What a run is told: the numbers of a resolved specification, each exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.property.engine.reference.exact import ZERO

NO_LIMIT = Decimal("Infinity")


@dataclass(frozen=True)
class Plan:
    """The form of the orders that targets make."""

    kind: str
    time_in_force: str
    limit_offset: Decimal
    stop_offset: Decimal


@dataclass(frozen=True)
class Rates:
    """The part of a commission that follows the fill's size."""

    value_ratio: Decimal
    per_unit: Decimal


@dataclass(frozen=True)
class Terms:
    """Every number of the specification that execution.md names; ratios are fractions."""

    initial_cash: Decimal
    long_short: bool
    lot: Decimal
    tick: Decimal
    same_close: bool
    fill_source: str
    intrabar_path: str
    actions_applied: bool
    tolerance: Decimal
    entry: Plan
    exit: Plan
    stop_loss: Decimal
    trailing_stop: Decimal
    take_profit: Decimal
    rates: Rates
    tiers: tuple[tuple[Decimal, Rates], ...]
    per_order: Decimal
    minimum: Decimal
    fixed_slip: Decimal
    volume_slip: Decimal
    impact: Decimal
    impact_bars: int
    borrow_fee: Decimal
    margin_interest: Decimal
    cash_interest: Decimal
    max_gross: Decimal
    max_net: Decimal
    max_position: Decimal
    maintenance: Decimal
    participation: Decimal


def terms_of(document: Mapping[str, Any]) -> Terms:
    """Reads a resolved document in proto JSON."""
    orders, limits = document["orders"], document["limits"]
    bracket, commission = orders.get("bracket", {}), document["commission"]
    slippage, financing = document["slippage"], document["financing"]

    def limit(name: str) -> Decimal:
        return exactly(limits[name]) if name in limits else NO_LIMIT

    return Terms(
        initial_cash=exactly(document["initialCash"]),
        long_short=document["direction"] == "DIRECTION_LONG_SHORT",
        lot=exactly(document["lotSize"]) if document["units"] == "UNITS_INTEGER" else ZERO,
        tick=exactly(document["tickSize"]),
        same_close=document["fillRule"] == "FILL_RULE_SAME_CLOSE",
        intrabar_path=document["intrabarPath"].removeprefix("INTRABAR_PATH_").lower(),
        fill_source=document["fillSource"].removeprefix("FILL_SOURCE_").lower(),
        actions_applied=document["corporateActions"] == "CORPORATE_ACTIONS_APPLIED",
        tolerance=exactly(document["rebalance"]["toleranceRatio"]),
        entry=_plan(orders["entry"]),
        exit=_plan(orders["exit"]),
        stop_loss=exactly(bracket.get("stopLossRatio", 0)),
        trailing_stop=exactly(bracket.get("trailingStopRatio", 0)),
        take_profit=exactly(bracket.get("takeProfitRatio", 0)),
        rates=_rates(commission),
        tiers=tuple((exactly(t["fromValue"]), _rates(t)) for t in commission.get("tiers", ())),
        per_order=exactly(commission["perOrder"]),
        minimum=exactly(commission["minimum"]),
        fixed_slip=exactly(slippage["halfSpreadRatio"]) + exactly(slippage["fixedRatio"]),
        volume_slip=exactly(slippage["volumeShareRatio"]),
        impact=exactly(slippage["impactCoefficient"]),
        impact_bars=int(slippage["impactLookbackBars"]),
        borrow_fee=exactly(financing["borrowFeeRatio"]),
        margin_interest=exactly(financing["marginInterestRatio"]),
        cash_interest=exactly(financing["cashInterestRatio"]),
        max_gross=limit("maxGrossRatio"),
        max_net=limit("maxNetRatio"),
        max_position=limit("maxPositionRatio"),
        maintenance=limit("maintenanceMarginRatio"),
        participation=limit("maxParticipationRatio"),
    )


def exactly(number: float) -> Decimal:
    """Returns the number as its shortest text has it: 0.1 is a tenth."""
    return Decimal(repr(float(number)))


def _plan(plan: Mapping[str, Any]) -> Plan:
    return Plan(
        kind=plan["type"].removeprefix("ORDER_TYPE_").lower(),
        time_in_force=plan["timeInForce"].removeprefix("TIME_IN_FORCE_").lower(),
        limit_offset=exactly(plan["limitOffsetRatio"]),
        stop_offset=exactly(plan["stopOffsetRatio"]),
    )


def _rates(document: Mapping[str, Any]) -> Rates:
    return Rates(exactly(document["valueRatio"]), exactly(document["perUnit"]))
