"""A run in the middle, as bytes: what the core wrote so far. Section 11 of execution.md.

The market, the decisions and the rules are not in it: they follow from the identity.
"""

import io  # core-check: allow outside: buffers in memory alone

import numpy as np

from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Arrays

_WHOLE = ("account", "counters", "positions", "lists")
_LOGS = {
    "order_ints": at.ORDER_COUNT,
    "order_floats": at.ORDER_COUNT,
    "fill_ints": at.FILL_COUNT,
    "fill_floats": at.FILL_COUNT,
    "flow_ints": at.FLOW_COUNT,
    "flow_floats": at.FLOW_COUNT,
}
_MARKS = ("cash", "position_value", "gross_value", "equity")


def snapshot_of(arrays: Arrays) -> bytes:
    """Returns the state of a run between two steps."""
    step = int(arrays.counters[at.STEP])
    parts = {name: getattr(arrays, name) for name in _WHOLE}
    parts |= {name: getattr(arrays, name)[: arrays.counters[row]] for name, row in _LOGS.items()}
    parts |= {name: getattr(arrays, name)[: step + 1] for name in _MARKS}
    out = io.BytesIO()
    # core-check: allow numpy: moves values, and no digest is over these bytes
    np.savez(out, allow_pickle=False, **parts)
    return out.getvalue()


def restored(arrays: Arrays, snapshot: bytes) -> Arrays:
    """Returns a run as it was at a snapshot of it.

    Args:
        arrays: A new run of the same specification and data, before its first step.
        snapshot: What `snapshot_of` returned.

    Raises:
        ValueError: The snapshot is of a run of another shape.
    """
    # core-check: allow numpy: moves values
    with np.load(io.BytesIO(snapshot), allow_pickle=False) as parts:
        for name in _WHOLE:
            whole = getattr(arrays, name)
            if whole.shape != parts[name].shape:
                raise ValueError(f"{name} has the shape {parts[name].shape}, not {whole.shape}")
            whole[...] = parts[name]
        step = int(arrays.counters[at.STEP])
        if step >= arrays.equity.size:
            raise ValueError(f"step {step} of a run of {arrays.equity.size - 1}")
        for name in _MARKS:
            getattr(arrays, name)[: step + 1] = parts[name]
        logs = {}
        for name in _LOGS:
            log = getattr(arrays, name)
            rows = parts[name].shape[0]
            logs[name] = np.empty((max(log.shape[0], 2 * rows + 64), log.shape[1]), log.dtype)
            logs[name][:rows] = parts[name]
    return arrays._replace(**logs)
