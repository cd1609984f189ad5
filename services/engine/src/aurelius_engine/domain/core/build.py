"""From a specification, a panel and decisions to the arrays of a run, and back to columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.codes import DAY
from aurelius_engine.domain.core.decisions import Decisions, ScheduledOrders
from aurelius_engine.domain.core.layout import Arrays, Floats, Ints
from aurelius_engine.domain.core.log import Fills, Flows, Orders, Simulation
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec

# Rows that stay in the cache while their columns are written.
_TOGETHER = 128
_YEAR_NS = 365 * 86_400 * 1_000_000_000


def rules_of(spec: BacktestSpec, *, in_units: bool) -> Floats:
    """Returns the numbers of a specification that the core works with, layout.py."""
    rules = np.zeros(at.R_TIERS + 3 * len(spec.commission.tiers))
    commission, slippage, limits = spec.commission, spec.slippage, spec.limits
    financing, bracket, entry, leave = spec.financing, spec.bracket, spec.entry, spec.exit
    rules[: at.R_TIERS] = (
        spec.lot_size,
        spec.tick_size,
        commission.value_ratio,
        commission.per_unit,
        commission.per_order,
        commission.minimum,
        slippage.half_spread_ratio + slippage.fixed_ratio,
        slippage.volume_share_ratio,
        slippage.impact_coefficient,
        slippage.impact_lookback_bars,
        limits.max_participation_ratio,
        financing.borrow_fee_ratio,
        financing.margin_interest_ratio,
        financing.cash_interest_ratio,
        limits.max_gross_ratio,
        limits.max_net_ratio,
        limits.max_position_ratio,
        limits.maintenance_margin_ratio,
        spec.rebalance.tolerance_ratio,
        bracket.stop_loss_ratio,
        bracket.take_profit_ratio,
        bracket.trailing_stop_ratio,
        entry.kind,
        entry.time_in_force,
        entry.limit_offset_ratio,
        entry.stop_offset_ratio,
        leave.kind,
        leave.time_in_force,
        leave.limit_offset_ratio,
        leave.stop_offset_ratio,
        spec.long_short,
        spec.same_close,
        in_units,
        spec.intrabar_path,
        len(commission.tiers),
    )
    for tier, row in enumerate(commission.tiers):
        rules[at.R_TIERS + 3 * tier : at.R_TIERS + 3 * tier + 3] = row
    return rules


def new_run(
    spec: BacktestSpec,
    panel: Panel,
    decisions: Decisions,
    schedule: ScheduledOrders,
    sessions: Ints | None,
) -> Arrays:
    """Lays out a run before its first step.

    Args:
        spec: Resolved.
        panel: The market.
        decisions: What the strategy decided.
        schedule: What an order list sends.
        sessions: (n_steps,), a number for each step's session; None: each step is one.
    """
    steps, symbols = panel.close.shape
    account = _account(spec)
    positions = np.zeros((8, symbols))
    positions[at.USED_STEP] = -1.0
    lists = np.zeros((4, symbols), dtype=np.int64)
    lists[at.HEAD] = lists[at.TAIL] = -1
    action_ints, action_values = _actions(spec, panel)
    rows = 64 + decisions.step.size + 4 * schedule.step.size  # they grow where guards need it
    marks = _marks(spec, steps)
    return Arrays(
        open=_read_only(panel.open),
        high=_read_only(panel.high),
        low=_read_only(panel.low),
        close=_read_only(panel.close),
        volume=_read_only(panel.volume),
        rules=rules_of(spec, in_units=decisions.in_units),
        account=account,
        counters=np.zeros(12, dtype=np.int64),
        positions=positions,
        lists=lists,
        order_ints=np.empty((rows, 13), dtype=np.int64),
        order_floats=np.empty((rows, 8)),
        fill_ints=np.empty((rows, 4), dtype=np.int64),
        fill_floats=np.empty((rows, 4)),
        flow_ints=np.empty((64, 3), dtype=np.int64),
        flow_floats=np.empty((64, 2)),
        decision_step=decisions.step,
        decision_symbol=decisions.symbol,
        decision_target=decisions.target,
        schedule_ints=_columns(
            schedule.step, schedule.symbol, schedule.kind, schedule.time_in_force, schedule.group
        ),
        schedule_floats=_columns(schedule.quantity, schedule.limit, schedule.stop),
        action_ints=action_ints,
        action_values=action_values,
        years=_years(spec, panel.times),
        month=_months(spec, panel.times),
        session_ends=_session_ends(spec, schedule, sessions, steps),
        cash=marks[0],
        position_value=marks[1],
        gross_value=marks[2],
        equity=marks[3],
        split_close=_read_only(_split_close(spec, panel)),
        book=_read_only(np.empty((0, 0)) if panel.book is None else panel.book),
    )


_NO_INTS, _NO_FLOATS = np.empty(0, dtype=np.int64), np.empty(0)


def _account(spec: BacktestSpec) -> Floats:
    account = np.zeros(8)
    account[at.CASH] = account[at.EQUITY] = spec.initial_cash
    account[at.MONTH] = -1.0
    return account


def _marks(spec: BacktestSpec, steps: int) -> list[Floats]:
    """Returns cash, position value, gross value and equity, with the one before the first bar."""
    marks = [np.empty(steps + 1) for _ in range(4)]
    for mark, first in zip(marks, (spec.initial_cash, 0.0, 0.0, spec.initial_cash), strict=True):
        mark[0] = first
    return marks


def grown(r: Arrays, symbols_per_step: int) -> Arrays:
    """Returns the run with logs of twice the size, and room for one step."""
    extra = 64 + 16 * (symbols_per_step + int(r.counters[at.OPEN_COUNT]))
    logs = ("order_ints", "order_floats", "fill_ints", "fill_floats", "flow_ints", "flow_floats")
    larger = {}
    for name in logs:
        log = getattr(r, name)
        room = np.empty((2 * log.shape[0] + extra, log.shape[1]), dtype=log.dtype)
        room[: log.shape[0]] = log
        larger[name] = room
    return r._replace(**larger)


def _columns(*columns: NDArray[Any]) -> NDArray[Any]:
    return np.column_stack(columns)


def _read_only(matrix: Floats) -> Floats:
    """Returns a view that no kernel can write to: one type for the compiler, whoever made it."""
    view = np.ascontiguousarray(matrix).view()
    view.flags.writeable = False
    return view


def _split_close(spec: BacktestSpec, panel: Panel) -> Floats:
    if not (spec.actions_applied and spec.slippage.impact_coefficient) or panel.split_ratio is None:
        return panel.close
    ratios = np.where(np.isnan(panel.split_ratio), 1.0, panel.split_ratio)
    adjusted: Floats = panel.close * np.cumprod(ratios, axis=0)
    return adjusted


def _years(spec: BacktestSpec, times: Ints) -> Floats:
    financing = spec.financing
    if not (
        financing.borrow_fee_ratio
        or financing.margin_interest_ratio
        or financing.cash_interest_ratio
    ):
        return _NO_FLOATS
    years = np.zeros(times.size)
    years[1:] = (times[1:] - times[:-1]) / _YEAR_NS
    return years


def _months(spec: BacktestSpec, times: Ints) -> Ints:
    if not spec.commission.tiers:
        return _NO_INTS
    return times.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)


def _session_ends(
    spec: BacktestSpec, schedule: ScheduledOrders, sessions: Ints | None, steps: int
) -> Ints:
    forces = (spec.entry.time_in_force, spec.exit.time_in_force)
    if DAY not in forces and not bool((schedule.time_in_force == DAY).any()):
        return _NO_INTS
    ends = np.ones(steps, dtype=np.int64)
    if sessions is not None:
        ends[:-1] = sessions[1:] != sessions[:-1]
    return ends


def _actions(spec: BacktestSpec, panel: Panel) -> tuple[Ints, Floats]:
    """Returns ends, splits and dividends, sorted by step, kind's turn, then symbol."""
    parts: list[tuple[Ints, Ints, int, Floats]] = []
    has_bar = ~np.isnan(panel.close[-1])
    for place in np.flatnonzero(~has_bar).tolist():
        bars = np.flatnonzero(~np.isnan(panel.close[:, place]))
        if bars.size:
            returned = np.zeros(1)
            if panel.delisting_return is not None:
                returned[0] = panel.delisting_return[bars[-1], place]
            parts.append((np.array([bars[-1] + 1]), np.array([place]), at.ENDS, returned))
    if spec.actions_applied and panel.split_ratio is not None and panel.dividend is not None:
        for matrix, none, turn in (
            (panel.split_ratio, 1.0, at.SPLITS),
            (panel.dividend, 0.0, at.PAYS),
        ):
            steps_of, places = np.nonzero((matrix != none) & ~np.isnan(matrix))
            parts.append((steps_of, places, turn, matrix[steps_of, places]))
    if not parts:
        return np.empty((0, 3), dtype=np.int64), np.empty(0)
    step = np.concatenate([part[0] for part in parts])
    symbol = np.concatenate([part[1] for part in parts])
    kind = np.concatenate([np.full(part[0].size, part[2]) for part in parts])
    value = np.concatenate([part[3] for part in parts])
    order = np.lexsort((symbol, kind, step))
    return np.column_stack((step, symbol, kind))[order].astype(np.int64), value[order]


@compiled
def transposed(rows: NDArray[Any]) -> NDArray[Any]:
    """Returns the columns of rows, each contiguous."""
    count, width = rows.shape
    columns = np.empty((width, count), rows.dtype)
    for first in range(0, count, _TOGETHER):
        some = rows[first : first + _TOGETHER]
        for column in range(width):
            into = columns[column, first : first + _TOGETHER]
            for row in range(some.shape[0]):
                into[row] = some[row, column]
    return columns


def simulation_of(r: Arrays, panel: Panel) -> Simulation:
    """Returns what a finished run left behind, as columns: the orders' are views of their log."""
    orders, fills, flows = (int(r.counters[place]) for place in _COUNTS)
    oi, of = r.order_ints[:orders].T, r.order_floats[:orders].T
    fi, ff = transposed(r.fill_ints[:fills]), transposed(r.fill_floats[:fills])
    wi, wf = transposed(r.flow_ints[:flows]), transposed(r.flow_floats[:flows])
    return Simulation(
        panel=panel,
        orders=Orders(
            submitted=oi[at.SUBMITTED],
            symbol=oi[at.SYMBOL],
            kind=oi[at.KIND],
            time_in_force=oi[at.TIME_IN_FORCE],
            amount_kind=oi[at.AMOUNT_KIND],
            amount=of[at.AMOUNT],
            quantity=of[at.WANTED],
            filled=of[at.FILLED_UNITS],
            limit=of[at.LIMIT_PRICE],
            stop=of[at.STOP_PRICE],
            group=oi[at.GROUP],
            state=oi[at.STATE],
            reason=oi[at.REASON],
            ended=oi[at.ENDED],
        ),
        fills=Fills(
            step=fi[at.FILL_STEP],
            order=fi[at.FILL_ORDER],
            symbol=fi[at.FILL_SYMBOL],
            quantity=ff[at.FILL_QUANTITY],
            price=ff[at.FILL_PRICE],
            reference_price=ff[at.FILL_REFERENCE],
            commission=ff[at.FILL_COMMISSION],
            rule=fi[at.FILL_RULE],
        ),
        flows=Flows(
            step=wi[at.FLOW_STEP],
            symbol=wi[at.FLOW_SYMBOL],
            kind=wi[at.FLOW_KIND],
            amount=wf[at.FLOW_AMOUNT],
            units=wf[at.FLOW_UNITS],
        ),
        cash=r.cash,
        position_value=r.position_value,
        gross_value=r.gross_value,
        equity=r.equity,
        held=r.positions[at.HELD].copy(),
        ambiguous_bars=r.positions[at.AMBIGUOUS].astype(np.int64),
    )


_COUNTS = (at.ORDER_COUNT, at.FILL_COUNT, at.FLOW_COUNT)
