"""Each fault in a result is found by the check that is for it, and by no other."""

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.validation.data_checks import data_checks
from aurelius_engine.domain.validation.findings import Check, Findings, Verdict
from aurelius_engine.domain.validation.run_checks import run_checks
from aurelius_engine.domain.validation.study import EngineRuns, StudyContext
from tests.unit.engine import runs
from tests.unit.engine.runs import document, executed, market

SPEC = {
    "strategy": {"trendFollowing": {"fastBars": 2, "slowBars": 5}},
    "commission": {"valueRatio": 0.001},
    "limits": {"maxParticipationRatio": 0.5},
}
TERMS = {
    "maxDrawdownRatio": 0.9,
    "maxLeverageRatio": 2.0,
    "maxConcentrationRatio": 2.0,
    "maxAnnualTurnoverRatio": 1e6,
    "maxSharpe": 1e6,
    "minTradeCount": 1,
    "minBarCount": 2,
}
TABLE = market({"X": [10.0 + (day * 7 % 19) * 0.4 + 0.01 * day for day in range(200)]})


class Forged:
    """An engine whose result somebody changed."""

    count = 1

    def __init__(self, result: RunResult) -> None:
        self._result = result

    def execute(self, document: Any, table: Any = None) -> RunResult:
        return self._result


def report(**counts: int) -> dict[str, Any]:
    """A quality report with findings of an error and of a warning."""
    checks = [
        {
            "check": name,
            "severity": f"QUALITY_SEVERITY_{name}",
            "findingCount": str(counts.get(name, 0)),
            "barCount": "9",
            "remedy": f"Mend the {name}.",
        }
        for name in ("INFO", "WARNING", "ERROR")
    ]
    return {"rowCount": "200", "checks": checks}


def found(result: RunResult, table: MarketTable = TABLE, spec: Any = SPEC, **data: Any) -> Findings:
    context = StudyContext(
        base=document(spec),
        terms=TERMS,
        table=table,
        calendars=packaged_calendars(),
        seed=0,
        runs=cast(EngineRuns, Forged(result)),
        report=lambda done, total: None,
        should_stop=lambda: False,
        workers=1,
        superiority=ArchSuperiority(),
        data={"dataClass": "DATA_CLASS_REAL", "qualityReport": report(), **data},
    )
    return run_checks(context)


def judged(result: RunResult, **data: Any) -> set[str]:
    """The checks that failed."""
    done = found(result, **data)
    failed = {check.id for check in done.checks if check.verdict is Verdict.FAILED}
    assert done.passed == (not failed - {f"run_checks.{name}" for name in TOLD})
    return {name.removeprefix("run_checks.") for name in failed} - TOLD


def changed(result: RunResult, table: str, column: str, row: int, value: float) -> RunResult:
    columns = []
    for one in result.tables[table]:
        if one.name == column:
            data = one.data.copy()
            data[row] += np.asarray(value).astype(data.dtype)
            one = replace(one, data=data)
        columns.append(one)
    return replace(result, tables={**result.tables, table: tuple(columns)})


def with_metric(result: RunResult, name: str) -> RunResult:
    metrics = [
        (metric, value * 1.0000001 if metric.id == name else value)
        for metric, value in result.metrics
    ]
    return replace(result, metrics=metrics)


def revalued(result: RunResult, row: int, by: float) -> RunResult:
    """A mark at another price: cash and positions still are equity."""
    for column in ("position_value", "equity"):
        result = changed(result, "equity", column, row, by)
    return result


# What fails here and blocks nothing: one name was chosen, and the assumptions are labelled.
TOLD = {"labels", "survivorship_shown"}
DAY = 86_400_000_000_000
FAULTS: dict[str, tuple[Callable[[RunResult], RunResult], set[str]]] = {
    "none": (lambda r: r, set()),
    "price": (lambda r: changed(r, "fills", "reference_price", 3, 50.0), {"fills_inside_bar"}),
    "volume": (
        lambda r: changed(r, "fills", "quantity", 3, 1e7),
        {"fills_within_volume", "orders_accounted", "accounts"},
    ),
    "early": (lambda r: changed(r, "orders", "submitted_time", 3, DAY), {"fills_after_decision"}),
    "order": (lambda r: changed(r, "orders", "filled_quantity", 3, 1.0), {"orders_accounted"}),
    "cash": (lambda r: changed(r, "equity", "cash", 90, 0.01), {"accounts"}),
    "no cash": (lambda r: changed(r, "equity", "cash", 90, math.nan), {"accounts"}),
    "position": (lambda r: changed(r, "positions", "quantity", 4, 0.001), {"accounts"}),
    "position's time": (lambda r: changed(r, "positions", "time", 4, DAY), {"accounts"}),
    "no position": (lambda r: changed(r, "positions", "quantity", 4, math.nan), {"accounts"}),
    "gross": (lambda r: changed(r, "equity", "gross_value", 90, 0.01), {"accounts"}),
    "worth": (lambda r: revalued(r, 90, 0.01), {"accounts"}),
    "no worth": (lambda r: changed(r, "equity", "position_value", 90, math.nan), {"accounts"}),
    "profit": (lambda r: changed(r, "trades", "profit", 2, 5.0), {"profits_reconcile"}),
    "sharpe": (lambda r: with_metric(r, "sharpe_ratio"), {"metrics_recomputed"}),
    "ulcer": (lambda r: with_metric(r, "ulcer_index_ratio"), {"metrics_recomputed"}),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_found_by_its_check(name: str) -> None:
    forge, wanted = FAULTS[name]
    failed = judged(forge(executed(SPEC, TABLE)))

    assert wanted <= failed
    # A changed table changes what is computed from it, and nothing else.
    assert failed - wanted <= {"metrics_recomputed", "concentration"}
    assert (failed == set()) == (name == "none")


def test_made_data_is_no_data_to_promote_on() -> None:
    result = executed(SPEC, TABLE)

    assert judged(result, dataClass="DATA_CLASS_SYNTHETIC") == {"data_class"}


def check_of(done: Findings, name: str) -> Check:
    (check,) = [one for one in done.checks if one.id == f"run_checks.{name}"]
    return check


def test_errors_of_the_quality_report_block_and_warnings_are_told() -> None:
    result = executed(SPEC, TABLE)

    assert judged(result, qualityReport=report(INFO=5)) == set()
    assert judged(result, qualityReport=report(ERROR=2)) == {"data_quality"}
    done = found(result, qualityReport=report(ERROR=2, WARNING=3))
    errors, warnings = check_of(done, "data_quality"), check_of(done, "data_quality_warnings")
    assert (errors.value, errors.severity.value, errors.remedy) == (
        2.0,
        "BLOCKER",
        "Mend the ERROR.",
    )
    assert (warnings.value, warnings.severity.value) == (3.0, "WARNING")
    assert "WARNING 3 times, 9 bars" in warnings.detail
    assert not found(result, qualityReport=None).passed


def listed(ended: int, count: int = 50) -> MarketTable:
    """So many names over ten years, of which some end early: 6 of 50 are expected to."""
    days = 3660
    prices = [10.0 + (day * 7 % 19) * 0.4 for day in range(0, days, 30)]
    bars = {
        f"S{name:02}": [
            prices[day // 30] if day % 30 == 0 and not (name < ended and day > days // 2) else None
            for day in range(days)
        ]
        for name in range(count)
    }
    return market(bars)


@pytest.mark.parametrize(
    ("ended", "symbols", "failed"),
    [
        (0, None, {"survivorship", "survivorship_shown"}),
        (1, None, {"survivorship_shown"}),
        (9, None, set()),
        (9, ["S10"], {"survivorship_shown"}),
    ],
)
def test_names_that_never_end_block_a_run_and_chosen_ones_are_told(
    ended: int, symbols: list[str] | None, failed: set[str]
) -> None:
    spec = {**SPEC, "calendar": "XNYS", "symbols": symbols or []}
    context = SimpleNamespace(
        data={"dataClass": "DATA_CLASS_REAL", "qualityReport": report()}, table=listed(ended)
    )

    checks = data_checks(cast(StudyContext, context), spec_from_document(document(spec)))

    wrong = {check.id.removeprefix("run_checks.") for check in checks if check.remedy}
    assert wrong == failed


def test_concentration_is_what_is_held_and_not_what_was_ever_added() -> None:
    # Half of the equity in each name, made even again and again while both grow a hundredfold,
    # and two for one on a day between.
    split_on, count = 200, 400
    bars = {}
    for name, swing in (("X", 0.1), ("Y", 0.0)):
        bars[name] = [
            (10.0 * 1.012**day * (1.0 + swing * (day % 3)) / (1.0 if day < split_on else 2.0),) * 4
            + (1e6, 0.0, 2.0 if day == split_on else 1.0)
            for day in range(count)
        ]
    spec = {
        "strategy": {"buyAndHold": {}},
        "sizing": {"equalWeight": {}},
        "rebalance": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 2},
        "corporateActions": "CORPORATE_ACTIONS_APPLIED",
    }
    table = market(bars)
    done = found(executed(spec, table), table, spec)

    assert 0.45 < check_of(done, "concentration").value < 0.6


def test_a_gap_before_a_fill_is_no_concentration() -> None:
    # Each open is a tenth above the close that decided.
    bars = {"X": [(11.0, 11.0, 9.0, 10.0 + 0.01 * day) for day in range(60)]}
    spec = {"strategy": {"buyAndHold": {}}}
    done = found(executed(spec, market(bars)), market(bars), spec)

    assert check_of(done, "concentration").value == 1.0


@pytest.mark.parametrize("applied", ["APPLIED", "NOT_APPLIED"])
def test_accounts_with_splits_dividends_gaps_and_two_sides_add_up(applied: str) -> None:
    draws = np.random.Generator(np.random.Philox(4))
    bars: dict[str, Any] = {}
    for place in range(3):
        closes = 50.0 * np.cumprod(1.0 + draws.normal(0.0, 0.02, 200))
        bars[f"S{place}"] = [
            None
            if draws.random() < 0.2 or (place == 1 and day > 120)
            else (
                *(close, close * 1.01, close * 0.99, close, 1e6),
                0.3 if draws.random() < 0.05 else 0.0,
                2.0 if draws.random() < 0.03 else 1.0,
            )
            for day, close in enumerate(closes.tolist())
        ]
    table = market(bars)
    spec = {
        "strategy": {"tsMomentum": {"lookbackBars": 5}},
        "direction": "DIRECTION_LONG_SHORT",
        "corporateActions": f"CORPORATE_ACTIONS_{applied}",
        "financing": {"borrowFeeRatio": 0.02},
    }

    result = executed(spec, table)
    done = found(result, table, spec)

    verdicts = {check.id: check.verdict for check in done.checks}
    assert verdicts["run_checks.accounts"] is Verdict.PASSED
    assert verdicts["run_checks.metrics_recomputed"] is Verdict.PASSED
    splits = result.tables["positions"][0].data.size - result.tables["fills"][0].data.size
    assert (splits > 0) == (applied == "APPLIED")


def test_the_accounts_of_a_run_that_never_trades_add_up() -> None:
    spec = {"strategy": {"trendFollowing": {"fastBars": 2, "slowBars": 199}}}

    done = found(executed(spec, TABLE), spec=spec)

    verdicts = {check.id: check.verdict for check in done.checks}
    assert verdicts["run_checks.accounts"] is Verdict.PASSED


@pytest.mark.parametrize("last", [9.0, 10.0, 30.0], ids=["lost", "nothing left", "in debt"])
def test_the_metrics_of_a_ruined_account_are_undefined_in_both_implementations(
    last: float,
) -> None:
    """Ten units sold at 5 with 50 more in cash: at 10 the account is worth nothing."""
    table = market({"X": [5.0, 5.0, 5.0, last, last, 8.0, 8.0]})
    spec = runs.listed(
        {"step": 0, "quantity": -10, "type": "MARKET"},
        {"step": 4, "quantity": 10, "type": "MARKET"},
        initialCash=50,
        direction="DIRECTION_LONG_SHORT",
    )

    result = executed(spec, table)
    done = found(result, table, spec)

    verdicts = {check.id: check.verdict for check in done.checks}
    assert verdicts["run_checks.metrics_recomputed"] is Verdict.PASSED
    assert verdicts["run_checks.accounts"] is Verdict.PASSED
    capacity = {metric.id: outcome for metric, outcome in result.metrics}["capacity_equity"]
    assert (capacity == "UNDEFINED_EQUITY_NOT_POSITIVE") == (last >= 10.0)
