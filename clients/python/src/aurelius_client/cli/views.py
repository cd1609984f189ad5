"""What a person sees of a result."""

from rich import box
from rich.console import Console
from rich.table import Table

from aurelius.engine.v1 import backtest_pb2


def print_result(result: backtest_pb2.BacktestResult) -> None:
    """Prints identity, digests, metrics and labels."""
    console = Console(highlight=False)
    identity = result.identity
    for name, value in (
        ("run", result.run),
        ("spec hash", identity.spec_hash),
        ("data hash", identity.data_hash),
        ("seed", str(identity.seed)),
        ("engine version", identity.engine_version),
        ("result digest", f"[bold]{result.result_digest}[/bold]"),
    ):
        console.print(f"[dim]{name:<15}[/dim] {value}", soft_wrap=True)
    metrics = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    metrics.add_column("metric")
    metrics.add_column("value", justify="right")
    metrics.add_column("unit")
    for metric in result.metrics:
        defined = metric.WhichOneof("outcome") == "value"
        value = f"{metric.value:,.6g}" if defined else f"[dim]{metric.undefined_reason}[/dim]"
        if defined and metric.unit in {"count", "quote_currency"}:
            value = f"{metric.value:,.0f}" if metric.unit == "count" else f"{metric.value:,.2f}"
        metrics.add_row(metric.metric_id, value, metric.unit.replace("_", " "))
    console.print(metrics)
    console.print("labels: " + (", ".join(result.labels) or "none"))
