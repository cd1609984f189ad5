"""Whether the names of a data set were chosen by what became of them; computed, never declared.

docs/specs/data_universe.md section 3. The names that a set of listed stocks loses are
compared with the fewest that any such set loses.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.market_table import MarketTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_NS = 86_400_000_000_000
YEAR_NS = 365 * DAY_NS
# A name without a bar for so long before the data's end has ended, else it may be halted;
# one whose first bar is so long after the data's beginning has come later.
PAUSE_NS = 30 * DAY_NS
# Of fewer names somebody chose each.
FEW_SYMBOLS = 10
# With so many ends expected, 5 % of honest sets show none: exp(-3).
LEAST_EXPECTED = 3.0
# Below the expected number by so many roots of it: 5 % of honest sets are.
DEVIATIONS = 1.645
# The fewest that a set of each class loses a year. US listed equities: 1.2 % of the stocks
# of NYSE and AMEX were delisted for poor performance alone each year, 5.6 % of those of
# Nasdaq, mergers not counted; Shumway and Warther (1999), Journal of Finance 54, 2361.
LEAST_ATTRITION = {"XNYS": 0.012, "XNAS": 0.012}


class Verdict(Enum):
    """What the names that ended say."""

    POINT_IN_TIME = "POINT_IN_TIME"
    SUSPECT = "SUSPECT"
    BIASED = "BIASED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivorship:
    """The verdict and its numbers.

    Attributes:
        verdict: What they say.
        detail: Why, in one sentence.
        symbol_count: Names.
        ended_count: Those whose bars end before the data does.
        entered_count: Those whose bars begin after the data does.
        membership_change_count: How often a name became a member, or ceased to be one;
            None without the column `member`.
        symbol_years: The time from each name's first bar to its last, summed.
        years: The time from the data's first bar to its last.
        least_attrition_ratio: What share of names any set of the class loses a year; None
            where no figure is documented.
        expected_ended_count: That share of `symbol_years`.
    """

    verdict: Verdict
    detail: str
    symbol_count: int
    ended_count: int
    entered_count: int
    membership_change_count: int | None
    symbol_years: float
    years: float
    least_attrition_ratio: float | None
    expected_ended_count: float | None


def survivorship_to_document(found: Survivorship) -> dict[str, Any]:
    """Returns a verdict as JSON."""
    return {**asdict(found), "verdict": found.verdict.value}


def survivorship_from_document(document: Mapping[str, Any]) -> Survivorship:
    """Returns the verdict of `survivorship_to_document`."""
    return Survivorship(**{**document, "verdict": Verdict(document["verdict"])})


def survivorship_of(table: MarketTable, calendar: str) -> Survivorship:
    """Returns the verdict on a table.

    Args:
        table: Checked and sorted.
        calendar: Of its venue, which says what class of names it is.
    """
    count = len(table.symbols)
    first, last, changes = _spans(table, count)
    begin, end = int(table.time[0]), int(table.time[-1])
    lived = [(b - a) / YEAR_NS for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    ended = int(np.count_nonzero(last < end - PAUSE_NS))
    least = LEAST_ATTRITION.get(calendar)
    symbol_years = math.fsum(lived)
    expected = None if least is None else least * symbol_years
    verdict, detail = _judged(count, ended, changes, expected)
    return Survivorship(
        verdict=verdict,
        detail=detail,
        symbol_count=count,
        ended_count=ended,
        entered_count=int(np.count_nonzero(first > begin + PAUSE_NS)),
        membership_change_count=changes,
        symbol_years=symbol_years,
        years=(end - begin) / YEAR_NS,
        least_attrition_ratio=least,
        expected_ended_count=expected,
    )


def _judged(
    count: int, ended: int, changes: int | None, expected: float | None
) -> tuple[Verdict, str]:
    if count < FEW_SYMBOLS:
        return Verdict.NOT_APPLICABLE, f"{count} names: each was chosen, and with hindsight."
    if expected is None:
        return Verdict.SUSPECT, "How many names such a set loses is not documented."
    shown = f"{ended} of {count} names end, at least {expected:.1f} are expected to"
    if expected < LEAST_EXPECTED:
        return Verdict.NOT_APPLICABLE, f"{shown}: too few names or years to tell."
    if ended == 0:
        return Verdict.BIASED, f"{shown}: the names are those that were left."
    if ended < expected - DEVIATIONS * math.sqrt(expected):
        return Verdict.SUSPECT, f"{shown}: too few by chance in 19 of 20 sets."
    if changes == 0:
        return Verdict.SUSPECT, f"{shown}, but no membership ever changes."
    return Verdict.POINT_IN_TIME, f"{shown}."


def _spans(table: MarketTable, count: int) -> tuple[Ints, Ints, int | None]:
    """Returns each name's first and last time, and how often memberships change."""
    member = table.member
    codes = table.symbol.data.astype(np.int32, copy=False)
    first, last, changes = _walk(
        table.time, codes, np.empty(0) if member is None else member, count
    )
    return first, last, None if member is None else changes


@compiled
def _walk(
    time: Ints, codes: NDArray[np.int32], member: Floats, symbols: int
) -> tuple[Ints, Ints, int]:
    first, last = np.zeros(symbols, np.int64), np.zeros(symbols, np.int64)
    seen, was, changes = np.zeros(symbols, np.bool_), np.zeros(symbols), 0
    for i in range(codes.size):
        s = codes[i]
        if member.size:
            if seen[s] and member[i] != was[s]:
                changes += 1
            was[s] = member[i]
        if not seen[s]:
            seen[s], first[s] = True, time[i]
        last[s] = time[i]
    return first, last, changes
