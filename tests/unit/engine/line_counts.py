"""Counts the lines that signals run, kernels included: a script that runs them uncompiled.

Usage: NUMBA_DISABLE_JIT=1 python -m tests.unit.engine.line_counts < cases
Reads a JSON list of (strategy, bars, symbols), writes the list of counts.
"""

import json
import sys
from types import FrameType
from typing import Any

from aurelius_engine.domain import strategies
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from tests.unit.engine.walks import resolved, walk


def lines_of(strategy: dict[str, Any], bars: int, symbols: int) -> int:
    """Returns how many lines of the domain the signals of a strategy take."""
    table = walk(bars, symbols)
    spec = spec_from_document(resolved(strategy=strategy, direction="DIRECTION_LONG_SHORT"))
    panel, count = panel_of(spec, table), 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if "/aurelius_engine/domain/" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        strategies.signals(spec, panel, 252.0, never_stop)
    finally:
        sys.settrace(None)
    return count


if __name__ == "__main__":
    print(json.dumps([lines_of(*case) for case in json.load(sys.stdin)]))
