"""`aurelius holdout` over the running suite: verdicts, exit codes, and what is left."""

import json
from pathlib import Path
from typing import Any

from tests.contract.engine import vaults
from tests.e2e.command import PROVENANCE, Command

TREND = "{trendFollowing: {fastBars: 5, slowBars: 20}}"
# Its order is before the sealed bars: they refuse it.
LISTED = (
    '{orderList: {orders: [{time: "2015-01-05T00:00:00Z", symbol: AAA,'
    " type: ORDER_TYPE_MARKET, quantity: 1}]}}"
)


def registered(aurelius: Command, data: bytes, name: str, data_class: str) -> None:
    path = aurelius.folder / f"{name}.csv"
    path.write_bytes(data)
    stated = PROVENANCE | {"dataClass": data_class, "asOfTime": "2026-01-01T00:00:00Z"}
    path.with_suffix(".provenance.json").write_text(json.dumps(stated))
    aurelius.ok("datasets", "register", path, "--name", name)


def run_of(aurelius: Command, strategy: str, seed: int) -> str:
    spec = aurelius.folder / "spec.yaml"
    spec.write_text(f"strategy: {strategy}\ncalendar: XNYS\n")
    asked = ("run", spec, "--dataset", "vault-seen", "--seed", str(seed), "--json")
    return str(aurelius.ok(*asked).json["run"])


def test_runs_are_judged_by_bars_that_nobody_sees(suite: Any, tmp_path: Path) -> None:
    token = suite.user("vault-rita", "ROLE_RESEARCHER", "ROLE_RISK")
    aurelius = Command(folder=tmp_path, server=suite.url, token=token)
    registered(aurelius, vaults.OPEN_FILE, "vault-seen", vaults.OPEN)
    registered(aurelius, vaults.SEALED_FILE, "vault-kept", vaults.SEALED)
    good, bad = run_of(aurelius, TREND, 0), run_of(aurelius, LISTED, 0)
    terms = ("create", "final", "--dataset", "vault-kept", "--budget", "2", "--reveal-criteria")
    held = ("--criterion", "total_return_ratio > -1", "--criterion", "max_drawdown_ratio <= 1")

    mistyped = aurelius.refused(2, "holdout", *terms, "--criterion", "sharpe_ratio over 1")
    made = aurelius.ok("holdout", *terms, *held).out
    mine = ("--request-id", "good one")
    passed = aurelius.ok("holdout", "evaluate", "final", good, *mine).out
    reused = aurelius.refused(2, "holdout", "evaluate", "final", bad, *mine)
    failed = aurelius("holdout", "evaluate", "final", bad)
    again = aurelius.ok("holdout", "evaluate", "holdoutVaults/final", good, "--json").json
    spent = aurelius.refused(2, "holdout", "evaluate", "final", run_of(aurelius, TREND, 1))

    assert "METRIC, one of >= <= > <" in mistyped
    assert "2 of 2 evaluations" in made
    assert "total_return_ratio > -1 passed" in " ".join(passed.split())
    assert "1 of 2 evaluations" in passed
    assert "REQUEST_ID_REUSED" in reused
    assert failed.code == 1
    assert "not passed" in failed.out
    assert again["holdoutEvaluation"]["verdict"] == "VERDICT_PASSED"
    assert again["remainingCount"] == 0
    assert "HOLDOUT_BUDGET_SPENT" in spent
    shown = aurelius.ok("holdout", "show", "final").out
    assert good in shown
    assert "vault-kept, sealed" in shown
    assert "final" in aurelius.ok("holdout", "list").out
    log = aurelius.ok("holdout", "list", "--vault", "final", "--json").lines
    assert log[0] == again["holdoutEvaluation"]
    assert [one["run"] for one in log] == [good, bad]
