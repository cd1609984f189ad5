"""The metrics by what they are about, and how a person reads their values."""

from collections.abc import Callable, Mapping, Sequence

from aurelius.engine.v1 import backtest_pb2

# A metric that is none of these, as of a newer server, is shown after them.
GROUPS: Mapping[str, Sequence[str]] = {
    "returns": (
        "final_equity",
        "total_return_ratio",
        "annual_return_ratio",
        "mean_return_ratio",
        "best_bar_ratio",
        "worst_bar_ratio",
        "positive_bar_ratio",
        "best_month_ratio",
        "worst_month_ratio",
        "positive_month_ratio",
    ),
    "risk and drawdown": (
        "annual_volatility_ratio",
        "downside_deviation_ratio",
        "max_drawdown_ratio",
        "final_drawdown_ratio",
        "average_drawdown_ratio",
        "drawdown_count",
        "longest_drawdown_bars",
        "drawdown_recovery_bars",
        "underwater_ratio",
        "pain_index_ratio",
        "ulcer_index_ratio",
    ),
    "tails": (
        "value_at_risk_95_ratio",
        "value_at_risk_99_ratio",
        "conditional_value_at_risk_95_ratio",
        "conditional_value_at_risk_99_ratio",
        "cornish_fisher_value_at_risk_95_ratio",
        "cornish_fisher_value_at_risk_99_ratio",
        "skewness",
        "excess_kurtosis",
        "tail_ratio",
    ),
    "return for risk": (
        "sharpe_ratio",
        "sharpe_standard_error_ratio",
        "probabilistic_sharpe_2012_ratio",
        "probabilistic_sharpe_2025_ratio",
        "sortino_ratio",
        "calmar_ratio",
        "martin_ratio",
        "recovery_factor_ratio",
        "omega_ratio",
        "gain_to_pain_ratio",
    ),
    "exposure and capacity": (
        "exposure_ratio",
        "mean_gross_ratio",
        "max_gross_ratio",
        "mean_net_ratio",
        "turnover_ratio",
        "mean_participation_ratio",
        "max_participation_ratio",
        "capacity_equity",
    ),
    "costs and income": (
        "commission_total",
        "slippage_total",
        "borrow_fee_total",
        "interest_total",
        "dividend_total",
        "cash_in_lieu_total",
    ),
    "orders": (
        "fill_count",
        "order_count",
        "filled_order_count",
        "cancelled_order_count",
        "rejected_order_count",
        "open_order_count",
    ),
    "round trips": (
        "trade_count",
        "open_trade_count",
        "win_rate_ratio",
        "profit_factor_ratio",
        "average_trade_ratio",
        "best_trade_ratio",
        "worst_trade_ratio",
        "average_trade_profit",
        "payoff_ratio",
        "expectancy_ratio",
        "mean_holding_bars",
        "max_consecutive_losses",
        "closed_profit",
        "open_profit",
        "unexplained_profit",
    ),
    "against the benchmark": (
        "benchmark_return_ratio",
        "excess_return_ratio",
        "beta",
        "alpha_ratio",
        "correlation",
        "tracking_error_ratio",
        "information_ratio",
        "treynor_ratio",
        "up_capture_ratio",
        "down_capture_ratio",
    ),
}
_CENT = 0.005


def grouped(
    metrics: Sequence[backtest_pb2.MetricValue],
) -> list[tuple[str, list[backtest_pb2.MetricValue]]]:
    """Returns the metrics under the titles of their groups, each metric once."""
    title_of = {name: title for title, names in GROUPS.items() for name in names}
    found: dict[str, list[backtest_pb2.MetricValue]] = {title: [] for title in (*GROUPS, "other")}
    for metric in metrics:
        found[title_of.get(metric.metric_id, "other")].append(metric)
    return [(title, members) for title, members in found.items() if members]


def plain(metric: backtest_pb2.MetricValue) -> str:
    """Returns a value in its own unit, or the reason why there is none."""
    if metric.WhichOneof("outcome") != "value":
        return metric.undefined_reason
    if metric.unit == "count":
        return f"{metric.value:,.0f}"
    return money(metric.value) if metric.unit == "quote_currency" else f"{metric.value:,.6g}"


def money(value: float) -> str:
    """Returns an amount to the cent; what is less than half of one keeps its digits."""
    return f"{value:.3g}" if 0.0 < abs(value) < _CENT else f"{value:,.2f}"


class Values:
    """The metrics of a run by id, each as one word of a summary."""

    def __init__(self, metrics: Sequence[backtest_pb2.MetricValue]) -> None:
        """Takes the metrics of a result."""
        self._metrics = {metric.metric_id: metric for metric in metrics}

    def has(self, metric_id: str) -> bool:
        """Whether the metric is there and defined."""
        metric = self._metrics.get(metric_id)
        return metric is not None and metric.WhichOneof("outcome") == "value"

    def why_not(self, metric_id: str) -> str:
        """Returns why a metric has no value, in words; nothing if it has one."""
        if self.has(metric_id):
            return ""
        metric = self._metrics.get(metric_id)
        reason = "UNDEFINED_NOT_COMPUTED" if metric is None else metric.undefined_reason
        return reason.removeprefix("UNDEFINED_").lower().replace("_", " ")

    def percent(self, metric_id: str) -> str:
        """Returns a fraction in percent."""
        return self._as(metric_id, lambda value: f"{value * 100.0:,.2f} %")

    def number(self, metric_id: str, digits: int = 2) -> str:
        """Returns a value with so many decimals."""
        return self._as(metric_id, lambda value: f"{value:,.{digits}f}")

    def amount(self, metric_id: str) -> str:
        """Returns an amount of the quote currency."""
        return self._as(metric_id, money)

    def is_nonzero(self, metric_id: str) -> bool:
        """Whether the metric is defined and other than 0."""
        return self.has(metric_id) and self._metrics[metric_id].value != 0.0

    def _as(self, metric_id: str, text: Callable[[float], str]) -> str:
        return text(self._metrics[metric_id].value) if self.has(metric_id) else "undefined"
