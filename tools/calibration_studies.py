"""What the gate calibration submits to the gate: one item a call, each from its own seed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from calibration_gate import PARTS, TRIALS, Candidate, Gate
from calibration_markets import (
    PLANTED_DAYS,
    Days,
    Floats,
    bundled_days,
    drawn,
    drawn_with_memory,
    market,
)
from calibration_strategies import COSTS, kinds, specification

from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.streams import Stream, stream

TRIES = 50
# Other bounds of the deflated Sharpe ratio, from this one on, are judged beside the gate's.
ASKED_FROM = 0.9
SCALE_MARKETS = 20
NO_COSTS: Mapping[str, Any] = {"commission": {}, "slippage": {}, "financing": {}}
# A tenth of a basis point, said to be all that trading costs.
CHEAP: Mapping[str, Any] = {**NO_COSTS, "slippage": {"halfSpreadRatio": 0.00001}}
KNOWN = f"close - delay(close, {PLANTED_DAYS})"
DAYS_A_YEAR = 252.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One item of an arm. `strength` is the annual Sharpe ratio that is planted, 0 for none."""

    arm: str
    number: int
    seed: int
    strength: float = 0.0
    whole: bool = False

    @property
    def stream(self) -> Stream:
        """The stream of its draws: no other item has it."""
        return stream(self.seed, f"calibration/{self.arm}/{self.strength}/{self.number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an item.

    Attributes:
        refused_by: The first part of the gate that refused it; "" if it was promoted.
        kind: Of the strategy.
        sharpe: Its annual Sharpe ratio.
        redrawn: Strategies drawn before it that never held anything.
        parts: Where all parts were asked: what each found, "" if it passed.
        deflated: The deflated Sharpe ratio of one submitted alone; 0 if it is undefined.
        rest: Of one whose deflated ratio is ASKED_FROM or more, the first of the other parts
            that refuses it; "" for none.
        gross: Of a planted formula, its annual Sharpe ratio without costs.
        planted: Whether what was submitted is the formula that the market was made for.
    """

    refused_by: str
    kind: str
    sharpe: float
    redrawn: int = 0
    parts: Mapping[str, str] = field(default_factory=dict)
    deflated: float = 0.0
    rest: str = ""
    gross: float = 0.0
    planted: bool = False


@cache
def gate() -> Gate:
    """Returns the gate of this process."""
    return Gate()


@cache
def sources() -> Sequence[Days]:
    """Returns the real days that this process draws from."""
    return bundled_days()


def submitted(task: Task) -> Outcome:
    """Makes the market of an item, finds its strategy, and asks the gate."""
    return ARMS[task.arm](task)


def _alone(task: Task) -> Outcome:
    days, draws = _source(task), task.stream
    return _submitted_alone(task, draws, days, market(drawn(days, draws)), COSTS)


def _alone_with_memory(task: Task) -> Outcome:
    days, draws = _source(task), task.stream
    return _submitted_alone(task, draws, days, market(drawn_with_memory(days, draws)), COSTS)


def _alone_cheap(task: Task) -> Outcome:
    days, draws = _source(task), task.stream
    return _submitted_alone(task, draws, days, market(drawn(days, draws)), CHEAP)


def _submitted_alone(
    task: Task, draws: Stream, days: Days, table: MarketTable, costs: Mapping[str, Any]
) -> Outcome:
    """Submits the first strategy that holds something: nothing was compared with it."""
    redrawn = 0
    while True:
        kind = kinds(draws)
        spec = {**specification(draws, kind, days.calendar, days.symbols), **costs}
        candidate = _tried(spec, table, task.number)
        if candidate is not None and candidate.sharpe is not None:
            return _decided(task, candidate, [candidate.sharpe], kind, redrawn=redrawn)
        redrawn += 1


def _searched(task: Task) -> Outcome:
    """Submits the best of TRIES distinct strategies of one kind."""
    days, draws = _source(task), task.stream
    table, kind = market(drawn(days, draws)), kinds(draws)
    best, family = _search(task, draws, days, table, kind, TRIES)
    return _decided(task, best, family, kind)


def _search(
    task: Task, draws: Stream, days: Days, table: MarketTable, kind: str, count: int
) -> tuple[Candidate, list[float | None]]:
    """Returns the best of the strategies tried, and the Sharpe ratio of each of them."""
    tried: dict[str, float | None] = {}
    best: Candidate | None = None
    while len(tried) < count or best is None:
        spec = specification(draws, kind, days.calendar, days.symbols)
        candidate = _tried(spec, table, task.number)
        if candidate is None:
            continue
        tried[spec_hash(candidate.document)] = candidate.sharpe
        if candidate.sharpe is not None and (best is None or candidate.sharpe > best.sharpe):
            best = candidate
    return best, list(tried.values())


def _planted(task: Task) -> Outcome:
    """Submits the formula that the market was made for."""
    days, draws = _source(task), task.stream
    table = market(drawn(days, draws), _lean(days, task))
    known = gate().candidate(_known(days, COSTS), table, task.number)
    free = gate().candidate(_known(days, NO_COSTS), table, task.number)
    return _decided(task, known, [known.sharpe], "formula", gross=free.sharpe, planted=True)


def _planted_searched(task: Task) -> Outcome:
    """Submits the best of that formula and TRIES - 1 random ones."""
    days, draws = _source(task), task.stream
    table = market(drawn(days, draws), _lean(days, task))
    known = gate().candidate(_known(days, COSTS), table, task.number)
    other, family = _search(task, draws, days, table, "formula", TRIES - 1)
    found = known.sharpe is not None and known.sharpe >= (other.sharpe or 0.0)
    best = known if found else other
    return _decided(task, best, [known.sharpe, *family], "formula", planted=found)


ARMS = {
    "alone": _alone,
    "alone_with_memory": _alone_with_memory,
    "alone_cheap": _alone_cheap,
    "searched": _searched,
    "planted": _planted,
    "planted_searched": _planted_searched,
}


def _source(task: Task) -> Days:
    return sources()[task.number % len(sources())]


def _tried(spec: Mapping[str, Any], table: MarketTable, seed: int) -> Candidate | None:
    """Returns the candidate; None if the specification is refused."""
    try:
        return gate().candidate(spec, table, seed)
    except EngineError:
        return None


def _decided(
    task: Task,
    candidate: Candidate,
    family: Sequence[float | None],
    kind: str,
    **more: Any,
) -> Outcome:
    parts: dict[str, str] = {}
    deflated = 0.0
    for part, judgement in gate().verdicts(candidate, family):
        parts[part] = "" if judgement.passed else judgement.observed
        if part == TRIALS and len(family) == 1 and judgement.observed != "undefined":
            deflated = float(judgement.observed)
        near = part == TRIALS and task.arm == "alone" and deflated >= ASKED_FROM
        if not judgement.passed and not task.whole and not near:
            break
    refusals = [part for part in PARTS if parts.get(part)]
    return Outcome(
        refused_by=next(iter(refusals), ""),
        kind=kind,
        sharpe=candidate.sharpe or 0.0,
        parts=parts if task.whole else {},
        deflated=deflated,
        rest=next((part for part in refusals if part != TRIALS), ""),
        **more,
    )


def _known(days: Days, costs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the specification of the formula that planted markets reward."""
    return {
        "strategy": {"formula": {"text": KNOWN}},
        "symbols": list(days.symbols),
        "calendar": days.calendar,
        "initialCash": 1_000_000,
        "direction": "DIRECTION_LONG_SHORT",
        "sizing": {"equalWeight": {}},
        **costs,
    }


def _lean(days: Days, task: Task) -> Floats:
    """Returns what each symbol leans a day, so that the known formula earns `strength` a year.

    Each symbol leans by the same part of its deviation.
    """
    deviations = days.deviations
    each = task.strength * _volatility(days.file, task.seed) / DAYS_A_YEAR
    lean: Floats = deviations * (each / (sum(deviations.tolist()) / deviations.size))
    return lean


@cache
def _volatility(file: str, seed: int) -> float:
    """Returns the mean annual volatility of the known formula over markets without skill."""
    days = next(one for one in sources() if one.file == file)
    found = []
    for number in range(SCALE_MARKETS):
        draws = stream(seed, f"calibration/scale/{number}")
        run = gate().candidate(_known(days, NO_COSTS), market(drawn(days, draws)), number)
        found.append(float(run.metrics["annual_volatility_ratio"]))
    return float(np.mean(found))


def counted(found: Sequence[str]) -> Mapping[str, int]:
    """Returns how often each text occurs, the most frequent first, then by name."""
    return dict(sorted(Counter(found).items(), key=lambda item: (-item[1], item[0])))
