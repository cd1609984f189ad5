"""Checks of one run: is it correct, does it hold, can it be believed? docs/specs/run_checks.md."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import Outcome
from aurelius_engine.domain.panel import held_values
from aurelius_engine.domain.results import RunResult, Table
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from aurelius_engine.domain.table_hash import string_column
from aurelius_engine.domain.validation.data_checks import data_checks, none_of
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Severity,
    Statistic,
    check,
)
from aurelius_engine.domain.validation.holdings import holdings_of
from aurelius_engine.domain.validation.recomputation import Stored, recomputed
from aurelius_engine.domain.validation.result_tables import (
    columns_of,
    rows_of_bars,
    stored_of,
)
from aurelius_engine.domain.validation.study import StudyContext

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Of a stored and a recomputed number: |a - b| <= absolute + relative |b|, by ADR.
RATIOS = (1e-11, 1e-12)
MOMENTS = (1e-9, 1e-11)
_OF_MOMENTS = (
    "skewness",
    "excess_kurtosis",
    "cornish_fisher_value_at_risk_95_ratio",
    "cornish_fisher_value_at_risk_99_ratio",
    "sharpe_standard_error_ratio",
    "probabilistic_sharpe_2012_ratio",
)
# What is left of amounts that cancel: as a part of what was at stake.
RESIDUAL = 1e-9
# Metrics that are what rounding left: nothing can be compared.
_ROUNDING = ("unexplained_profit",)
_ENDS = "symbol_end"


def run_checks(context: StudyContext) -> Findings:
    """Executes the run once and judges its tables.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    spec = spec_from_document(context.base)
    result = context.runs.execute(context.base)
    periods = periods_per_year(spec, context.calendars)
    metrics: dict[str, Outcome] = {metric.id: outcome for metric, outcome in result.metrics}
    benchmark = _benchmark(spec, context.table, result)
    stored = stored_of(result.tables, context.table, benchmark)
    again = recomputed(stored, periods=periods, free=spec.risk_free_ratio)
    agreement, table = _agreement(metrics, again, stored)
    checks = [
        *_fills(result.tables, context.table, spec),
        _orders(result.tables),
        *_accounts(result.tables, context.table, spec, stored),
        agreement,
        *_limits(result.tables, metrics, stored, context),
        *_belief(metrics, stored, context),
        _labels(result),
        *data_checks(context, spec),
    ]
    wrong = [one.id for one in checks if one.remedy]
    return Findings(
        statistics=[
            Statistic(id="check_count", version=1, unit="count", outcome=float(len(checks))),
            Statistic(id="failed_check_count", version=1, unit="count", outcome=float(len(wrong))),
        ],
        checks=checks,
        tables={"metric_recomputation": table},
        execution_count=context.runs.count,
    )


def _benchmark(spec: BacktestSpec, table: MarketTable, result: RunResult) -> Floats:
    if not spec.benchmark_symbol:
        return np.zeros(0)
    times = columns_of(result.tables["equity"])["time"].data[1:].astype(np.int64)
    return held_values(spec.benchmark_symbol, spec, table, times)


def _fills(tables: Mapping[str, Table], market: MarketTable, spec: BacktestSpec) -> list[Check]:
    fills, orders = columns_of(tables["fills"]), columns_of(tables["orders"])
    when = fills["time"].data.astype(np.int64)
    rows = rows_of_bars(market, when, fills["symbol"])
    inside = np.array([rule != _ENDS for rule in fills["rule"].texts()], dtype=np.bool_)
    price = fills["reference_price"].data.astype(np.float64)
    traded = (market.low[rows] <= price) & (price <= market.high[rows]) & (rows >= 0)
    outside = int(np.count_nonzero(inside & ~traded))
    units = np.abs(fills["quantity"].data.astype(np.float64))
    share = min(spec.limits.max_participation_ratio, 1e200)
    over = inside & (rows >= 0) & (units > share * market.volume[rows] * (1.0 + RESIDUAL))
    sent = orders["submitted_time"].data.astype(np.int64)[fills["order_id"].data.astype(np.int64)]
    guards = np.array(
        [kind == "close_position" for kind in orders["amount_kind"].texts()], dtype=np.bool_
    )[fills["order_id"].data.astype(np.int64)]
    early = inside & ~guards & ((when < sent) | ((when == sent) & (not spec.same_close)))
    return [
        none_of(
            "fills_inside_bar",
            outside,
            f"{outside} of {when.size} fills have a price that was not traded in their bar.",
            "The engine filled what nobody traded: report it, with the run.",
            "artifacts/fills",
        ),
        none_of(
            "fills_within_volume",
            (excess := int(np.count_nonzero(over))),
            f"{excess} of {when.size} fills are over their part of the volume.",
            "The engine filled more than the specification allows: report it, with the run.",
            "artifacts/fills",
        ),
        none_of(
            "fills_after_decision",
            (hasty := int(np.count_nonzero(early))),
            f"{hasty} fills are not behind the close that decided them.",
            "An order was filled before it could be: report it, with the run.",
            "artifacts/fills",
            "artifacts/orders",
        ),
    ]


def _orders(tables: Mapping[str, Table]) -> Check:
    orders, fills = columns_of(tables["orders"]), columns_of(tables["fills"])
    states = orders["state"].texts()
    known = [states.count(state) for state in ("filled", "cancelled", "rejected", "open")]
    sums: dict[int, list[float]] = {}
    for order, units in zip(
        fills["order_id"].data.tolist(), fills["quantity"].data.tolist(), strict=True
    ):
        sums.setdefault(order, []).append(units)
    filled = orders["filled_quantity"].data.tolist()
    wrong = len(states) - (known[0] + known[1] + known[2] + known[3])
    for order, units in enumerate(filled):
        found = math.fsum(sums.get(order, ()))
        wrong += abs(found - units) > RESIDUAL * max(1.0, abs(units))
    return none_of(
        "orders_accounted",
        wrong,
        f"{len(states)} orders: {known[0]} filled, {known[1]} cancelled, {known[2]} rejected, "
        f"{known[3]} open; {wrong} do not add up with their fills.",
        "An order is lost or counted twice: report it, with the run.",
        "artifacts/orders",
        "artifacts/fills",
    )


def _accounts(
    tables: Mapping[str, Table], market: MarketTable, spec: BacktestSpec, stored: Stored
) -> list[Check]:
    """Rebuilds cash from fills and flows, and positions from fills and splits, at each mark."""
    equity, fills, flows = (columns_of(tables[name]) for name in ("equity", "fills", "flows"))
    times = np.array(stored.times, dtype=np.int64)
    cash = np.full(times.size, 0.0)
    paid = [-(q * price) - fee for q, price, _, fee in stored.fills]
    at = np.searchsorted(times, fills["time"].data.astype(np.int64))
    np.add.at(cash, at, np.array(paid, dtype=np.float64))
    got = np.searchsorted(times, flows["time"].data.astype(np.int64))
    np.add.at(cash, got, flows["amount"].data.astype(np.float64))
    cash = spec.initial_cash + np.add.accumulate(cash)
    size = np.maximum.accumulate(np.abs(cash) + np.abs(np.array(stored.net[1:])))
    size = np.where(size > 0.0, size, 1.0)
    held = holdings_of(tables, market, times)
    sums = equity["cash"].data + equity["position_value"].data - equity["equity"].data
    gaps = (
        cash - equity["cash"].data[1:],
        sums[1:],
        held.net - equity["position_value"].data[1:],
        held.gross - equity["gross_value"].data[1:],
    )
    # What is no number is within nothing.
    within = [bool(np.all(np.abs(gap) <= RESIDUAL * size)) for gap in gaps]
    adds_up = all(within) and held.unit_gap <= RESIDUAL
    profits = math.fsum(profit for profit, _, _, _ in stored.trades)
    left = abs(stored.equity[-1] - stored.equity[0] - profits - _unattributed(stored, tables))
    most = max(map(abs, stored.equity))
    return [
        check(
            "run_checks.accounts",
            0.0 if adds_up else 1.0,
            Comparison.LESS_OR_EQUAL,
            0.0,
            unit="count",
            detail=(
                f"Cash of {times.size} marks was rebuilt from fills and flows, positions from "
                "fills and splits, within 1e-9."
            ),
            remedy="Cash, positions and equity do not add up: report it, with the run.",
            evidence=(
                "artifacts/equity",
                "artifacts/fills",
                "artifacts/flows",
                "artifacts/positions",
            ),
        ),
        check(
            "run_checks.profits_reconcile",
            0.0 if left <= RESIDUAL * most else 1.0,
            Comparison.LESS_OR_EQUAL,
            0.0,
            unit="count",
            detail="Profits of round trips and flows of none were compared with the equity.",
            remedy="Round trips do not explain the equity: report it, with the run.",
            evidence=("artifacts/trades", "artifacts/equity"),
        ),
    ]


def _unattributed(stored: Stored, tables: Mapping[str, Table]) -> float:
    """Returns the flows that belong to no round trip: all, less the income of the trips."""
    income = math.fsum(columns_of(tables["trades"])["income"].data.tolist())
    return math.fsum(amount for _, amount in stored.flows) - income


def _agreement(
    metrics: Mapping[str, Outcome], again: Mapping[str, float], stored: Stored
) -> tuple[Check, Table]:
    """Compares each stored metric with the second implementation's."""
    names = sorted(name for name in metrics if name not in _ROUNDING)
    most = max(map(abs, stored.equity))
    verdicts = []
    for name in names:
        value, other = metrics[name], again.get(name)
        if isinstance(value, str) or other is None:
            verdicts.append("undefined" if isinstance(value, str) else "not_computed")
            if (other is None) != isinstance(value, str):
                verdicts[-1] = "differs"
            continue
        absolute, relative = MOMENTS if name in _OF_MOMENTS else RATIOS
        if name.endswith(("_total", "_profit")):
            absolute *= most  # sums in quote currency cancel
        agrees = abs(value - other) <= absolute + relative * abs(other)
        verdicts.append("agrees" if agrees else "differs")
    bad = [name for name, verdict in zip(names, verdicts, strict=True) if verdict == "differs"]
    told = f"{verdicts.count('agrees')} metrics agree, {verdicts.count('undefined')} are undefined."
    if bad:
        told += f" These differ: {', '.join(bad)}."
    judged = none_of(
        "metrics_recomputed",
        len(bad),
        told,
        "A stored metric is not what the stored tables say: do not use the run, report it.",
        "metric_recomputation",
    )
    return judged, (string_column("metric_id", names), string_column("verdict", verdicts))


def _limits(
    tables: Mapping[str, Table],
    metrics: Mapping[str, Outcome],
    stored: Stored,
    context: StudyContext,
) -> list[Check]:
    listed = (
        ("drawdown", "max_drawdown_ratio", "maxDrawdownRatio", "The deepest drawdown"),
        ("leverage", "max_gross_ratio", "maxLeverageRatio", "The most gross exposure over equity"),
        ("turnover", "turnover_ratio", "maxAnnualTurnoverRatio", "The turnover a year"),
    )
    found = [
        check(
            f"run_checks.{name}",
            metrics[metric],
            Comparison.LESS_OR_EQUAL,
            float(context.terms[bound]),
            unit="ratio",
            detail=f"{what} is {metrics[metric]}.",
            remedy="Lower the exposure of the strategy, or justify another limit.",
            evidence=("artifacts/metrics",),
        )
        for name, metric, bound, what in listed
    ]
    share = _concentration(tables, context.table, stored)
    found.append(
        check(
            "run_checks.concentration",
            share,
            Comparison.LESS_OR_EQUAL,
            float(context.terms["maxConcentrationRatio"]),
            unit="ratio",
            detail=f"The most of one name, after buying or selling more, is {share} of equity.",
            remedy="Spread the capital over more names, or justify another limit.",
            evidence=("artifacts/positions", "artifacts/fills"),
        )
    )
    return found


def _concentration(tables: Mapping[str, Table], market: MarketTable, stored: Stored) -> float:
    """Returns the most of one name over equity, at the close of each bar that entered or added.

    Both are marked at that close, so that a gap before a fill is not taken for a bet.
    """
    fills, flows = columns_of(tables["fills"]), columns_of(tables["flows"])
    split = np.array([kind == "split" for kind in flows["kind"].texts()], dtype=np.bool_)
    splits, units = int(np.count_nonzero(split)), fills["quantity"].data
    # Positions are by time, and at one time those that splits left come first.
    order = np.argsort(
        np.concatenate((flows["time"].data[split], fills["time"].data)), kind="stable"
    )
    left = columns_of(tables["positions"])["quantity"].data[order >= splits]
    row = order[order >= splits] - splits
    when = fills["time"].data.astype(np.int64)
    bars = rows_of_bars(market, when, fills["symbol"])[row]
    after = np.array(stored.equity)[1 + np.searchsorted(np.array(stored.times), when)][row]
    entered = (left * units[row] > 0.0) & (after > 0.0) & (bars >= 0)
    value = np.abs(left * market.close[bars])
    return float(np.max(value[entered] / after[entered], initial=0.0))


def _belief(metrics: Mapping[str, Outcome], stored: Stored, context: StudyContext) -> list[Check]:
    """Judges what is too little to show anything, and what is too good to be true."""
    terms, bars = context.terms, len(stored.times)
    gains = sorted((profit for profit, _, _, _ in stored.trades if profit > 0.0), reverse=True)
    share: Outcome = gains[0] / math.fsum(gains) if gains else "UNDEFINED_NO_WINS"
    sharpe = metrics["sharpe_ratio"]
    trades = metrics["trade_count"]
    least, most = Comparison.GREATER_OR_EQUAL, Comparison.LESS_OR_EQUAL
    return [
        check(
            "run_checks.bars",
            float(bars),
            least,
            float(terms["minBarCount"]),
            unit="count",
            detail=f"The run has {bars} bars.",
            remedy="Run it over more data.",
            evidence=("artifacts/equity",),
        ),
        check(
            "run_checks.trades",
            trades,
            least,
            float(terms["minTradeCount"]),
            unit="count",
            detail=f"The run has {trades} closed round trips.",
            remedy="Run it over more data: so few trades show nothing.",
            severity=Severity.WARNING,
            evidence=("artifacts/trades",),
        ),
        check(
            "run_checks.sharpe_believable",
            sharpe,
            most,
            float(terms["maxSharpe"]),
            unit="ratio",
            detail=f"The Sharpe ratio is {sharpe}.",
            remedy="Look for a leak: fills, costs or data are better than the market's.",
            evidence=("artifacts/metrics",),
        ),
        check(
            "run_checks.best_trade_share",
            share,
            most,
            0.5,
            unit="ratio",
            detail=f"The best round trip has {share} of all gains.",
            remedy="One trade makes the result: leave it out and look again.",
            severity=Severity.WARNING,
            evidence=("artifacts/trades",),
        ),
    ]


def _labels(result: RunResult) -> Check:
    labels: Sequence[str] = result.labels
    shown = ", ".join(labels) or "none"
    return check(
        "run_checks.labels",
        float(len(labels)),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=f"Assumptions that a gate may refuse: {shown}.",
        remedy="State the costs and limits that the labels name.",
        severity=Severity.INFO,
        evidence=("artifacts/metrics",),
    )
