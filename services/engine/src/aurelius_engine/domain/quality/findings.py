"""Findings as kernels write them: counted without limit, the first of each check kept."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.quality.checks import EVERY_CHECK

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Findings(NamedTuple):
    """What was found, by the place of its check.

    Attributes:
        totals: Shape (n_checks, 2): findings, and bars that they are of.
        places: Shape (n_checks, most, 4): symbol, first and last time, count.
        values: Shape (n_checks, most, 2): the value, and the threshold that it passed.
        runs: Shape (n_checks, 3): first and last time and count of the run under way.
    """

    totals: Ints
    places: Ints
    values: Floats
    runs: Ints


def no_findings(most: int) -> Findings:
    """Returns room for `most` findings of each check."""
    count = len(EVERY_CHECK)
    return Findings(
        totals=np.zeros((count, 2), np.int64),
        places=np.zeros((count, most, 4), np.int64),
        values=np.zeros((count, most, 2)),
        runs=np.zeros((count, 3), np.int64),
    )


@compiled_without_memory
def tell(
    findings: Findings,
    check: int,
    symbol: int,
    first: int,
    last: int,
    count: int,
    value: float,
    threshold: float,
) -> None:
    """Counts a finding, and keeps it while there is room."""
    at = findings.totals[check, 0]
    findings.totals[check, 0] += 1
    findings.totals[check, 1] += count
    if at < findings.places.shape[1]:
        findings.places[check, at, 0] = symbol
        findings.places[check, at, 1] = first
        findings.places[check, at, 2] = last
        findings.places[check, at, 3] = count
        findings.values[check, at, 0] = value
        findings.values[check, at, 1] = threshold


@compiled_without_memory
def extend(findings: Findings, check: int, time: int) -> None:
    """Adds a bar to the check's run."""
    if findings.runs[check, 2] == 0:
        findings.runs[check, 0] = time
    findings.runs[check, 1] = time
    findings.runs[check, 2] += 1


@compiled_without_memory
def end_run(findings: Findings, check: int, symbol: int, least: int) -> None:
    """Ends the check's run; one of `least` bars or more is a finding, its count the value."""
    count = findings.runs[check, 2]
    if count > 0:
        if count >= least:
            first, last = findings.runs[check, 0], findings.runs[check, 1]
            tell(findings, check, symbol, first, last, count, float(count), float(least))
        findings.runs[check, 2] = 0
