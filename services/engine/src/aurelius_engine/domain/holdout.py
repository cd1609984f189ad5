"""A run gone on over bars that nobody sees, and what has to hold there. docs/specs/holdout.md."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aurelius_engine.domain.bar_intervals import refuse_other_interval
from aurelius_engine.domain.errors import BarIntervalMismatch, EngineError
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import panel_of, with_warm_up
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.findings import Comparison
from aurelius_engine.domain.validation.windows import time_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """What a metric of a run has to be; `bound` is in the metric's unit, finite."""

    metric_id: str
    comparison: Comparison
    bound: float

    def holds(self, outcomes: Mapping[str, float | str]) -> bool:
        """Whether it holds of a run's metrics, by id. One without a value never passes."""
        outcome = outcomes[self.metric_id]
        return not isinstance(outcome, str) and self.comparison.holds(outcome, self.bound)


def gone_on(
    document: Mapping[str, Any], seen: MarketTable, sealed: MarketTable
) -> tuple[dict[str, Any], MarketTable]:
    """Returns a run's specification on the sealed bars, and the bars to execute it on.

    The window is every sealed bar. Where these continue the run's own, what the run saw and
    what followed it there warms up the signals: those bars are put before the sealed ones.

    Args:
        document: Resolved; a run of it over `seen` has a result.
        seen: What the run was computed on.
        sealed: The vault's.
    """
    whole = {name: value for name, value in document.items() if name != "endTime"}
    if not continues(seen, sealed):
        whole.pop("startTime", None)
        return whole | {"warmUpBars": 0}, sealed
    start = time_text(int(sealed.time[0]))
    warm_up = _bars_seen(document, seen)
    return whole | {"startTime": start, "warmUpBars": warm_up}, _joined(seen, sealed)


def continues(seen: MarketTable, sealed: MarketTable) -> bool:
    """Whether the sealed bars are later ones of the same symbols, in the same columns."""
    same = seen.symbols == sealed.symbols and [c.name for c in seen.columns()] == [
        c.name for c in sealed.columns()
    ]
    ended = seen.delisting_return is not None and bool(seen.delisting_return.any())
    return same and not ended and int(seen.time[-1]) < int(sealed.time[0])


def same_interval(document: Mapping[str, Any], sealed: MarketTable) -> bool:
    """Whether the sealed bars are as far apart as a run's: their times alone say so."""
    spec = replace(spec_from_document(document), start_ns=None, end_ns=None, warm_up_bars=0)
    try:
        refuse_other_interval(spec, panel_of(spec, sealed))
    except BarIntervalMismatch:
        return False
    except EngineError:
        return True  # whatever else the sealed bars refuse is a verdict
    return True


def _bars_seen(document: Mapping[str, Any], seen: MarketTable) -> int:
    """Returns how many bars there are from the first that a run saw, to the end of its data."""
    spec = spec_from_document(document)
    start = with_warm_up(spec, seen).start_ns
    low = 0 if start is None else int(np.searchsorted(seen.time, start, side="left"))
    names = spec.symbols or seen.symbols
    wanted = [code for code, name in enumerate(seen.symbols) if name in names]
    times = seen.time[low:][np.isin(seen.symbol.data[low:], wanted)]
    return int(np.unique(times).size)


def _joined(seen: MarketTable, sealed: MarketTable) -> MarketTable:
    """Returns one table of both: sorted, because all sealed bars are later."""
    theirs = sealed.floats()
    floats = {
        name: np.concatenate((values, theirs[name])) for name, values in seen.floats().items()
    }
    codes = np.concatenate((seen.symbol.data, sealed.symbol.data)).astype(np.int32, copy=False)
    return MarketTable.of_floats(
        time=np.concatenate((seen.time, sealed.time)),
        symbol=Column(name="symbol", data=codes, values=seen.symbols),
        floats=floats,
    )
