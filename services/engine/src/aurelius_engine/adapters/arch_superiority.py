"""The tests of `arch`, behind the port `SuperiorityTest`. It is slow to import: only when asked."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.validation.superiority import Exceedances, Floats


class ArchSuperiority:
    """White, Hansen, and Romano and Wolf through `arch.bootstrap.SPA`."""

    @property
    def name(self) -> str:
        """See the port."""
        return f"arch {version('arch')}"

    def exceedances(
        self,
        gains: Floats,
        *,
        mean_block_bars: int,
        resamples: int,
        seed: int,
        size: float,
        before: Callable[[int], None],
    ) -> Exceedances:
        """See the port. A loss is a gain with its sign changed; the benchmark loses nothing."""
        from arch.bootstrap import SPA

        bars, variants = gains.shape
        test: Any = SPA(
            np.zeros(bars),
            -gains,
            block_size=mean_block_bars,
            reps=resamples,
            bootstrap="stationary",
            seed=stream(seed, "data_snooping"),
        )
        test.bootstrap = _Told(test.bootstrap, before)
        test.compute()
        counts = {name: round(float(p) * resamples) for name, p in test.pvalues.items()}
        # The steps of `arch.bootstrap.StepM`, which fails where it finds every variant
        # superior in more than one step, and would draw everything a second time.
        left, superior = np.ones(variants, dtype=np.bool_), list[int]()
        while left.any():
            test.subset(left)
            test.compute()
            found = [int(place) for place in test.better_models(size)]
            if not found:
                break
            superior += found
            left[found] = False
        return Exceedances(**counts, superior=tuple(sorted(superior)))


class _Told:
    """A bootstrap that says before each resample how many there were."""

    def __init__(self, bootstrap: Any, before: Callable[[int], None]) -> None:
        self._bootstrap, self._before = bootstrap, before

    def bootstrap(self, resamples: int) -> Iterator[Any]:
        for done, resample in enumerate(self._bootstrap.bootstrap(resamples)):
            self._before(done)
            yield resample
