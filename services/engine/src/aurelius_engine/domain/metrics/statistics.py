"""Everything that the metrics' formulas draw on, gathered once from a run."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.beside import at_once, begin
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.fixed_math import exp_kernel, log_kernel
from aurelius_engine.domain.metrics.activity import (
    AccountFacts,
    ExposureFacts,
    FillFacts,
    account_facts,
    exposure_facts,
    fill_facts,
)
from aurelius_engine.domain.metrics.benchmarks import BenchmarkFacts, benchmark_facts
from aurelius_engine.domain.metrics.drawdowns import DrawdownFacts, drawdown_facts
from aurelius_engine.domain.metrics.returns import (
    MonthFacts,
    ReturnFacts,
    all_positive,
    month_facts,
    return_facts,
)
from aurelius_engine.domain.metrics.tails import TailFacts, tail_facts
from aurelius_engine.domain.trades import TradeFacts, Trades, round_trips, trade_facts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OVERFLOW = "UNDEFINED_OVERFLOW"
# From so many bars on, two threads share the work.
LONG_BARS = 1 << 18
_NO_DRAWDOWNS = DrawdownFacts(0.0, 0.0, 0.0, 0.0, 0, 0.0, 0, 0, 0)
_NO_TAILS = TailFacts(0.0, 0.0, 0.0, 0.0, 0.0)
_NO_MONTHS = MonthFacts(0, 0.0, 0.0, 0)
_NO_BENCHMARK_BARS = BenchmarkFacts(0, *(13 * (0.0,)))
_NO_EXPOSURE = ExposureFacts(0, 0.0, 0.0, 0.0)
_NO_FILLS = FillFacts(0.0, 0.0, 0.0, 0, 0, 0.0, 0.0, 0.0)
_NO_ACCOUNT = AccountFacts(0, 0, 0, 0, *(5 * (0.0,)))
_NO_TRADES = TradeFacts(0, 0, 0, *(6 * (0.0,)), 0, 0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the formulas draw on. Ratios are per bar unless their name says otherwise.

    Attributes:
        bars: n.
        periods_per_year: P.
        risk_free: f, the risk-free rate a bar.
        annual_risk_free: f times P, as in the specification.
        initial: E_0.
        final: E_n.
        annual_return: (E_n / E_0)^(P / n) - 1, or why there is none.
        positive: Whether every mark is above 0; else the next four are of zeros.
        returns: Of the bars.
        drawdowns: Of the equity.
        tails: Of the returns.
        months: Of the calendar.
        benchmark: None without one.
        exposure: Of the positions.
        fills: Of the fills.
        account: Of orders and flows.
        trades: Of the round trips.
        fill_count: All fills.
        open_trades: Round trips open at the end.
        unattributed: Flows that belong to no round trip.
    """

    bars: int
    periods_per_year: float
    risk_free: float
    annual_risk_free: float
    initial: float
    final: float
    annual_return: float | str
    positive: bool
    returns: ReturnFacts
    drawdowns: DrawdownFacts
    tails: TailFacts
    months: MonthFacts
    benchmark: BenchmarkFacts | None
    exposure: ExposureFacts
    fills: FillFacts
    account: AccountFacts
    trades: TradeFacts
    fill_count: int
    open_trades: int
    unattributed: float


def _annual_return(equity: Floats, periods_per_year: float) -> float | str:
    ratio = float(equity[-1] / equity[0])
    if not 0.0 < ratio < math.inf:
        return OVERFLOW
    growth = log_kernel(ratio) * (periods_per_year / (equity.size - 1))
    if growth > 700.0:
        return OVERFLOW
    # Below -700, e^growth is lost beside 1.
    return exp_kernel(growth) - 1.0 if growth >= -700.0 else -1.0


def _tails(equity: Floats) -> TailFacts:
    return tail_facts(equity) if all_positive(equity) else _NO_TAILS


def _half(
    run: Simulation, equity: Floats, trades: Trades | None
) -> tuple[TailFacts, ExposureFacts, Trades]:
    """Gathers half of the facts, for another thread."""
    gross, net = np.ascontiguousarray(run.gross_value), np.ascontiguousarray(run.position_value)
    exposure = exposure_facts(gross, net, equity)
    return _tails(equity), exposure, round_trips(run) if trades is None else trades


def equity_statistics(
    equity: Floats,
    times: Ints,
    *,
    periods_per_year: float,
    risk_free_ratio: float,
    tails: Callable[[], TailFacts] | None = None,
) -> Statistics:
    """Gathers the statistics that follow from the equity; the others are of an idle account.

    Args:
        equity: Shape (n + 1,), contiguous, n at least 1; index 0 is the initial cash.
        times: Shape (n,), of the bars, ns UTC.
        periods_per_year: P.
        risk_free_ratio: A year.
        tails: What another thread gathers of the tails.
    """
    risk_free = risk_free_ratio / periods_per_year
    returns = return_facts(equity, risk_free)
    months = month_facts(equity, times) if returns.positive else _NO_MONTHS
    drawdowns = drawdown_facts(equity) if returns.positive else _NO_DRAWDOWNS
    return Statistics(
        bars=equity.size - 1,
        periods_per_year=periods_per_year,
        risk_free=risk_free,
        annual_risk_free=risk_free_ratio,
        initial=float(equity[0]),
        final=float(equity[-1]),
        annual_return=_annual_return(equity, periods_per_year),
        positive=returns.positive,
        returns=returns,
        drawdowns=drawdowns,
        tails=_tails(equity) if tails is None else tails(),
        months=months,
        benchmark=None,
        exposure=_NO_EXPOSURE,
        fills=_NO_FILLS,
        account=_NO_ACCOUNT,
        trades=_NO_TRADES,
        fill_count=0,
        open_trades=0,
        unattributed=0.0,
    )


def statistics(
    run: Simulation,
    trades: Trades | None,
    *,
    periods_per_year: float,
    risk_free_ratio: float,
    benchmark: Floats | None,
) -> Statistics:
    """Gathers the statistics of a run.

    Args:
        run: Finished.
        trades: Its round trips, if the caller has them already.
        periods_per_year: P.
        risk_free_ratio: A year.
        benchmark: Shape (n_steps,), its value, held, at each step, NaN before the first.
    """
    equity, fills = np.ascontiguousarray(run.equity), run.fills
    later = begin if equity.size >= LONG_BARS else at_once
    half = later(_half, run, equity, trades)
    traded = fill_facts(
        fills.step,
        fills.symbol,
        fills.quantity,
        fills.price,
        fills.reference_price,
        fills.commission,
        run.panel.volume,
        equity,
    )
    beside = None
    if benchmark is not None:
        closes = np.ascontiguousarray(benchmark)
        beside = benchmark_facts(equity, closes) if all_positive(equity) else _NO_BENCHMARK_BARS
    alone = equity_statistics(
        equity,
        run.panel.times,
        periods_per_year=periods_per_year,
        risk_free_ratio=risk_free_ratio,
        tails=lambda: half()[0],
    )
    _, exposure, trades = half()
    return replace(
        alone,
        benchmark=beside,
        exposure=exposure,
        fills=traded,
        account=account_facts(run.orders.state, run.flows.kind, run.flows.amount),
        trades=trade_facts(trades),
        fill_count=fills.step.size,
        open_trades=trades.profit.size - trades.closed,
        unattributed=trades.unattributed,
    )
