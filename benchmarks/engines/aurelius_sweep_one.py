"""This engine's sweep on one thread: what an optimization computes of each trial."""

from collections.abc import Callable

import workloads as w

from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.trend_pairs import TrendPairs
from engines import aurelius as ours

WORKERS = 1
PAIRS = [(fast, slow) for fast in w.FAST_WINDOWS for slow in w.SLOW_WINDOWS]


def version() -> str:
    """Returns what is measured."""
    return f"aurelius, {WORKERS} thread{'s' if WORKERS > 1 else ''}"


def _sweep(data: w.Arrays) -> Callable[[], dict[str, float]]:
    spec = spec_from_document(ours.document(data))
    panel, periods = panel_of(spec, ours.table_of(data)), ours.periods_of(spec)

    def run() -> dict[str, float]:
        runs = TrendPairs(spec, panel, sessions=None, periods_per_year=periods, workers=WORKERS)
        total = 0.0
        for numbers in runs.run(PAIRS, never_stop):
            if numbers is None:
                raise SystemExit("a pair was left to a run by itself")
            total += w.CASH * (1.0 + numbers[0])
        return {"mean_final": total / len(PAIRS)}

    return run


def warm(workload: str) -> None:
    """Loads every kernel."""
    _sweep(w.walk(300))()


WARM = warm
PREPARE = {"W3": _sweep}
