"""What the points of a space earn, bar by bar, each run once over the whole window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.errors import RunCancelled, StudyContradiction
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.validation.combinations import returns_of
from aurelius_engine.domain.validation.study import Point, StudyContext

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the points earned. `spec` is that of the last one.

    `returns` has shape (n_points, n_bars), `times` (n_bars,); `ruined` counts the points
    that are left out because their accounts came to nothing.
    """

    points: Sequence[Point]
    returns: Floats
    times: Ints
    periods: float
    free: float
    ruined: int
    spec: BacktestSpec


def earned(context: StudyContext) -> Market:
    """Runs every point of the space once over the whole window.

    Raises:
        StudyContradiction: Every point ruins the account, or two have other bars.
        EngineError: A run is refused.
    """
    points = context.runs.points(context.base, context.terms["space"])
    rows: list[Floats] = []
    kept: list[Point] = []
    spec, times, periods = None, np.empty(0, np.int64), 0.0
    for done, point in enumerate(points):
        if context.should_stop():
            raise RunCancelled("a caller cancelled the validation")
        run, spec, periods = context.runs.simulate(point.document)
        context.report(done + 1, len(points))
        if not bool(np.all(run.equity > 0.0)):
            continue  # a ruined account has no returns; the points that are left say so
        if rows and not np.array_equal(times, run.panel.times):
            raise StudyContradiction(
                "points of one study are compared bar by bar",
                found=f"{run.panel.times.size} bars of a point beside {times.size} of others",
                allowed="a space that varies neither window nor data",
            )
        row = np.empty(run.equity.size - 1)
        returns_of(run.equity, row)
        rows.append(row)
        kept.append(point)
        times = run.panel.times
    if spec is None or not rows:
        raise StudyContradiction(
            "every point of the space ruins the account",
            found=f"{len(points)} points",
            allowed="at least 1 with equity above 0 throughout",
        )
    return Market(
        points=kept,
        returns=np.array(rows),
        times=times,
        periods=periods,
        free=spec.risk_free_ratio / periods,
        ruined=len(points) - len(kept),
        spec=spec,
    )
