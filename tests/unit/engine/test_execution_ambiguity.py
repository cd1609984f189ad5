"""Metrics as intervals over the paths through bars."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.execution import execute
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.codes import INTRABAR_PATHS
from aurelius_engine.domain.core.decisions import no_decisions, no_orders
from aurelius_engine.domain.errors import StudyContradiction
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.validation.execution_ambiguity import execution_ambiguity, interval
from aurelius_engine.domain.validation.findings import Findings, Verdict
from aurelius_engine.domain.validation.study import StudyContext
from tests.unit.engine.runs import document, executed, listed, market

BRACKET = {"bracket": {"stopLossRatio": 0.1, "takeProfitRatio": 0.1}}
WILD = [100, 112, 88, 100]
HIGH_FIRST = "INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE"
LOW_FIRST = "INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE"
ADVERSE, FAVOURABLE = "INTRABAR_PATH_ADVERSE", "INTRABAR_PATH_FAVOURABLE"


class Runs:
    """Runs over one table."""

    def __init__(self, table: MarketTable) -> None:
        self.count, self._table = 0, table

    def execute(self, base: dict[str, Any]) -> RunResult:
        self.count += 1
        return executed_document(base, self._table)

    def run_id(self, base: dict[str, Any]) -> str:
        return str(base["intrabarPath"])


def executed_document(base: dict[str, Any], table: MarketTable) -> RunResult:
    return execute(base, table, packaged_calendars(), seed=0, plugins=NoPlugins())


def studied(spec: dict[str, Any], table: MarketTable, **terms: Any) -> Findings:
    return execution_ambiguity(
        StudyContext(
            base=document(spec),
            terms={"metricIds": [], "worstEnds": [], "maxSharpeDistance": 0.5, **terms},
            table=table,
            calendars=packaged_calendars(),
            seed=0,
            runs=Runs(table),  # type: ignore[arg-type]  # the study executes, and names runs
            report=lambda done, of: None,
            should_stop=lambda: False,
            workers=1,
            data={},
            superiority=ArchSuperiority(),
        )
    )


def rows(table: tuple[Column, ...]) -> dict[str, dict[str, Any]]:
    """Returns the rows by their first column."""
    columns = [one.data.tolist() if one.values is None else one.texts() for one in table]
    names = [one.name for one in table]
    return {row[0]: dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)}


def trips(*quantities: float) -> tuple[dict[str, Any], MarketTable]:
    """One bracketed trade a second day, in a bar that reaches stop and target."""
    days: list[Any] = [100]
    orders = []
    for place, quantity in enumerate(quantities):
        days += [WILD, [100, 100 + place % 3, 100, 100]]
        orders.append({"step": 2 * place, "quantity": quantity, "type": "MARKET"})
    spec = listed(*orders, orders=BRACKET, direction="DIRECTION_LONG_SHORT")
    return spec, market({"X": days})


def test_where_stop_and_target_lie_in_one_bar_the_worst_end_fails() -> None:
    spec, table = trips(1, 2, 1, 2, 1)
    found = studied({**spec, "intrabarPath": HIGH_FIRST}, table)
    envelope = rows(found.tables["envelope"])
    checks = {one.id: one for one in found.checks}

    gains = envelope["total_return_ratio"]
    assert gains["reported"] == gains["highest"] == pytest.approx(0.07)
    assert gains["lowest"] == pytest.approx(-0.07)
    assert gains["lowest_path"] == "INTRABAR_PATH_STOPS_FIRST"
    assert gains["highest_path"] == HIGH_FIRST
    worst = checks["execution_ambiguity.lowest_sharpe_ratio"]
    assert worst.verdict is Verdict.FAILED
    assert worst.value == envelope["sharpe_ratio"]["lowest"] < 0.0
    distance = checks["execution_ambiguity.sharpe_distance"]
    assert distance.verdict is Verdict.FAILED
    assert distance.value == envelope["sharpe_ratio"]["reported"] - worst.value
    assert not found.passed
    assert {one.id: one.outcome for one in found.statistics}["ambiguous_bar_count"] == 5.0
    assert rows(found.tables["ambiguous_bars"])["X"]["favourable_bars"] == 5


def test_bar_by_bar_is_worse_and_better_than_one_path_for_all() -> None:
    spec, table = trips(1, -1, 1, -1)
    found = studied(spec, table)
    paths = {path: row["total_return_ratio"] for path, row in rows(found.tables["paths"]).items()}

    assert paths[HIGH_FIRST] == pytest.approx(0.0, abs=1e-12)
    assert paths[LOW_FIRST] == pytest.approx(0.0, abs=1e-12)
    assert paths[ADVERSE] == pytest.approx(-0.04)
    assert paths[FAVOURABLE] == pytest.approx(0.04)
    assert list(paths) == list(INTRABAR_PATHS)


def test_market_orders_alone_have_intervals_of_no_width() -> None:
    prices = 100.0 * np.cumprod(1.0 + np.random.default_rng(3).normal(0.0, 0.02, 200))
    days = [[p, 1.05 * p, 0.95 * p, 1.01 * p] for p in prices.tolist()]
    spec = {"strategy": {"trendFollowing": {"fastBars": 3, "slowBars": 9}}}
    table = market({"X": days})
    every = [one.id for one, value in executed(spec, table).metrics if not isinstance(value, str)]
    found = studied(spec, table, metricIds=every, maxSharpeDistance=0.0)
    checks = {one.id: one for one in found.checks}

    envelope = rows(found.tables["envelope"])
    assert len(envelope) > 40
    assert all(row["lowest"] == row["highest"] == row["reported"] for row in envelope.values())
    assert envelope["turnover_ratio" if "turnover_ratio" in envelope else "sharpe_ratio"]
    assert checks["execution_ambiguity.sharpe_distance"].value == 0.0
    assert checks["execution_ambiguity.sharpe_distance"].verdict is Verdict.PASSED
    assert {one.id: one.outcome for one in found.statistics}["ambiguous_bar_count"] == 0.0


def test_bounds_are_judged_at_the_end_that_passes_last() -> None:
    spec, table = trips(1, 2, 1)
    drawdown = {"metricId": "max_drawdown_ratio", "comparison": "COMPARISON_LESS", "bound": 0.03}
    gain = {
        "metricId": "total_return_ratio",
        "comparison": "COMPARISON_GREATER_OR_EQUAL",
        "bound": -0.05,
    }
    found = studied({**spec, "intrabarPath": HIGH_FIRST}, table, worstEnds=[drawdown, gain])
    checks = {one.id: one for one in found.checks}

    deepest = checks["execution_ambiguity.highest_max_drawdown_ratio"]
    assert (deepest.verdict, deepest.value) == (Verdict.FAILED, pytest.approx(0.04))
    least = checks["execution_ambiguity.lowest_total_return_ratio"]
    assert (least.verdict, least.value) == (Verdict.PASSED, pytest.approx(-0.04))


def test_a_metric_that_one_path_leaves_undefined_has_no_ends_and_fails() -> None:
    values = {HIGH_FIRST: {"m": 1.0}, LOW_FIRST: {"m": "UNDEFINED_NO_TRADES"}}

    found = interval("m", values, HIGH_FIRST)

    assert (found.reported, found.lowest, found.highest) == (1.0, *["UNDEFINED_NO_TRADES"] * 2)
    assert (found.lowest_path, found.highest_path) == ("", "")


def test_a_study_of_no_trade_is_not_waved_through() -> None:
    spec, table = trips(1)
    never = {**spec["strategy"]["orderList"]["orders"][0], "type": "ORDER_TYPE_LIMIT"}
    spec["strategy"] = {"orderList": {"orders": [{**never, "limitPrice": 50}]}}
    found = studied(spec, table)

    assert [one.verdict for one in found.checks] == [Verdict.FAILED, Verdict.FAILED]
    assert "UNDEFINED_NO_RISK" in found.checks[0].detail


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"metricIds": ["luck"]}, "luck"),
        (
            {
                "worstEnds": [
                    {"metricId": "sharpe_ratio", "comparison": f"COMPARISON_{name}", "bound": 0}
                    for name in ("GREATER", "GREATER_OR_EQUAL")
                ]
            },
            "lowest_sharpe_ratio",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(terms: dict[str, Any], wrong: str) -> None:
    spec, table = trips(1)

    with pytest.raises(StudyContradiction) as refused:
        studied(spec, table, **terms)

    assert refused.value.facts["found"] == wrong


def test_what_a_walk_keeps_fits_the_rows_of_the_orders() -> None:
    """core/intrabar.py copies these whole into one row of the logs, and nothing checks bounds."""
    spec = spec_from_document(document(trips(1)[0]))
    panel = panel_of(spec, trips(1)[1])
    arrays = new_run(spec, panel, no_decisions(), no_orders(), None)

    assert arrays.counters.size <= arrays.order_ints.shape[1]
    assert arrays.account.size <= arrays.order_floats.shape[1]
    assert arrays.positions.shape[0] <= arrays.order_floats.shape[1]
