"""Each fault in a result is found by the check that is for it, and by no other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.validation.findings import Verdict
from aurelius_engine.domain.validation.run_checks import run_checks
from aurelius_engine.domain.validation.study import EngineRuns, StudyContext
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


def judged(result: RunResult, **data: str) -> set[str]:
    """The checks that failed."""
    context = StudyContext(
        base=document(SPEC),
        terms=TERMS,
        table=TABLE,
        calendars=packaged_calendars(),
        seed=0,
        runs=cast(EngineRuns, Forged(result)),
        report=lambda done, total: None,
        should_stop=lambda: False,
        workers=1,
        data={"dataClass": "DATA_CLASS_REAL", **data},
    )
    found = run_checks(context)
    failed = {check.id for check in found.checks if check.verdict is Verdict.FAILED}
    assert found.passed == (not failed - {"run_checks.labels"})
    return {name.removeprefix("run_checks.") for name in failed} - {"labels"}


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
