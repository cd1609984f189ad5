"""Who may be held when: membership as of each bar. docs/specs/data_universe.md section 2.

A symbol counts as a member from its latest bar on as that bar says. Before its first bar,
and in data without the column `member`, see each function.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain import errors
from aurelius_engine.domain.core.decisions import Decisions, ScheduledOrders
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Templates whose symbols are held together or not at all.
_TOGETHER = ("pairsTrading",)


def members_only(values: Floats, panel: Panel) -> Floats:
    """Returns a matrix of the panel's shape with NaN wherever a symbol is no member."""
    if panel.member is None:
        return values
    return np.where(panel.member == 1.0, values, np.nan)


def member_signals(spec: BacktestSpec, panel: Panel, signals: Floats) -> Floats:
    """Returns the signals of members; what is no member has none.

    Of a pair neither has one unless both are members.

    Args:
        spec: Resolved.
        panel: What was decided on.
        signals: Shape (n_steps, n_symbols).
    """
    if panel.member is None:
        return signals
    if spec.strategy.name in _TOGETHER:
        together = np.all(_latest(panel.member) == 1.0, axis=1)
        return np.where(together[:, None], signals, np.nan)
    return members_only(signals, panel)


def with_exits(decisions: Decisions, panel: Panel, orders: ScheduledOrders) -> Decisions:
    """Returns the decisions and a target of 0 wherever a membership ends.

    A membership ends at the first bar of a symbol that says 0 after one that says 1. A
    symbol of the list of orders is told a 0 at each bar that says 0: what a resting order
    opens there, the next open closes.

    Args:
        decisions: Of members.
        panel: Of the run.
        orders: Of a list; none of another strategy.
    """
    if panel.member is None:
        return decisions
    outside = panel.member == 0.0
    listed = np.zeros(len(panel.symbols), np.bool_)
    listed[orders.symbol] = True
    before = np.vstack((np.full((1, listed.size), np.nan), _latest(panel.member)[:-1]))
    step, symbol = np.nonzero(outside & (listed | (before == 1.0)))
    taken = decisions.step * listed.size + decisions.symbol
    fresh = ~np.isin(step * listed.size + symbol, taken)
    steps = np.concatenate((decisions.step, step[fresh]))
    symbols = np.concatenate((decisions.symbol, symbol[fresh]))
    targets = np.concatenate((decisions.target, np.zeros(np.count_nonzero(fresh))))
    order = np.lexsort((symbols, steps))
    return replace(
        decisions,
        step=steps[order].astype(np.int64),
        symbol=symbols[order].astype(np.int64),
        target=targets[order],
    )


def refuse_outsiders(panel: Panel, steps: Ints, symbols: Ints, times: Sequence[str]) -> None:
    """Refuses listed orders of symbols that are no members when they are sent.

    Args:
        panel: Of the run.
        steps: At whose close each order is sent.
        symbols: Their places.
        times: As the list has them.

    Raises:
        OrderOutsideUniverse: With the first of them.
    """
    if panel.member is None:
        return
    bad = np.flatnonzero(_latest(panel.member)[steps, symbols] == 0.0)
    if bad.size:
        symbol = panel.symbols[int(symbols[bad[0]])]
        raise errors.OrderOutsideUniverse(
            f"{symbol} is no member of the universe at {times[int(bad[0])]}",
            found=f"{symbol} at {times[int(bad[0])]}",
            allowed="an order while `member` is 1",
        )


@compiled
def _latest(member: Floats) -> Floats:
    """Returns what each symbol's latest bar says, NaN before its first."""
    out = np.empty(member.shape)
    last = np.full(member.shape[1], np.nan)
    for t in range(member.shape[0]):
        for s in range(last.size):
            if not np.isnan(member[t, s]):
                last[s] = member[t, s]
            out[t, s] = last[s]
    return out
