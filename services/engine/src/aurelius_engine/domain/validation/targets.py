"""Targets in force after each close, and where those of two runs part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.table_hash import Column, table_hash
from aurelius_engine.domain.validation.known_rows import Difference, version_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """What two runs' targets in force have in common, from a step on.

    Attributes:
        cells: Targets that were compared, one a bar and symbol.
        differing: Of them, those that differ.
        expected: Digest of the run's targets.
        found: Digest of the other run's.
        difference: The first that differs, if one does.
    """

    cells: int
    differing: int
    expected: str
    found: str
    difference: Difference | None


def in_force(decisions: Decisions, panel: Panel) -> Floats:
    """Returns the target in force after each close, shape (n_steps, n_symbols); 0 before any."""
    at = np.full(panel.close.shape, -1, dtype=np.int64)
    at[decisions.step, decisions.symbol] = np.arange(decisions.step.size)
    np.maximum.accumulate(at, axis=0, out=at)
    targets = np.concatenate((decisions.target, [0.0]))  # the last one is of no decision
    found: Floats = targets[at]
    return found


def apart(whole: Floats, other: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Returns where targets are further apart than a fraction of the larger one."""
    size = np.maximum(np.abs(whole), np.abs(other))
    found: NDArray[np.bool_] = np.abs(whole - other) > tolerance * size
    return found


def parting(panel: Panel, whole: Floats, other: Floats, *, step: int, tolerance: float) -> Parting:
    """Compares targets.

    Args:
        panel: Whose steps and symbols they are of.
        whole: The run's targets from a step on, shape (n, n_symbols).
        other: The other run's, of the same shape.
        step: That step.
        tolerance: As of `apart`.
    """
    rows = np.argwhere(apart(whole, other, tolerance))
    difference = None
    if rows.size:
        row, symbol = rows[0].tolist()
        difference = Difference(
            kind="target",
            time=int(panel.times[step + row]),
            symbol=panel.symbols[symbol],
            expected=version_of("target", float(whole[row, symbol]), np.nan),
            found=version_of("target", float(other[row, symbol]), np.nan),
        )
    return Parting(
        cells=whole.size,
        differing=len(rows),
        expected=_digest(whole),
        found=_digest(other),
        difference=difference,
    )


def _digest(targets: Floats) -> str:
    steps, symbols = np.indices(targets.shape)
    return table_hash(
        (
            Column(name="step", data=steps.ravel().astype(np.int64)),
            Column(name="symbol", data=symbols.ravel().astype(np.int64)),
            Column(name="target", data=np.ascontiguousarray(targets).ravel()),
        )
    )
