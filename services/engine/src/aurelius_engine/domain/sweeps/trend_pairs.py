"""Many runs of `trend_following` on one symbol that differ in their windows alone.

A mean over a window is computed once, however many pairs it is in. Each run goes through
the event core, its audit and the metrics' kernels as a run by itself does, so its numbers
have the same bits. What a run leaves to say, such as a refusal or an undefined metric, is
left to that run by itself.
"""

import math
from collections.abc import Callable, Sequence

# core-check: allow outside: each thread writes rows of its own, whoever is first
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.audit import SOUND, audit
from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import Decisions, no_orders
from aurelius_engine.domain.core.kernel import run_until
from aurelius_engine.domain.core.layout import Arrays, Run, run_of
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics.summary import summary
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.strategies.indicators import LEVEL, rolling_mean
from aurelius_engine.domain.strategies.prices import comparable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRIC_IDS = ("total_return_ratio", "sharpe_ratio", "max_drawdown_ratio")
# All means together; beyond it, runs by themselves take less memory.
MEANS_MAX_BYTES = 1 << 27
# Between two questions whether to stop: some milliseconds of daily bars.
_BLOCK_BARS = 1 << 20
# Borrow fee, margin interest and cash interest.
_FLOWS_A_STEP = 3
# Where a run says how many decisions it has.
_STEPS_SIZE, _SYMBOLS_SIZE, _TARGETS_SIZE = (
    3 * Arrays._fields.index(name) + 1
    for name in ("decision_step", "decision_symbol", "decision_target")
)


@compiled
def cross_decisions(
    quick: Floats,
    steady: Floats,
    first: int,
    long_short: bool,
    size: float,
    step: Ints,
    target: Floats,
) -> int:
    """Writes what `sides_on_change` gives of `sma_cross`, for a symbol with a bar at each step.

    Args:
        quick: Means over the fast window, shape (n_steps,).
        steady: Means over the slow window.
        first: The first step that has both.
        long_short: Whether the strategy may sell short.
        size: The target of a long side.
        step: Room for n_steps rows.
        target: As `step`.

    Returns:
        How many rows were written.
    """
    side, rows = 0, 0
    for i in range(first, steady.size):
        gap, level = quick[i] - steady[i], steady[i] * LEVEL
        new = side
        if gap > level:
            new = 1
        elif gap < -level:
            new = -1 if long_short else 0
        if new != side:
            side = new
            step[rows], target[rows] = i, side * size
            rows += 1
    return rows


@compiled
def run_pairs(
    means: Floats,
    pairs: Ints,
    long_short: bool,
    size: float,
    cash: float,
    rates: tuple[float, float],
    run: Run,
    step: Ints,
    target: Floats,
    work: Floats,
    sums: Floats,
    out: Floats,
) -> None:
    """Runs pairs one after the other and writes METRIC_IDS of each, NaN for what is left.

    Args:
        means: Shape (n_windows, n_steps).
        pairs: Shape (n_pairs, 3): rows of the fast and the slow mean, the slow window.
        long_short: Whether the strategy may sell short.
        size: The target of a long side.
        cash: The initial cash.
        rates: Periods a year, and the annual risk-free rate.
        run: Of arrays with room for n_steps decisions, which are `step` and `target`.
        step: Shape (n_steps,).
        target: Shape (n_steps,).
        work: As `summary`.
        sums: As `summary`.
        out: Shape (n_pairs, 3).
    """
    steps = means.shape[1]
    account, counters = at.account(run), at.counters(run)
    positions, lists = at.positions(run), at.lists(run)
    equity = at.equity(run)
    for row in range(pairs.shape[0]):
        slow = pairs[row, 2]
        rows = cross_decisions(
            means[pairs[row, 0]], means[pairs[row, 1]], slow - 1, long_short, size, step, target
        )
        run[_STEPS_SIZE] = run[_SYMBOLS_SIZE] = run[_TARGETS_SIZE] = rows
        account[:] = 0.0
        account[at.CASH] = account[at.EQUITY] = cash
        account[at.MONTH] = -1.0
        counters[:] = 0
        positions[:] = 0.0
        positions[at.USED_STEP] = -1.0
        lists[:] = 0
        lists[at.HEAD] = lists[at.TAIL] = -1
        out[row] = math.nan
        if run_until(run, steps) < steps:
            continue
        wrong, _, _, _ = audit(run, steps, cash)
        if wrong == SOUND:
            total, sharpe, drawdown = summary(equity, rates[0], rates[1], work, sums)
            out[row, 0], out[row, 1], out[row, 2] = total, sharpe, drawdown


class TrendPairs:
    """Computes METRIC_IDS of pairs of windows over one symbol. `mean_count` is of means made."""

    def __init__(
        self,
        spec: BacktestSpec,
        panel: Panel,
        *,
        sessions: Ints | None,
        periods_per_year: float,
        workers: int,
    ) -> None:
        """Takes what all runs share.

        Args:
            spec: Resolved: `trend_following` with a size that never changes, on change.
            panel: Of one symbol.
            sessions: As `new_run`.
            periods_per_year: Of the calendar.
            workers: Threads that run pairs; they change no number.
        """
        self._spec, self._panel, self._sessions = spec, panel, sessions
        self._close = np.ascontiguousarray(comparable(spec, panel).close[:, 0])
        self._rates = (periods_per_year, spec.risk_free_ratio)
        self._workers = workers
        self._means: dict[int, Floats] = {}
        self.mean_count = 0

    def run(
        self, pairs: Sequence[tuple[int, int]], should_stop: Callable[[], bool]
    ) -> list[tuple[float, float, float] | None]:
        """Returns the metrics of each pair (fast, slow), None where it must run by itself.

        Raises:
            RunCancelled: `should_stop`, asked every few pairs, said so.
        """
        steps = self._close.size
        windows = sorted({window for pair in pairs for window in pair if window <= steps})
        if len(windows) * steps * 8 > MEANS_MAX_BYTES:
            return [None] * len(pairs)
        means = self._stacked(windows)
        place = {window: row for row, window in enumerate(windows)}
        chosen = [i for i, (fast, slow) in enumerate(pairs) if fast < slow <= steps]
        rows = np.array(
            [(place[pairs[i][0]], place[pairs[i][1]], pairs[i][1]) for i in chosen],
            dtype=np.int64,
        ).reshape(-1, 3)
        out = np.empty((len(chosen), 3))
        share = -(-len(chosen) // self._workers) if chosen else 1
        parts = [slice(low, low + share) for low in range(0, len(chosen), share)]
        if len(parts) < 2:
            for part in parts:
                self._part(means, rows[part], out[part], should_stop)
        else:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="pairs") as pool:
                jobs = [
                    pool.submit(self._part, means, rows[part], out[part], should_stop)
                    for part in parts
                ]
                for job in jobs:
                    job.result()
        found: list[tuple[float, float, float] | None] = [None] * len(pairs)
        for i, numbers in zip(chosen, out.tolist(), strict=True):
            if all(map(math.isfinite, numbers)):
                found[i] = (numbers[0], numbers[1], numbers[2])
        return found

    def _stacked(self, windows: list[int]) -> Floats:
        """Returns the means over windows, each made once in the life of this object."""
        if len(self._means) * self._close.size * 8 > MEANS_MAX_BYTES:
            self._means.clear()
        for window in windows:
            if window not in self._means:
                self._means[window] = rolling_mean(self._close, window)
                self.mean_count += 1
        return np.array([self._means[window] for window in windows]).reshape(-1, self._close.size)

    def _part(
        self, means: Floats, pairs: Ints, out: Floats, should_stop: Callable[[], bool]
    ) -> None:
        spec, steps = self._spec, self._close.size
        step, target = np.zeros(steps, dtype=np.int64), np.zeros(steps)
        decisions = Decisions(
            step=step,
            symbol=np.zeros(steps, dtype=np.int64),
            target=target,
            in_units=spec.sizing.name == "fixedUnits",
        )
        arrays = new_run(spec, self._panel, decisions, no_orders(), self._sessions)
        financing = spec.financing
        if (
            financing.borrow_fee_ratio
            or financing.margin_interest_ratio
            or financing.cash_interest_ratio
        ):
            rows = _FLOWS_A_STEP * steps + 64
            arrays = arrays._replace(
                flow_ints=np.empty((rows, 3), dtype=np.int64), flow_floats=np.empty((rows, 2))
            )
        run = run_of(arrays)  # addresses: `arrays` must outlive it
        work, sums = np.empty(BLOCK), np.empty(2 * LANES)
        size = spec.sizing.number("units" if decisions.in_units else "ratio")
        block = max(1, _BLOCK_BARS // steps)
        for low in range(0, len(pairs), block):
            if should_stop():
                raise RunCancelled("a caller cancelled the sweep")
            run_pairs(
                means,
                pairs[low : low + block],
                spec.long_short,
                size,
                spec.initial_cash,
                self._rates,
                run,
                step,
                target,
                work,
                sums,
                out[low : low + block],
            )
        del arrays
