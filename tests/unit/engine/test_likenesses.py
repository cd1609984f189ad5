"""Comparisons with what was tried: their budget, and what becomes of one that is stopped."""

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application import likenesses as module
from aurelius_engine.application.likenesses import ALIKE, UNTOLD, Likenesses, Subject
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.application.tried import Tried, TriedPoint
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.table_hash import Column
from tests.unit.engine.runs import document, market, simulated

CLOSES = 100.0 * np.cumprod(1.0 + np.random.default_rng(1).normal(0.0, 0.01, 200))
TABLE = market({"X": CLOSES.tolist()})
SWEEP = Subject(name="sweeps/one", data_hash="data", succeeded=True)


def hold(bars: int) -> dict[str, Any]:
    """Buys above the close of some bars before."""
    return {"strategy": {"formula": {"text": f"where(close > delay(close, {bars}), 1, 0)"}}}


class Bench:
    """A run, and a subject with points that note when they are made."""

    def __init__(self, own: int, points: list[int], sharpe: float = 1.0) -> None:
        self.points, self.sharpe, self.made = points, sharpe, list[int]()
        run = simulated(hold(own), TABLE)
        times = np.concatenate((run.panel.times[:1], run.panel.times))
        equity = (Column(name="time", data=times), Column(name="equity", data=run.equity))
        stores = SimpleNamespace(
            of=lambda name, succeeded: self._tried(),
            table=lambda name: TABLE if name == "dataset" else equity,
            of_hash=lambda data_hash: "dataset",
        )
        self.run: Any = SimpleNamespace(
            name="runs/one",
            identity=SimpleNamespace(data_hash="data"),
            document=document(hold(own)),
        )
        self.likenesses = Likenesses(
            cast(Any, stores),
            datasets=cast(Any, stores),
            artifacts=cast(Any, stores),
            calendars=packaged_calendars(),
            plugins=NoPlugins(),
        )

    def _tried(self) -> Tried:
        def point(bars: int) -> TriedPoint:
            return TriedPoint(document=lambda: self._made(bars), sharpe=self.sharpe)

        return Tried(seed=0, points=iter([point(bars) for bars in self.points]), complete=True)

    def _made(self, bars: int) -> Mapping[str, Any]:
        self.made.append(bars)
        return document(hold(bars))

    def reason(self, should_stop: Callable[[], bool] = lambda: False) -> str | None:
        return self.likenesses.of(self.run, should_stop).reason(SWEEP)


def test_the_first_point_that_is_alike_ends_the_comparison_and_is_remembered() -> None:
    bench = Bench(5, [2, 3, 5, 40])

    assert (bench.reason(), bench.made) == (ALIKE, [2, 3, 5])
    assert (bench.reason(), bench.made) == (ALIKE, [2, 3, 5])


def test_a_comparison_that_was_stopped_goes_on_where_it_ended() -> None:
    bench = Bench(5, [2, 3, 40, 41])
    with pytest.raises(RunCancelled):
        bench.reason(lambda: len(bench.made) >= 2)
    compared = len(bench.made)

    assert bench.reason() is None
    assert 0 < compared < 4
    assert sorted(set(bench.made)) == [2, 3, 40, 41]
    assert len(bench.made) <= 5


def test_beyond_the_bars_that_are_allowed_only_the_least_points_are_executed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "POINTS_LEAST", 2)
    monkeypatch.setattr(module, "BARS_MOST", 3 * 200)
    bench = Bench(5, [2, 3, 40, 5])

    assert (bench.reason(), bench.made) == (None, [2, 3, 40])


@pytest.mark.parametrize(("sharpe", "reason"), [(1.0, UNTOLD), (math.nan, None)])
def test_a_point_that_succeeded_and_is_refused_now_counts_as_alike(
    sharpe: float, reason: str | None
) -> None:
    assert Bench(5, [5_000], sharpe).reason() == reason
