"""What a metric is, and the conditions under which groups of metrics have no value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.metrics.statistics import OVERFLOW, Statistics

Outcome = float | str
NOT_POSITIVE = "UNDEFINED_EQUITY_NOT_POSITIVE"
TOO_FEW_BARS = "UNDEFINED_TOO_FEW_BARS"
NO_RISK = "UNDEFINED_NO_RISK"
NO_DRAWDOWN = "UNDEFINED_NO_DRAWDOWN"
NOT_RECOVERED = "UNDEFINED_NOT_RECOVERED"
NO_TAIL = "UNDEFINED_NO_TAIL"
NO_FILLS = "UNDEFINED_NO_FILLS"
NO_VOLUME = "UNDEFINED_NO_VOLUME"
NO_TRADES = "UNDEFINED_NO_TRADES"
NO_WINS = "UNDEFINED_NO_WINS"
NO_LOSSES = "UNDEFINED_NO_LOSSES"
NO_BENCHMARK = "UNDEFINED_NO_BENCHMARK"
NO_BENCHMARK_RISK = "UNDEFINED_NO_BENCHMARK_RISK"
NO_BENCHMARK_MOVE = "UNDEFINED_NO_BENCHMARK_MOVE"

# What must hold before a formula is asked, and the reasons if it does not, first one first.
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "": (),
    "positive": (NOT_POSITIVE,),
    "bars": (NOT_POSITIVE, TOO_FEW_BARS),
    "risk": (NOT_POSITIVE, TOO_FEW_BARS, NO_RISK),
    "drawdown": (NOT_POSITIVE, NO_DRAWDOWN),
    "volume": (NO_FILLS, NO_VOLUME),
    "capacity": (NOT_POSITIVE, NO_FILLS, NO_VOLUME),
    "trades": (NO_TRADES,),
    "losses": (NO_TRADES, NO_LOSSES),
    "payoff": (NO_TRADES, NO_LOSSES, NO_WINS),
    "benchmark": (NO_BENCHMARK, NOT_POSITIVE, TOO_FEW_BARS),
    "benchmark_risk": (NO_BENCHMARK, NOT_POSITIVE, TOO_FEW_BARS, NO_BENCHMARK_RISK),
}


def failed_conditions(s: Statistics) -> dict[str, str]:
    """Returns for each condition the first of its reasons that holds, or ""."""
    beside = s.benchmark
    holds = {
        NOT_POSITIVE: not s.positive,
        TOO_FEW_BARS: s.bars < 2,
        NO_RISK: s.returns.deviation <= ROUNDING,
        NO_DRAWDOWN: s.drawdowns.deepest <= ROUNDING,
        NO_FILLS: s.fills.in_bars == 0,
        NO_VOLUME: s.fills.without_volume > 0,
        NO_TRADES: s.trades.trades == 0,
        NO_LOSSES: s.trades.lost == 0,
        NO_WINS: s.trades.won == 0,
        NO_BENCHMARK: beside is None,
        NO_BENCHMARK_RISK: False,
    }
    failed = {name: _first(reasons, holds) for name, reasons in CONDITIONS.items()}
    if beside is not None:
        holds[TOO_FEW_BARS] = beside.bars < 2
        # As a deviation: root of squares over m - 1 at most 2^-40.
        holds[NO_BENCHMARK_RISK] = beside.squares <= ROUNDING * ROUNDING * (beside.bars - 1)
        for name in ("benchmark", "benchmark_risk"):
            failed[name] = _first(CONDITIONS[name], holds)
    return failed


def _first(reasons: tuple[str, ...], holds: Mapping[str, bool]) -> str:
    for reason in reasons:
        if holds[reason]:
            return reason
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A definition. A changed formula takes a new version.

    `undefined` lists the reasons for which there is no value; UNDEFINED_OVERFLOW
    may also stand in for any value that is not finite. `condition` is what must hold
    before `compute` is called; `compute` may still return a reason.
    """

    id: str
    version: int
    unit: str
    formula: str
    divisor: str
    annualisation: str
    undefined: tuple[str, ...]
    condition: str
    compute: Callable[[Statistics], Outcome]


def metric(
    id: str,
    unit: str,
    formula: str,
    compute: Callable[[Statistics], Outcome],
    *,
    divisor: str = "none",
    condition: str = "",
    annualisation: str = "none",
    also: tuple[str, ...] = (),
    version: int = 1,
) -> Metric:
    """Returns a definition; `also` are the reasons that only its formula finds."""
    return Metric(
        id=id,
        version=version,
        unit=unit,
        formula=formula,
        divisor=divisor,
        annualisation=annualisation,
        undefined=CONDITIONS[condition] + also,
        condition=condition,
        compute=compute,
    )


__all__ = ["OVERFLOW", "Metric", "Outcome", "failed_conditions", "metric"]
