"""The metric registry, the one place that computes its values, and the tables beside it.

- `REGISTRY`, `Metric`, `Outcome`: the definitions; an outcome is a float or a reason.
- `compute_metrics(run, *, periods_per_year, risk_free_ratio, benchmark, trades=None)`:
  every metric with its outcome; `benchmark` is its value, held, at each step or None.
- `EQUITY_METRICS`, `compute_equity_metrics(metrics, equity, times, *, periods_per_year,
  risk_free_ratio)`: the metrics that follow from the equity alone, of any curve.
- `trades_table(run, trades)`, `monthly_returns_table(run)`,
  `rolling_table(run, periods_per_year=, risk_free_ratio=, benchmark=)`: tables as columns,
  of `round_trips(run)` of domain/trades.py where trades are asked for.
- `summary(equity, periods_per_year, risk_free_ratio, work, sums)`: compiled; return, Sharpe
  ratio and drawdown with the bits of the registry's.

docs/specs/metrics.md.
"""

from aurelius_engine.domain.metrics.definition import Metric, Outcome
from aurelius_engine.domain.metrics.registry import (
    EQUITY_METRICS,
    REGISTRY,
    compute_equity_metrics,
    compute_metrics,
)
from aurelius_engine.domain.metrics.summary import summary
from aurelius_engine.domain.metrics.tables import (
    monthly_returns_table,
    rolling_table,
    trades_table,
)

__all__ = [
    "EQUITY_METRICS",
    "REGISTRY",
    "Metric",
    "Outcome",
    "compute_equity_metrics",
    "compute_metrics",
    "monthly_returns_table",
    "rolling_table",
    "summary",
    "trades_table",
]
