"""The metric registry, the one place that computes its values, and the tables beside it.

- `REGISTRY`, `Metric`, `Outcome`: the definitions; an outcome is a float or a reason.
- `compute_metrics(run, *, periods_per_year, risk_free_ratio, benchmark, trades=None)`:
  every metric with its outcome; `benchmark` is its value, held, at each step or None.
- `trades_table(run, trades)`, `monthly_returns_table(run)`,
  `rolling_table(run, periods_per_year=, risk_free_ratio=, benchmark=)`: tables as columns,
  of `round_trips(run)` of domain/trades.py where trades are asked for.
- `summary(equity, periods_per_year, risk_free_ratio, work, sums)`: compiled; return, Sharpe
  ratio and drawdown with the bits of the registry's.

docs/specs/metrics.md.
"""

from aurelius_engine.domain.metrics.definition import Metric, Outcome
from aurelius_engine.domain.metrics.registry import REGISTRY, compute_metrics
from aurelius_engine.domain.metrics.summary import summary
from aurelius_engine.domain.metrics.tables import (
    monthly_returns_table,
    rolling_table,
    trades_table,
)

__all__ = [
    "REGISTRY",
    "Metric",
    "Outcome",
    "compute_metrics",
    "monthly_returns_table",
    "rolling_table",
    "summary",
    "trades_table",
]
