"""Momentum that leaves out the most recent bars, which tend to reverse."""

from collections.abc import Mapping, Sequence

import numpy as np

from aurelius_engine.plugin_api import Bars


class SkipMomentum:
    """The return from `lookback_bars` ago to `skip_bars` ago. Jegadeesh and Titman (1993)."""

    def __init__(self, parameters: Mapping[str, float]) -> None:
        """Reads `lookback_bars`, 252 if absent, and `skip_bars`, 21 if absent."""
        self.lookback = int(parameters.get("lookback_bars", 252))
        self.skip = int(parameters.get("skip_bars", 21))
        if not 0 <= self.skip < self.lookback:
            raise ValueError(f"skip_bars {self.skip}, allowed below lookback_bars {self.lookback}")

    def decide(self, bars: Bars) -> Sequence[float]:
        """Returns the return of each symbol, NaN until there are enough bars."""
        if bars.step < self.lookback:
            return [np.nan] * len(bars.symbols)
        recent, past = bars.close[bars.step - self.skip], bars.close[bars.step - self.lookback]
        return list(recent / past - 1.0)
