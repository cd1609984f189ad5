"""Definitions of exposure, turnover, capacity, cost and round-trip metrics."""

from aurelius_engine.domain.metrics.definition import Metric, Outcome, metric
from aurelius_engine.domain.metrics.statistics import Statistics

# Fills of this part of a bar's volume, in the mean, mark what an account can hold.
_CAPACITY_PART = 0.01


def _expectancy(s: Statistics) -> Outcome:
    t = s.trades
    return (t.profit / t.trades) / (t.lost_profit / t.lost)


def _unexplained(s: Statistics) -> Outcome:
    explained = s.trades.profit + s.trades.open_profit + s.unattributed
    return (s.final - s.initial) - explained


_EXPOSURE = (
    metric(
        "exposure_ratio",
        "ratio",
        "bars whose close marks a position / n",
        lambda s: s.exposure.held_bars / s.bars,
        divisor="n",
    ),
    metric(
        "mean_gross_ratio",
        "ratio",
        "sum(G_t / E_t) / n, G = long + short value at the close",
        lambda s: s.exposure.mean_gross,
        divisor="n",
        condition="positive",
    ),
    metric(
        "max_gross_ratio",
        "ratio",
        "max(G_t / E_t)",
        lambda s: s.exposure.max_gross,
        divisor="E_t",
        condition="positive",
    ),
    metric(
        "mean_net_ratio",
        "ratio",
        "sum(N_t / E_t) / n, N = long - short value at the close",
        lambda s: s.exposure.mean_net,
        divisor="n",
        condition="positive",
    ),
    metric(
        "turnover_ratio",
        "ratio_per_year",
        "sum |quantity| price / mean(E_1..E_n) P / n",
        lambda s: s.fills.traded_value / s.returns.mean_equity * s.periods_per_year / s.bars,
        divisor="mean(E_1..E_n)",
        condition="positive",
        annualisation="times P / n",
    ),
    metric(
        "mean_participation_ratio",
        "ratio",
        "mean over fills in a bar of |quantity| / volume of the bar",
        lambda s: s.fills.mean_part,
        divisor="fills in a bar of their symbol",
        condition="volume",
    ),
    metric(
        "max_participation_ratio",
        "ratio",
        "max over fills in a bar of |quantity| / volume of the bar",
        lambda s: s.fills.max_part,
        divisor="volume of the bar",
        condition="volume",
    ),
    metric(
        "capacity_equity",
        "quote_currency",
        "0.01 / mean over fills in a bar of |quantity| / volume / E before the bar: the equity "
        "at which the same fills, in proportion, would be 1 % of volume in the mean",
        lambda s: _CAPACITY_PART / s.fills.mean_part_of_equity,
        divisor="fills in a bar of their symbol",
        condition="capacity",
    ),
)

_COSTS = (
    metric(
        "commission_total",
        "quote_currency",
        "sum of commissions",
        lambda s: s.fills.commission,
    ),
    metric(
        "slippage_total",
        "quote_currency",
        "sum quantity (price - reference price)",
        lambda s: s.fills.slippage,
    ),
    metric(
        "borrow_fee_total",
        "quote_currency",
        "sum of borrow fees, paid",
        lambda s: 0.0 - s.account.borrow_fee,
    ),
    metric(
        "interest_total",
        "quote_currency",
        "interest on margin paid - interest on cash received",
        lambda s: 0.0 - (s.account.margin_interest + s.account.cash_interest),
    ),
    metric(
        "dividend_total",
        "quote_currency",
        "dividends received - paid on short positions",
        lambda s: s.account.dividend,
    ),
    metric(
        "cash_in_lieu_total",
        "quote_currency",
        "cash received for parts of lots at splits - paid on short positions",
        lambda s: s.account.cash_in_lieu,
    ),
    metric("fill_count", "count", "fills", lambda s: float(s.fill_count)),
    metric(
        "order_count",
        "count",
        "orders",
        lambda s: float(
            s.account.open + s.account.filled + s.account.cancelled + s.account.rejected
        ),
    ),
    metric("filled_order_count", "count", "orders filled whole", lambda s: float(s.account.filled)),
    metric(
        "cancelled_order_count", "count", "orders cancelled", lambda s: float(s.account.cancelled)
    ),
    metric("rejected_order_count", "count", "orders rejected", lambda s: float(s.account.rejected)),
    metric("open_order_count", "count", "orders open at the end", lambda s: float(s.account.open)),
)

_TRADES = (
    metric("trade_count", "count", "closed round trips", lambda s: float(s.trades.trades)),
    metric(
        "open_trade_count", "count", "round trips open at the end", lambda s: float(s.open_trades)
    ),
    metric(
        "win_rate_ratio",
        "ratio",
        "closed round trips with profit > 0 / closed round trips",
        lambda s: s.trades.won / s.trades.trades,
        divisor="trade_count",
        condition="trades",
        version=2,
    ),
    metric(
        "profit_factor_ratio",
        "ratio",
        "sum of profits > 0 / -sum of profits < 0",
        lambda s: s.trades.won_profit / s.trades.lost_profit,
        divisor="sum of losses",
        condition="losses",
        version=2,
    ),
    metric(
        "average_trade_ratio",
        "ratio",
        "mean(profit / entry value) over closed round trips",
        lambda s: s.trades.ratio_sum / s.trades.trades,
        divisor="trade_count",
        condition="trades",
        version=2,
    ),
    metric(
        "best_trade_ratio",
        "ratio",
        "max(profit / entry value) over closed round trips",
        lambda s: s.trades.best,
        divisor="entry value",
        condition="trades",
    ),
    metric(
        "worst_trade_ratio",
        "ratio",
        "min(profit / entry value) over closed round trips",
        lambda s: s.trades.worst,
        divisor="entry value",
        condition="trades",
    ),
    metric(
        "average_trade_profit",
        "quote_currency",
        "mean profit of closed round trips",
        lambda s: s.trades.profit / s.trades.trades,
        divisor="trade_count",
        condition="trades",
    ),
    metric(
        "payoff_ratio",
        "ratio",
        "mean profit > 0 / -mean profit < 0",
        lambda s: (s.trades.won_profit / s.trades.won) / (s.trades.lost_profit / s.trades.lost),
        divisor="mean loss",
        condition="payoff",
    ),
    metric(
        "expectancy_ratio",
        "ratio",
        "mean profit / -mean profit < 0",
        _expectancy,
        divisor="mean loss",
        condition="losses",
    ),
    metric(
        "mean_holding_bars",
        "bars",
        "mean of exit step - entry step over closed round trips",
        lambda s: s.trades.holding_bars / s.trades.trades,
        divisor="trade_count",
        condition="trades",
    ),
    metric(
        "max_consecutive_losses",
        "count",
        "longest row of closed round trips with profit < 0, in the order of their ends",
        lambda s: float(s.trades.losing_run),
    ),
    metric("closed_profit", "quote_currency", "sum of closed profits", lambda s: s.trades.profit),
    metric(
        "open_profit",
        "quote_currency",
        "profits of open round trips, sold at the last close without cost",
        lambda s: s.trades.open_profit,
    ),
    metric(
        "unexplained_profit",
        "quote_currency",
        "E_n - E_0 - closed_profit - open_profit - flows of no round trip: rounding alone",
        _unexplained,
    ),
)

TRADING_METRICS: tuple[Metric, ...] = _EXPOSURE + _COSTS + _TRADES
