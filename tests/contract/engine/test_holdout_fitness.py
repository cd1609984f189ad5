"""What can be known before anything is spent is refused before anything is spent."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine import vaults
from tests.contract.engine.plugin_installing import install
from tests.contract.engine.serving import Served, serving
from tests.contract.engine.vaults import (
    OPEN,
    SEALED,
    VAULT,
    Verdict,
    create_vault,
    evaluate,
    get_vault,
    log_of,
    refused,
    run_of,
)

__all__ = ["install"]
FLAT = "def decide(bars):\n    return [0.0] * len(bars.symbols)\n"
LONG = "def decide(bars):\n    return [1.0] * len(bars.symbols)\n"
UNFIT = ("FAILED_PRECONDITION", "HOLDOUT_RUN_UNFIT")


@pytest.fixture
def both(engine: Served) -> Served:
    vaults.registered_both(engine)
    return engine


def nothing_spent(engine: Served) -> bool:
    return get_vault(engine).remaining_count == 3 and log_of(engine) == []


def test_a_plugin_that_is_changed_or_gone_costs_nothing(
    both: Served, install: Callable[..., None], tmp_path: Path
) -> None:
    create_vault(both)
    install(FLAT)
    run = run_of(both, strategy={"plugin": {"name": "written"}})

    install(LONG)
    changed = refused(lambda: evaluate(both, run))
    (tmp_path / "written-1.dist-info" / "entry_points.txt").write_text("")
    gone = refused(lambda: evaluate(both, run))
    install(FLAT)

    assert changed[:2] == ("FAILED_PRECONDITION", "PLUGIN_MISMATCH")
    assert changed[2]["found"] != changed[2]["allowed"]
    assert gone[:2] == ("INVALID_ARGUMENT", "PLUGIN_NOT_FOUND")
    assert nothing_spent(both)
    assert evaluate(both, run).holdout_evaluation.verdict == Verdict.VERDICT_PASSED


def test_a_criterion_about_a_benchmark_refuses_runs_without_one(both: Served) -> None:
    create_vault(both, ("beta", "GREATER", -1e9))
    run, beside = run_of(both), run_of(both, benchmarkSymbol="BBB")

    code, reason, facts = refused(lambda: evaluate(both, run))

    assert (code, reason) == UNFIT
    assert (facts["found"], facts["allowed"]) == ("no benchmark_symbol", "a run with one")
    assert nothing_spent(both)
    assert evaluate(both, beside).holdout_evaluation.verdict == Verdict.VERDICT_PASSED


def test_a_criterion_that_this_engine_no_longer_knows_costs_nothing(
    both: Served, tmp_path: Path
) -> None:
    made = create_vault(both, dataset="datasets/kept", vault_id="first")
    apart = vaults.file_of(vaults.walk(9, 60, 50.0), "2015-06-01")
    other = vaults.registered(both, apart, "apart", SEALED)
    database = create_engine(f"sqlite:///{tmp_path}/engine.db")
    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO holdout_vaults SELECT 'final', 2, create_time, creator,"
                " 'datasets/apart', :hash, :criteria, budget_count, reveals_criteria"
                " FROM holdout_vaults"
            ),
            {"hash": other.data_hash, "criteria": '[["luck", "LESS", 1.0]]'},
        )
    database.dispose()
    run = run_of(both)

    code, reason, facts = refused(lambda: evaluate(both, run))

    assert (code, reason) == ("INVALID_ARGUMENT", "HOLDOUT_METRIC_UNKNOWN")
    assert facts["found"] == "luck"
    assert nothing_spent(both)
    assert made.name != VAULT


def test_a_metric_that_an_execution_does_not_give_is_not_passed(tmp_path: Path) -> None:
    """And no evaluation that stays without a verdict."""

    def without_metrics(document: Any, table: Any, *rest: Any, seed: int) -> Any:
        result = SHIPPED.execute(document, table, *rest, seed=seed)
        sealed = float(table.close[-1]) == float(vaults.SEALED_CLOSES[-1, -1])
        return dataclasses.replace(result, metrics=()) if sealed else result

    with serving(tmp_path, parts=Parts(execute=without_metrics)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)

        found = evaluate(engine, run_of(engine)).holdout_evaluation

    assert found.verdict == Verdict.VERDICT_NOT_PASSED


def adjusted(adjustment: str, as_of: str) -> dict[str, Any]:
    return {"adjustment": f"ADJUSTMENT_{adjustment}", "asOfTime": f"{as_of}T00:00:00Z"}


@pytest.mark.parametrize(
    ("seen", "kept", "facts"),
    [
        (
            adjusted("SPLITS", "2026-01-01"),
            adjusted("SPLITS", "2026-02-01"),
            (
                "ADJUSTMENT_SPLITS as of 2026-01-01T00:00:00Z",
                "ADJUSTMENT_SPLITS as of 2026-02-01T00:00:00Z",
            ),
        ),
        (
            adjusted("SPLITS", "2026-01-01"),
            adjusted("RAW", "2026-01-01"),
            ("ADJUSTMENT_SPLITS as of 2026-01-01T00:00:00Z", "ADJUSTMENT_RAW"),
        ),
        (adjusted("RAW", "2026-01-01"), adjusted("RAW", "2026-02-01"), None),
        (adjusted("SPLITS", "2026-01-01"), adjusted("SPLITS", "2026-01-01"), None),
    ],
    ids=["other times", "other adjustments", "raw", "alike"],
)
def test_prices_of_two_scales_are_not_joined(
    engine: Served, seen: dict[str, Any], kept: dict[str, Any], facts: tuple[str, str] | None
) -> None:
    vaults.registered(engine, vaults.OPEN_FILE, "seen", OPEN, **seen)
    vaults.registered(engine, vaults.SEALED_FILE, "kept", SEALED, **kept)
    create_vault(engine)
    run = run_of(engine)

    if facts is None:
        assert evaluate(engine, run).holdout_evaluation.verdict == Verdict.VERDICT_PASSED
        return
    code, reason, told = refused(lambda: evaluate(engine, run))
    assert (code, reason) == UNFIT
    assert (told["found"], told["allowed"]) == facts
    assert nothing_spent(engine)


def test_bars_of_another_interval_are_refused(engine: Served) -> None:
    """The run's are daily, the sealed ones a week apart; neither is known by a price."""
    vaults.registered(engine, vaults.OPEN_FILE, "seen", OPEN)
    weekly = vaults.file_of(vaults.SEALED_CLOSES, "2015-05-01", days=7)
    vaults.registered(engine, weekly, "kept", SEALED)
    create_vault(engine)
    run = run_of(engine)

    code, reason, facts = refused(lambda: evaluate(engine, run))

    assert (code, reason) == UNFIT
    assert (facts["found"], facts["allowed"]) == ("DAY", "the interval of datasets/kept")
    assert nothing_spent(engine)
