"""This engine without its signals: simulation and metrics of given decisions."""

from collections.abc import Callable

import workloads as w

from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import no_orders
from aurelius_engine.domain.metrics import compute_metrics
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import decided, execute_run
from aurelius_engine.domain.spec import spec_from_document
from engines import aurelius as ours


def version() -> str:
    """Returns what is measured."""
    return "aurelius, simulation and metrics"


def _run(data: w.Arrays) -> Callable[[], dict[str, float]]:
    spec = spec_from_document(ours.document(data))
    panel, periods = panel_of(spec, ours.table_of(data)), ours.periods_of(spec)
    targets = decided(spec, panel, periods_per_year=periods)

    def run() -> dict[str, float]:
        simulation = execute_run(new_run(spec, panel, targets, no_orders(), None), panel)
        metrics = compute_metrics(
            simulation,
            periods_per_year=periods,
            risk_free_ratio=spec.risk_free_ratio,
            benchmark=None,
        )
        return ours.numbers_of(simulation, metrics)

    return run


def warm(workload: str) -> None:
    """Loads every kernel."""
    _run(w.walk(300))()


WARM = warm
PREPARE = {"W2": _run}
