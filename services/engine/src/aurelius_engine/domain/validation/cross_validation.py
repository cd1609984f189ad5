"""Combinatorial purged cross-validation, and overfitting by symmetric choices of parts.

docs/specs/validation_cross_validation.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.errors import DataInsufficient, StudyContradiction
from aurelius_engine.domain.fixed_math import fixed_log
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.metrics import summary
from aurelius_engine.domain.sweeps.trials import Outcome
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.validation.combinations import (
    best_of,
    overfitting,
    running_sums,
    sharpe_over,
)
from aurelius_engine.domain.validation.earnings import Market, earned
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Findings,
    Statistic,
    Table,
    check,
)
from aurelius_engine.domain.validation.study import StudyContext

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SPLITS_MOST = 20_000
OBJECTIVE = "sharpe_ratio"
# A part of the window with fewer bars has no Sharpe ratio worth a comparison.
PART_BARS_LEAST = 5
NO_RATIO = "UNDEFINED_NO_SHARPE_RATIO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One choice of test groups; `best` is the point chosen on its train, -1 for none."""

    groups: tuple[int, ...]
    train_bars: int
    best: int
    train_sharpe: float
    test_sharpe: float


def cross_validation(context: StudyContext) -> Findings:
    """Judges every choice of test groups, and how often the best in sample disappoints.

    Raises:
        StudyContradiction: The groups or the objective exclude each other.
        DataInsufficient: A group or a part has too few bars.
        EngineError: Every run is refused, or the study was cancelled.
    """
    terms = context.terms
    groups, tested = int(terms["groupCount"]), int(terms["testGroupCount"])
    parts = int(terms["partitionCount"])
    _refuse(terms, groups, tested, parts)
    market = earned(context)
    bars = market.times.size
    least = PART_BARS_LEAST * max(groups, parts)
    if bars < least:
        raise DataInsufficient(
            f"{max(groups, parts)} groups need {least} bars, the window has {bars}",
            found=bars,
            allowed=f"at least {least}",
        )
    first, second = running_sums(market.returns)
    edges = group_edges(bars, groups)
    splits = [
        _split(first, second, edges, chosen, terms, market.free)
        for chosen in combinations(range(groups), tested)
    ]
    paths = _paths(splits, groups, market, edges)
    chances = overfitting(
        first, second, group_edges(bars, parts), symmetric_choices(parts), market.free
    )
    statistics = _statistics(paths, chances, market, len(splits))
    return Findings(
        statistics=statistics,
        checks=_checks(statistics, terms),
        tables={
            "splits": _splits_table(splits, market),
            "paths": _paths_table(paths),
            "overfitting": _overfitting_table(chances),
        },
        execution_count=context.runs.count,
    )


def _refuse(terms: Mapping[str, Any], groups: int, tested: int, parts: int) -> None:
    if tested >= groups:
        raise StudyContradiction(
            "every group would be a test",
            found=f"test_group_count {tested}",
            allowed=f"below group_count, {groups}",
        )
    if math.comb(groups, tested) > SPLITS_MOST:
        raise StudyContradiction(
            "there are too many choices of test groups",
            found=math.comb(groups, tested),
            allowed=f"at most {SPLITS_MOST}",
        )
    if parts % 2:
        raise StudyContradiction(
            "half of the parts are in sample", found=parts, allowed="an even partition_count"
        )
    objective = terms["space"]["objective"]
    if objective["metricId"] != OBJECTIVE or objective["direction"] != "DIRECTION_MAXIMIZE":
        raise StudyContradiction(
            "groups of bars are compared by what their returns say",
            found=f"{objective['direction']} {objective['metricId']}",
            allowed=f"DIRECTION_MAXIMIZE {OBJECTIVE}",
        )


def group_edges(bars: int, parts: int) -> Ints:
    """Returns where each of so many parts of the bars begins, and the end."""
    return np.array([part * bars // parts for part in range(parts + 1)], dtype=np.int64)


def train_intervals(
    edges: Ints, chosen: Sequence[int], purge: int, embargo: int
) -> tuple[Ints, Ints]:
    """Returns the intervals of bars that are left to train on.

    Args:
        edges: Where the groups begin, and the end.
        chosen: The test groups, rising.
        purge: Bars left out before each.
        embargo: Bars left out after each.
    """
    starts, ends, at = [], [], 0
    for group in chosen:
        starts.append(at)
        ends.append(max(at, int(edges[group]) - purge))
        at = int(edges[group + 1]) + embargo
    starts.append(min(at, int(edges[-1])))
    ends.append(int(edges[-1]))
    # Between two test groups next to each other nothing is left.
    return np.array(starts, dtype=np.int64), np.maximum(ends, starts).astype(np.int64)


def _split(
    first: Floats,
    second: Floats,
    edges: Ints,
    chosen: tuple[int, ...],
    terms: Mapping[str, Any],
    free: float,
) -> Split:
    starts, ends = train_intervals(
        edges, chosen, int(terms["purgeBars"]), int(terms["embargoBars"])
    )
    train, test = np.empty(first.shape[0]), np.empty(first.shape[0])
    sharpe_over(first, second, starts, ends, free, train)
    places = np.array(chosen, dtype=np.int64)
    sharpe_over(first, second, edges[places], edges[places + 1], free, test)
    best = best_of(train)
    return Split(
        groups=chosen,
        train_bars=int(np.add.reduce(ends - starts)),
        best=best,
        train_sharpe=math.nan if best < 0 else float(train[best]),
        test_sharpe=math.nan if best < 0 else float(test[best]),
    )


def paths_through(chosen: Sequence[tuple[int, ...]], groups: int) -> list[tuple[int, ...]]:
    """Returns the paths through the tests: of each group, the place of one of its splits.

    A path takes each group once: path p has of a group the p-th split that tests it.

    Args:
        chosen: The test groups of each split, every choice of as many.
        groups: How many there are.
    """
    tests = [
        [place for place, tested in enumerate(chosen) if group in tested] for group in range(groups)
    ]
    return list(zip(*tests, strict=True))


def _paths(
    splits: Sequence[Split], groups: int, market: Market, edges: Ints
) -> list[tuple[float, float, float]]:
    """Returns total return, Sharpe ratio and drawdown of each path through the tests."""
    found = []
    for path in paths_through([split.groups for split in splits], groups):
        equity: list[Floats] = [np.ones(1)]
        for group, split in enumerate(path):
            best = splits[split].best
            start, end = int(edges[group]), int(edges[group + 1])
            row = market.returns[best, start:end] if best >= 0 else np.zeros(end - start)
            grown: Floats = np.multiply.accumulate(np.concatenate((equity[-1][-1:], 1.0 + row)))
            equity.append(grown[1:])
        found.append(
            summary(
                np.concatenate(equity),
                market.periods,
                market.free * market.periods,
                np.empty(BLOCK),
                np.empty(2 * LANES),
            )
        )
    return found


def symmetric_choices(parts: int) -> NDArray[np.bool_]:
    """Returns every choice of half of the parts, (n_choices, n_parts)."""
    halves = list(combinations(range(parts), parts // 2))
    chosen = np.zeros((len(halves), parts), dtype=np.bool_)
    for row, half in enumerate(halves):
        chosen[row, list(half)] = True
    return chosen


def _statistics(
    paths: Sequence[tuple[float, float, float]],
    chances: tuple[Floats, Floats, Floats],
    market: Market,
    splits: int,
) -> list[Statistic]:
    sharpes = sorted(sharpe for _, sharpe, _ in paths if not math.isnan(sharpe))
    inside, outside, ranks = chances
    known = ~np.isnan(ranks)
    count = int(np.count_nonzero(known))
    middle: Outcome = sharpes[len(sharpes) // 2] if sharpes else NO_RATIO
    if sharpes and len(sharpes) % 2 == 0:
        middle = (sharpes[len(sharpes) // 2 - 1] + sharpes[len(sharpes) // 2]) / 2.0
    mean: Outcome = math.fsum(sharpes) / len(sharpes) if sharpes else NO_RATIO
    over = int(np.count_nonzero(ranks[known] <= 0.5))
    lost = int(np.count_nonzero(outside[known] < 0.0))
    negative = [sharpe < 0.0 for sharpe in sharpes].count(True)
    ratio, number = "ratio", "count"
    found: list[tuple[str, str, Outcome]] = [
        ("point_count", number, float(len(market.points))),
        ("split_count", number, float(splits)),
        ("path_count", number, float(len(paths))),
        ("median_path_sharpe_ratio", ratio, middle),
        ("mean_path_sharpe_ratio", ratio, mean),
        ("least_path_sharpe_ratio", ratio, sharpes[0] if sharpes else NO_RATIO),
        ("negative_path_ratio", ratio, negative / len(sharpes) if sharpes else NO_RATIO),
        ("choice_count", number, float(count)),
        ("overfitted_choice_count", number, float(over)),
        ("overfitting_probability", ratio, over / count if count else NO_RATIO),
        ("loss_probability", ratio, lost / count if count else NO_RATIO),
        ("degradation_slope", ratio, _slope(inside[known], outside[known])),
    ]
    return [
        Statistic(id=name, version=1, unit=unit, outcome=outcome) for name, unit, outcome in found
    ]


def _slope(inside: Floats, outside: Floats) -> Outcome:
    """Returns the slope of out-of-sample ratios on in-sample ones, by least squares."""
    xs, ys = inside.tolist(), outside.tolist()
    if len(xs) < 2:
        return NO_RATIO
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    spread = math.fsum((x - mean_x) * (x - mean_x) for x in xs)
    if not spread > 1e-30:
        return NO_RATIO
    both = zip(xs, ys, strict=True)
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in both) / spread


def _checks(statistics: Sequence[Statistic], terms: Mapping[str, Any]) -> list[Check]:
    found = {statistic.id: statistic.outcome for statistic in statistics}
    over, middle = found["overfitting_probability"], found["median_path_sharpe_ratio"]
    return [
        check(
            "cross_validation.overfitting_probability",
            over,
            Comparison.LESS_OR_EQUAL,
            float(terms["maxOverfittingRatio"]),
            unit="ratio",
            detail=(
                f"In {found['overfitted_choice_count']:.0f} of {found['choice_count']:.0f} "
                "choices the best point in sample is at or below the median out of sample."
            ),
            remedy="Search fewer points, or others: the best one is chosen by luck.",
            evidence=("overfitting",),
        ),
        check(
            "cross_validation.median_path_sharpe",
            middle,
            Comparison.GREATER,
            float(terms["minPathSharpe"]),
            unit="ratio",
            detail=f"The median Sharpe ratio of {found['path_count']:.0f} paths is {middle}.",
            remedy="What was chosen on the rest does not earn on the test: do not trade it.",
            evidence=("paths", "splits"),
        ),
    ]


def _ints(name: str, values: Sequence[int]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.int64))


def _floats(name: str, values: Sequence[float]) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.float64))


def _splits_table(splits: Sequence[Split], market: Market) -> Table:
    root = math.sqrt(market.periods)
    names = [canonical_json(point.values).decode() for point in market.points]
    return (
        _ints("split", list(range(len(splits)))),
        string_column("test_groups", [",".join(map(str, s.groups)) for s in splits]),
        _ints("train_bars", [s.train_bars for s in splits]),
        _ints(
            "chosen_point", [market.points[s.best].number if s.best >= 0 else -1 for s in splits]
        ),
        string_column("parameters", [names[s.best] if s.best >= 0 else "" for s in splits]),
        _floats("train_sharpe_ratio", [s.train_sharpe * root for s in splits]),
        _floats("test_sharpe_ratio", [s.test_sharpe * root for s in splits]),
    )


def _number(market: Market, place: int) -> int:
    return market.points[place].number if place >= 0 else -1


def _paths_table(paths: Sequence[tuple[float, float, float]]) -> Table:
    return (
        _ints("path", list(range(len(paths)))),
        _floats("return_ratio", [path[0] for path in paths]),
        _floats("sharpe_ratio", [path[1] for path in paths]),
        _floats("max_drawdown_ratio", [path[2] for path in paths]),
    )


def _overfitting_table(chances: tuple[Floats, Floats, Floats]) -> Table:
    inside, outside, ranks = chances
    logits = [
        math.nan if math.isnan(rank) else fixed_log(rank / (1.0 - rank)) for rank in ranks.tolist()
    ]
    return (
        _ints("choice", list(range(ranks.size))),
        _floats("in_sample_sharpe", inside.tolist()),
        _floats("out_of_sample_sharpe", outside.tolist()),
        _floats("relative_rank", ranks.tolist()),
        _floats("logit", logits),
    )
