"""Targets whose size depends on the other symbols or on the symbol's own returns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.portfolio.tables import (
    NO_BAR,
    Table,
    empty_table,
    side_of,
    told,
    with_room,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EQUAL_WEIGHT, INVERSE_VOLATILITY, VOLATILITY_TARGET, KELLY_FRACTION = range(4)
# A deviation of returns up to this is the rounding of prices, and no risk.
NO_RISK = 2.0**-40


class Rule(NamedTuple):
    """A sizing as numbers; portfolio.proto.

    Attributes:
        method: One of the codes above.
        long_short: Whether signals below 0 are short, else they are flat.
        scale: The gross ratio, the volatility wanted of one bar, or Kelly's fraction.
        cap: The most that one symbol's part is scaled to, before it is shared.
        lookback: Returns that a size rests on; 0 for EQUAL_WEIGHT.
        fresh_ns: How long a symbol without a bar counts as it was at its last one.
    """

    method: int
    long_short: bool
    scale: float
    cap: float
    lookback: int
    fresh_ns: int


class State(NamedTuple):
    """What is known of each symbol so far. Shape (n_symbols,), `returns` (n_symbols, room).

    Attributes:
        side: What its last bar asked for; 0 while its size is not known.
        seen: The time of that bar, ns.
        moved: Whether the side is new at this step, of a symbol with a bar.
        present: Whether it has a bar at this step.
        previous: Its last close, NaN before the first.
        returned: Its returns so far.
        returns: The last of them, return k at place k modulo the room.
        memory: The target last told, NaN before the first.
    """

    side: Ints
    seen: Ints
    moved: NDArray[np.bool_]
    present: NDArray[np.bool_]
    previous: Floats
    returned: Ints
    returns: Floats
    memory: Floats


class Bars(NamedTuple):
    """What a panel shows: shape (n_steps,) for times, else (n_steps, n_symbols).

    `dividend` and `split_ratio` are of shape (0, 0) where no action is applied.
    """

    times: Ints
    close: Floats
    dividend: Floats
    split_ratio: Floats


def new_state(rule: Rule, bars: Bars) -> State:
    """Returns the state before the first step."""
    steps, width = bars.close.shape
    room = min(rule.lookback, steps)
    return State(
        side=np.zeros(width, np.int64),
        seen=np.zeros(width, np.int64),
        moved=np.zeros(width, np.bool_),
        present=np.zeros(width, np.bool_),
        previous=np.full(width, np.nan),
        returned=np.zeros(width, np.int64),
        returns=np.zeros((width, room)),
        memory=np.full(width, np.nan),
    )


@compiled
def shares(
    signals: Floats,
    bars: Bars,
    due: NDArray[np.bool_],
    rule: Rule,
    state: State,
    first: int,
    end: int,
) -> Table:
    """Returns the targets of symbols with a bar at the steps [first, end).

    Args:
        signals: Shape (n_steps, n_symbols).
        bars: Of the same steps and symbols.
        due: Shape (n_steps,), the steps of a schedule; or empty: where a side changes.
        rule: The sizing.
        state: After the step before `first`; is kept up.
        first: The first step.
        end: The step after the last.

    Returns:
        Steps, symbols and targets, by step, then symbol.
    """
    table, rows = empty_table(), 0
    width = signals.shape[1]
    wanted = np.empty(width)
    shared = rule.method in (EQUAL_WEIGHT, INVERSE_VOLATILITY)
    scheduled, t = due.size > 0, first
    while True:
        t = _observe(signals, bars, due, t, end, rule, state)
        if t == end:
            break
        if shared:
            _share(rule, state, bars.times[t], wanted)
        for j in range(width):
            told_now = state.present[j] and (scheduled or state.moved[j])
            if shared:
                told_now = told_now or (state.present[j] and state.side[j] != 0)
            if not told_now:
                wanted[j] = np.nan
            elif not shared:
                wanted[j] = state.side[j] * _part(rule, state, j) / width
        if table[0].size < rows + width:
            table = with_room(table, rows + width)
        rows = told(table, rows, t, wanted, state.memory, True)
        t += 1
    return table[0][:rows], table[1][:rows], table[2][:rows]


@compiled
def _observe(
    signals: Floats,
    bars: Bars,
    due: NDArray[np.bool_],
    first: int,
    end: int,
    rule: Rule,
    state: State,
) -> int:
    """Takes in steps from `first` on. Returns the first at which to decide, or `end`."""
    room = state.returns.shape[1]
    for t in range(first, end):
        moved = False
        for j in range(signals.shape[1]):
            close = bars.close[t, j]
            state.present[j], state.moved[j] = close == close, False
            if close != close:
                continue
            if rule.lookback > 0:
                previous = state.previous[j]
                if previous == previous:
                    worth = close
                    if bars.split_ratio.size:
                        worth = (close + bars.dividend[t, j]) * bars.split_ratio[t, j]
                    state.returns[j, state.returned[j] % room] = worth / previous - 1.0
                    state.returned[j] += 1
                state.previous[j] = close
            side = side_of(signals[t, j], close, rule.long_short)
            if state.returned[j] < rule.lookback:
                side = 0
            state.seen[j] = bars.times[t]
            if side not in (state.side[j], NO_BAR):
                state.side[j], state.moved[j], moved = side, True, True
        if due[t] if due.size else moved:
            return t
    return end


@compiled
def _share(rule: Rule, state: State, now: int, wanted: Floats) -> None:
    """Shares the gross ratio among the symbols that have a side."""
    total, lost = 0.0, 0.0  # Neumaier (1974)
    for j in range(wanted.size):
        wanted[j] = 0.0
        if state.side[j] != 0 and now - state.seen[j] <= rule.fresh_ns:
            part = 1.0 if rule.method == EQUAL_WEIGHT else _part(rule, state, j)
            wanted[j] = part
            new = total + part
            lost += (total - new) + part if total >= part else (part - new) + total
            total = new
    total += lost
    for j in range(wanted.size):
        if wanted[j] > 0.0:
            wanted[j] = state.side[j] * (rule.scale * (wanted[j] / total))


@compiled
def _part(rule: Rule, state: State, j: int) -> float:
    """Returns the size of one symbol before it is shared, at least 0."""
    if state.side[j] == 0:
        return 0.0
    mean, deviation = _moments(state.returns[j], state.returned[j])
    if deviation <= NO_RISK:
        return 0.0
    if rule.method == INVERSE_VOLATILITY:
        return 1.0 / deviation
    if rule.method == VOLATILITY_TARGET:
        return min(rule.scale / deviation, rule.cap)
    edge = state.side[j] * mean
    return min(rule.scale * edge / (deviation * deviation), rule.cap) if edge > 0.0 else 0.0


@compiled
def _moments(returns: Floats, count: int) -> tuple[float, float]:
    """Returns the mean and the sample deviation of all returns of a full ring, oldest first."""
    size = returns.size
    oldest = count % size
    total = 0.0
    for k in range(oldest, size):
        total += returns[k]
    for k in range(oldest):
        total += returns[k]
    mean = total / size
    squares = 0.0
    for k in range(oldest, size):
        squares += (returns[k] - mean) * (returns[k] - mean)
    for k in range(oldest):
        squares += (returns[k] - mean) * (returns[k] - mean)
    return mean, np.sqrt(squares / (size - 1))
