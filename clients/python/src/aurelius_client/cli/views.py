"""What a person sees of a result."""

from collections.abc import Iterator

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.markup import escape

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2
from aurelius_client.cli.metric_groups import Values, grouped, plain

# What each label says that the numbers rest on.
LABELS = {
    "assumed_intrabar_path": "which way prices went inside a bar is assumed",
    "corporate_actions_not_applied": "prices are taken as they are, over splits and dividends",
    "experimental": "nobody vouches for the code or the training behind the signals",
    "listed_orders": "the orders were listed beforehand, perhaps in hindsight",
    "no_margin_call": "a debt or a short position is never called",
    "risk_free_below_cash": "the ratios subtract less than idle cash earns",
    "same_close_fill": "fills at the close that decided, which nobody can have",
    "volume_ignored": "a fill may take any part of a bar's volume",
    "zero_borrow_fee": "borrowed stock costs nothing",
    "zero_commission": "no fill pays commission",
    "zero_margin_interest": "borrowed cash costs nothing",
    "zero_slippage": "no order of the strategy pays slippage",
}
# A row: what it is, its value, what belongs beside it.
Row = tuple[str, str, str]
_SHOWN_SYMBOLS = 8


def print_result(
    result: backtest_pb2.BacktestResult,
    spec: backtest_spec_pb2.BacktestSpec,
    every_metric: bool = False,
) -> None:
    """Prints identity, digests, what was run, metrics and labels.

    Args:
        result: The result.
        spec: The run's specification; defaults may be absent.
        every_metric: Every metric in its own unit, by group, instead of a summary.
    """
    console = Console(highlight=False)
    for name, value in _facts(result, spec):
        console.print(f"[dim]{name:<15}[/dim] {value}", soft_wrap=True)
    if every_metric:
        _print_every_metric(console, result)
    else:
        _print_summary(console, Values(result.metrics))
    console.print("\n[bold]labels[/bold]" + ("" if result.labels else ": none"))
    for label in result.labels:
        console.print(f"  {label:<30} [dim]{LABELS.get(label, '')}[/dim]", soft_wrap=True)
    if not every_metric:
        count = len(result.metrics)
        console.print(f"\n[dim]--all prints all {count} metrics, --json the result itself[/dim]")


def _facts(
    result: backtest_pb2.BacktestResult, spec: backtest_spec_pb2.BacktestSpec
) -> Iterator[tuple[str, str]]:
    identity = result.identity
    yield "run", result.run
    yield "spec hash", identity.spec_hash
    yield "data hash", identity.data_hash
    yield "seed", str(identity.seed)
    yield "engine version", identity.engine_version
    yield "result digest", f"[bold]{result.result_digest}[/bold]"
    yield "strategy", escape(strategy_of(spec))
    yield "symbols", escape(_symbols(spec))
    rows = {table.artifact_id: table.row_count for table in result.artifact_digests}
    start = _moment(spec.start_time) if spec.HasField("start_time") else "first bar"
    end = f"before {_moment(spec.end_time)}" if spec.HasField("end_time") else "last bar"
    # The equity has a mark before the first bar.
    bars = max(rows.get("equity", 1) - 1, 0)
    yield "window", f"{start} to {end}, {bars:,} bars on {spec.calendar}"


def _moment(time: Timestamp) -> str:
    """Returns a time, and a midnight as its date."""
    return time.ToJsonString().removesuffix("T00:00:00Z")


def strategy_of(spec: backtest_spec_pb2.BacktestSpec) -> str:
    """Returns a strategy and its parameters in one line, as the specification has them."""
    template = spec.strategy.WhichOneof("template") or ""
    if template == "order_list":
        return f"orderList of {len(spec.strategy.order_list.orders):,} orders"
    if template == "formula":
        formula = spec.strategy.formula
        return f"formula {formula.text}" if formula.text else "formula, by its tree"
    ((name, parameters),) = json_format.MessageToDict(spec.strategy).items()
    return ", ".join([name, *(f"{key} {value}" for key, value in parameters.items())])


def _symbols(spec: backtest_spec_pb2.BacktestSpec) -> str:
    if not spec.symbols:
        return "all of the data"
    shown, more = spec.symbols[:_SHOWN_SYMBOLS], len(spec.symbols) - _SHOWN_SYMBOLS
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _print_summary(console: Console, values: Values) -> None:
    for title, rows in (
        ("return", _returns(values)),
        ("risk", _risk(values)),
        ("trading", _trading(values)),
        ("costs and income", _costs(values)),
        ("against the benchmark", _benchmark(values)),
    ):
        found = list(rows)
        if not found:
            continue
        console.print(f"\n[bold]{title}[/bold]")
        for name, value, beside in found:
            remark = f"  [dim]{beside}[/dim]" if beside else ""
            console.print(f"  {name:<18} {value:>15}{remark}", soft_wrap=True)


def _returns(v: Values) -> Iterator[Row]:
    yield (
        "final equity",
        v.amount("final_equity"),
        f"closed {v.amount('closed_profit')}, open {v.amount('open_profit')}",
    )
    yield "total return", v.percent("total_return_ratio"), ""
    yield (
        "annual return",
        v.percent("annual_return_ratio"),
        v.why_not("annual_return_ratio") or "compounded",
    )
    if v.has("sharpe_ratio"):
        yield (
            "Sharpe ratio",
            f"{v.number('sharpe_ratio')} ± {v.number('sharpe_standard_error_ratio')}",
            f"± standard error; probabilistic {v.percent('probabilistic_sharpe_2012_ratio')}",
        )
    else:
        yield "Sharpe ratio", "undefined", v.why_not("sharpe_ratio")
    for name, metric_id in (("Sortino ratio", "sortino_ratio"), ("Calmar ratio", "calmar_ratio")):
        yield name, v.number(metric_id), v.why_not(metric_id)


def _risk(v: Values) -> Iterator[Row]:
    volatility = "annual_volatility_ratio"
    yield "annual volatility", v.percent(volatility), v.why_not(volatility)
    recovery = (
        f"recovered in {v.number('drawdown_recovery_bars', 0)} bars"
        if v.has("drawdown_recovery_bars")
        else v.why_not("drawdown_recovery_bars")
    )
    longest = f"longest {v.number('longest_drawdown_bars', 0)} bars"
    yield "deepest drawdown", v.percent("max_drawdown_ratio"), f"{recovery}; {longest}"
    yield (
        "value at risk 95 %",
        v.percent("value_at_risk_95_ratio"),
        f"a bar; {v.percent('conditional_value_at_risk_95_ratio')} in the mean beyond it",
    )


def _trading(v: Values) -> Iterator[Row]:
    parts = (
        f"{v.number(f'{state}_order_count', 0)} {state}"
        for state in ("filled", "cancelled", "rejected", "open")
        if v.is_nonzero(f"{state}_order_count")
    )
    yield "orders", v.number("order_count", 0), ", ".join(parts)
    beside = f"{v.number('open_trade_count', 0)} more open"
    if v.has("win_rate_ratio"):
        held = f"held {v.number('mean_holding_bars', 1)} bars"
        beside += f"; {v.percent('win_rate_ratio')} won, {held}"
    yield "round trips", v.number("trade_count", 0), beside
    yield "profit factor", v.number("profit_factor_ratio"), v.why_not("profit_factor_ratio")
    yield (
        "time in the market",
        v.percent("exposure_ratio"),
        f"gross: mean {v.percent('mean_gross_ratio')}, most {v.percent('max_gross_ratio')}",
    )
    yield "turnover", v.number("turnover_ratio"), v.why_not("turnover_ratio") or "times a year"
    yield (
        "capacity",
        v.amount("capacity_equity"),
        v.why_not("capacity_equity") or "equity at which fills are 1 % of volume",
    )


def _costs(v: Values) -> Iterator[Row]:
    """Commission and slippage always, as 0 is an assumption; the rest where there is some."""
    yield "commission", v.amount("commission_total"), ""
    yield "slippage", v.amount("slippage_total"), ""
    for name, metric_id in (
        ("borrow fees", "borrow_fee_total"),
        ("interest, net", "interest_total"),
    ):
        if v.is_nonzero(metric_id):
            yield name, v.amount(metric_id), "paid"
    for name, metric_id in (
        ("dividends, net", "dividend_total"),
        ("cash in lieu, net", "cash_in_lieu_total"),
    ):
        if v.is_nonzero(metric_id):
            yield name, v.amount(metric_id), "received"


def _benchmark(v: Values) -> Iterator[Row]:
    if not v.has("benchmark_return_ratio"):
        return
    benchmark = f"benchmark {v.percent('benchmark_return_ratio')}"
    yield "excess return", v.percent("excess_return_ratio"), benchmark
    yield (
        "alpha",
        v.percent("alpha_ratio"),
        v.why_not("alpha_ratio") or f"a year; beta {v.number('beta')}",
    )
    yield (
        "information ratio",
        v.number("information_ratio"),
        v.why_not("information_ratio")
        or f"tracking error {v.percent('tracking_error_ratio')} a year",
    )


def _print_every_metric(console: Console, result: backtest_pb2.BacktestResult) -> None:
    for title, metrics in grouped(result.metrics):
        console.print(f"\n[bold]{title}[/bold]")
        for metric in metrics:
            if metric.WhichOneof("outcome") != "value":
                value = f"[dim]{metric.undefined_reason:>31}[/dim]"
            else:
                unit = (
                    "" if metric.unit == "none" else f" [dim]{metric.unit.replace('_', ' ')}[/dim]"
                )
                value = f"{plain(metric):>16}{unit}"
            console.print(f"  {metric.metric_id:<37} {value}", soft_wrap=True)
