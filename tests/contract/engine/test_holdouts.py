"""Vaults give verdicts, spend their budgets, and keep both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurelius.engine.v1 import holdout_pb2, trial_ledger_service_pb2
from aurelius.engine.v1 import holdout_service_pb2 as pb
from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine import vaults
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.vaults import (
    ALWAYS,
    NEVER,
    VAULT,
    Verdict,
    create_vault,
    evaluate,
    get_vault,
    log_of,
    refused,
    run_of,
)


@pytest.fixture
def both(engine: Served) -> Served:
    vaults.registered_both(engine)
    return engine


def test_a_run_passes_or_does_not_and_nothing_else_is_said(both: Served) -> None:
    create_vault(both, ALWAYS, NEVER)
    run = run_of(both)

    answer = evaluate(both, run)

    found = answer.holdout_evaluation
    assert (found.verdict, found.run) == (Verdict.VERDICT_NOT_PASSED, run)
    assert answer.remaining_count == 2
    assert {field.name for field, _ in found.ListFields()} == {
        "name",
        "create_time",
        "creator",
        "run",
        "verdict",
        "trial_entry",
    }
    assert log_of(both) == [found]


def test_a_vault_that_reveals_criteria_says_which_hold(both: Served) -> None:
    """A metric that is undefined on the sealed bars does not: who holds closes no trade."""
    create_vault(both, ALWAYS, NEVER, ("win_rate_ratio", "GREATER", -1e9), reveals=True)

    found = evaluate(both, run_of(both, strategy={"buyAndHold": {}})).holdout_evaluation

    passed, not_passed = Verdict.VERDICT_PASSED, Verdict.VERDICT_NOT_PASSED
    assert list(found.criterion_verdicts) == [passed, not_passed, not_passed]
    assert found.verdict == not_passed
    assert log_of(both) == [found]


def test_a_run_that_was_judged_is_told_the_same_and_spends_nothing(both: Served) -> None:
    create_vault(both, budget=1)
    run = run_of(both)

    first, second = evaluate(both, run), evaluate(both, run)

    assert first == second
    assert first.holdout_evaluation.verdict == Verdict.VERDICT_PASSED
    assert get_vault(both).remaining_count == 0


def test_a_spent_budget_is_a_refusal(both: Served) -> None:
    create_vault(both, budget=2)
    for seed in range(2):
        evaluate(both, run_of(both, seed))
    another = run_of(both, 2)

    code, reason, facts = refused(lambda: evaluate(both, another))

    assert (code, reason) == ("FAILED_PRECONDITION", "HOLDOUT_BUDGET_SPENT")
    assert (facts["found"], facts["allowed"]) == ("2", "2")
    assert [one.name for one in log_of(both)] == [f"{VAULT}/evaluations/{n}" for n in (1, 2)]


class Noting:
    """The execution that ships, and what it was asked for last."""

    def __init__(self) -> None:
        self.document: Mapping[str, Any] = {}
        self.table: Any = None
        self.result: Any = None

    def __call__(self, document: Any, table: Any, *rest: Any, seed: int) -> Any:
        self.document, self.table = document, table
        self.result = SHIPPED.execute(document, table, *rest, seed=seed)
        return self.result


def test_signals_warm_up_on_the_bars_that_the_run_saw(tmp_path: Path) -> None:
    noted = Noting()
    with serving(tmp_path, parts=Parts(execute=noted)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        late = run_of(engine, startTime="2015-01-31T00:00:00Z")

        evaluate(engine, late)

        assert noted.document["startTime"] == "2015-05-01T00:00:00Z"
        assert "endTime" not in noted.document
        assert noted.document["warmUpBars"] == vaults.OPEN_BARS - 30
        closes = np.concatenate((vaults.OPEN_CLOSES, vaults.SEALED_CLOSES)).ravel()
        np.testing.assert_array_equal(noted.table.close, closes)
        equity = noted.result.tables["equity"]
        assert len(equity[0].data) == vaults.SEALED_BARS + 1


def test_a_verdict_is_that_of_the_run_gone_on_over_all_bars(tmp_path: Path) -> None:
    """The same bars, open: a run whose window is theirs says what the vault may not."""
    bars = np.concatenate((vaults.OPEN_CLOSES, vaults.SEALED_CLOSES))
    for name in ("open", "sealed"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "open") as engine:
        vaults.registered(engine, vaults.file_of(bars, "2015-01-01"), "whole", vaults.OPEN)
        whole = engine.sealed(
            dataset="datasets/whole", startTime="2015-05-01T00:00:00Z", warmUpBars=120
        )
        sharpe = next(m.value for m in whole.result.metrics if m.metric_id == "sharpe_ratio")

    with serving(tmp_path / "sealed") as engine:
        vaults.registered_both(engine)
        below, above = np.nextafter(sharpe, -np.inf), np.nextafter(sharpe, np.inf)
        create_vault(
            engine,
            ("sharpe_ratio", "GREATER", float(below)),
            ("sharpe_ratio", "LESS", float(above)),
        )
        found = evaluate(engine, run_of(engine)).holdout_evaluation

    assert found.verdict == Verdict.VERDICT_PASSED


@pytest.mark.parametrize(
    ("first_day", "symbols"), [("2015-03-01", ("AAA", "BBB")), ("2015-05-01", ("AAA", "CCC"))]
)
def test_bars_that_do_not_go_on_are_evaluated_alone(
    tmp_path: Path, first_day: str, symbols: tuple[str, str]
) -> None:
    noted = Noting()
    with serving(tmp_path, parts=Parts(execute=noted)) as engine:
        vaults.registered(engine, vaults.OPEN_FILE, "seen", vaults.OPEN)
        other = vaults.file_of(vaults.SEALED_CLOSES, first_day, symbols)
        vaults.registered(engine, other, "kept", vaults.SEALED)
        create_vault(engine)

        evaluate(engine, run_of(engine, symbols=["AAA"]))

    assert noted.document["warmUpBars"] == 0
    assert "startTime" not in noted.document
    np.testing.assert_array_equal(noted.table.close, vaults.SEALED_CLOSES.ravel())


def test_every_spending_and_verdict_is_in_the_log_of_trials_without_a_number(both: Served) -> None:
    create_vault(both)
    found = evaluate(both, run_of(both)).holdout_evaluation

    listed = both.trials.ListTrialEntries(
        trial_ledger_service_pb2.ListTrialEntriesRequest(), metadata=token()
    ).trial_entries
    proof = both.trials.ProveTrialEntry(
        trial_ledger_service_pb2.ProveTrialEntryRequest(name=found.trial_entry), metadata=token()
    )

    mine = [entry for entry in listed if entry.subject == found.name]
    assert [entry.event for entry in mine] == ["SPENT", "PASSED"]
    assert mine[0] == proof.trial_entry
    for entry in mine:
        assert not entry.HasField("sharpe_ratio")
        assert entry.result_digest == ""
        assert entry.strategies == ["trendFollowing"]


def test_terms_are_checked(both: Served) -> None:
    risk = token("ROLE_RISK")

    def asked(*criteria: Any, **how: Any) -> tuple[str, str, dict[str, str]]:
        request = vaults.vault_request(*criteria, **how)
        return refused(lambda: both.holdouts.CreateHoldoutVault(request, metadata=risk))

    assert asked(dataset="datasets/seen")[:2] == ("FAILED_PRECONDITION", "HOLDOUT_DATASET_OPEN")
    assert asked(dataset="datasets/none")[:2] == ("NOT_FOUND", "DATASET_NOT_FOUND")
    assert asked(("luck", "LESS", 1.0))[:2] == ("INVALID_ARGUMENT", "HOLDOUT_METRIC_UNKNOWN")
    for budget in (0, 1001):
        assert asked(budget=budget)[0] == "INVALID_ARGUMENT"
    create_vault(both)
    assert asked()[:2] == ("ALREADY_EXISTS", "HOLDOUT_VAULT_EXISTS")


def test_bars_have_one_budget_however_they_are_cut(both: Served) -> None:
    create_vault(both)
    part = vaults.file_of(vaults.SEALED_CLOSES[20:], "2015-06-01", ("X", "Y"))
    vaults.registered(both, part, "part", vaults.SEALED)
    vaults.registered(both, vaults.SEALED_FILE, "again", vaults.SEALED)
    apart = vaults.file_of(vaults.walk(9, 60, 50.0), "2015-06-01")
    vaults.registered(both, apart, "apart", vaults.SEALED)

    for name in ("part", "again"):
        code, reason, facts = refused(
            lambda name=name: create_vault(both, vault_id="more", dataset=f"datasets/{name}")
        )
        assert (code, reason) == ("FAILED_PRECONDITION", "HOLDOUT_DATA_SHARED")
        assert facts["found"] == VAULT
    assert create_vault(both, vault_id="more", dataset="datasets/apart").remaining_count == 3


def test_a_request_id_creates_one_vault(both: Served) -> None:
    request = vaults.vault_request()
    request.request_id = "once"
    risk = token("ROLE_RISK")

    first = both.holdouts.CreateHoldoutVault(request, metadata=risk)

    assert both.holdouts.CreateHoldoutVault(request, metadata=risk) == first
    listed = both.holdouts.ListHoldoutVaults(pb.ListHoldoutVaultsRequest(), metadata=token())
    assert list(listed.holdout_vaults) == [first]


def test_only_risk_creates_vaults(both: Served) -> None:
    others = token("ROLE_RESEARCHER", "ROLE_PLATFORM", "ROLE_ADMIN", "ROLE_AUDITOR")
    request = vaults.vault_request()

    code, _, _ = refused(lambda: both.holdouts.CreateHoldoutVault(request, metadata=others))

    assert code == "PERMISSION_DENIED"


def test_what_everybody_sees_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    with serving(tmp_path) as engine:
        vaults.registered(engine, vaults.OPEN_FILE, "seen", vaults.OPEN)
        other = vaults.file_of(vaults.SEALED_CLOSES, "2015-05-01", ("AAA", "CCC"))
        vaults.registered(engine, other, "kept", vaults.SEALED)
        create_vault(engine)
        run = run_of(engine, symbols=["BBB"])

        assert refused(lambda: evaluate(engine, run))[1] == "SYMBOL_UNKNOWN"
        assert refused(lambda: evaluate(engine, "runs/r" + "a" * 26))[1] == "RUN_NOT_FOUND"
        assert (
            refused(lambda: evaluate(engine, run, "holdoutVaults/none"))[1]
            == "HOLDOUT_VAULT_NOT_FOUND"
        )
        assert get_vault(engine).remaining_count == 3


def test_damaged_bars_cost_nothing_and_a_verdict_outlives_them(
    both: Served, tmp_path: Path
) -> None:
    create_vault(both)
    run, another = run_of(both), run_of(both, 1)
    told = evaluate(both, run)
    vaults.damage(tmp_path)

    code, reason, facts = refused(lambda: evaluate(both, another))

    assert (code, reason, facts["found"]) == ("DATA_LOSS", "OBJECT_DAMAGED", "other bytes")
    assert get_vault(both).remaining_count == 2
    assert evaluate(both, run) == told


def test_lists_are_cut_into_pages(both: Served) -> None:
    create_vault(both)
    for seed in range(3):
        evaluate(both, run_of(both, seed))
    apart = vaults.file_of(vaults.walk(9, 60, 50.0), "2015-06-01")
    vaults.registered(both, apart, "apart", vaults.SEALED)
    create_vault(both, vault_id="more", dataset="datasets/apart")

    spent: list[holdout_pb2.HoldoutEvaluation] = []
    asked = pb.ListHoldoutEvaluationsRequest(parent=VAULT, page_size=2)
    for _ in range(2):
        page = both.holdouts.ListHoldoutEvaluations(asked, metadata=token())
        spent += page.holdout_evaluations
        asked.page_token = page.next_page_token
    kept: list[str] = []
    wanted = pb.ListHoldoutVaultsRequest(page_size=1)
    for _ in range(2):
        listed = both.holdouts.ListHoldoutVaults(wanted, metadata=token())
        kept += [one.name for one in listed.holdout_vaults]
        wanted.page_token = listed.next_page_token

    assert spent == log_of(both)
    assert (asked.page_token, wanted.page_token) == ("", "")
    assert kept == ["holdoutVaults/more", VAULT]
