"""Studies of data snooping on variants whose gains a test plants."""

import sys
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.validation.data_snooping import data_snooping
from aurelius_engine.domain.validation.findings import Findings, digests_of, result_digest
from aurelius_engine.domain.validation.study import EngineRuns, Point, StudyContext
from tests.unit.engine.runs import DAY_NS, FIRST_NS, document, market

Floats = NDArray[np.float64]
TERMS = {
    "space": {
        "objective": {
            "metricId": "mean_return_ratio",
            "direction": "DIRECTION_MAXIMIZE",
            "metricConstraints": [],
        }
    },
    "benchmark": "BENCHMARK_CASH",
    "resampleCount": 400,
    "meanBlockBars": 6,
    "maxPValue": 0.05,
    "minSuperiorCount": 1,
    "minBarCount": 250,
}


def noise(variants: int, bars: int, seed: int) -> Floats:
    """Returns of variants without skill, (n_variants, n_bars)."""
    return np.random.Generator(np.random.Philox(seed)).normal(0.0, 0.01, (variants, bars))


class Planted:
    """Runs whose returns are those planted; the only thing of the engine that is not there."""

    def __init__(self, returns: Floats) -> None:
        self.returns, self.count = returns, 0
        self.spec = spec_from_document(document({"strategy": {"buyAndHold": {}}}))

    def points(self, base: Any, space: Any) -> list[Point]:
        numbers = range(len(self.returns))
        return [Point(number=k, values=(k,), document={"row": k}) for k in numbers]

    def simulate(self, point: Any, table: Any = None) -> Any:
        self.count += 1
        returns = self.returns[point["row"]]
        equity = 1000.0 * np.concatenate(([1.0], np.cumprod(1.0 + returns)))
        times = FIRST_NS + DAY_NS * np.arange(returns.size)
        return SimpleNamespace(equity=equity, panel=SimpleNamespace(times=times)), self.spec, 365.0


def snooped(returns: Floats, *, seed: int = 7, closes: Any = None, **terms: Any) -> Findings:
    """Studies planted returns; the market's closes are those given, or a constant."""
    prices = [100.0] * returns.shape[1] if closes is None else closes
    context = StudyContext(
        base={},
        terms=TERMS | terms,
        table=market({"X": prices}),
        calendars=packaged_calendars(),
        seed=seed,
        runs=cast(EngineRuns, Planted(returns)),
        report=lambda done, total: None,
        should_stop=lambda: False,
        workers=1,
        superiority=ArchSuperiority(),
        data={},
    )
    return data_snooping(context)


def digest(seed: int) -> str:
    """The digest of a study of noise."""
    found = snooped(noise(5, 300, seed), seed=seed, resampleCount=200, meanBlockBars=0)
    return result_digest(digests_of(found.all_tables()))


if __name__ == "__main__":
    print(digest(int(sys.argv[1])))
