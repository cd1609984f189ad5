"""`aurelius holdout` over the running suite: a verdict, and what is left."""

import json
from pathlib import Path
from typing import Any

from tests.contract.engine import vaults
from tests.e2e.command import PROVENANCE, Command


def registered(aurelius: Command, data: bytes, name: str, data_class: str) -> None:
    path = aurelius.folder / f"{name}.csv"
    path.write_bytes(data)
    stated = PROVENANCE | {"dataClass": data_class, "asOfTime": "2026-01-01T00:00:00Z"}
    path.with_suffix(".provenance.json").write_text(json.dumps(stated))
    aurelius.ok("datasets", "register", path, "--name", name)


def test_a_run_is_judged_by_bars_that_nobody_sees(suite: Any, tmp_path: Path) -> None:
    roles = ("ROLE_RESEARCHER", "ROLE_RISK")
    token = suite.user("holdout-rita", *roles)
    aurelius = Command(folder=tmp_path, server=suite.url, token=token)
    registered(aurelius, vaults.OPEN_FILE, "vault-seen", vaults.OPEN)
    registered(aurelius, vaults.SEALED_FILE, "vault-kept", vaults.SEALED)
    spec = tmp_path / "spec.yaml"
    spec.write_text("strategy: {trendFollowing: {fastBars: 5, slowBars: 20}}\ncalendar: XNYS\n")
    runs = [
        aurelius.ok("run", spec, "--dataset", "vault-seen", "--seed", str(seed), "--json").json[
            "run"
        ]
        for seed in range(2)
    ]
    criteria = ("--criterion", "total_return_ratio > -1", "--criterion", "max_drawdown_ratio <= 1")

    bad = aurelius.refused(
        2, "holdout", "create", "x", "--dataset", "vault-kept", "--budget", "1",
        "--criterion", "sharpe_ratio over 1",
    )  # fmt: skip
    made = aurelius.ok(
        "holdout", "create", "final", "--dataset", "vault-kept", "--budget", "1", *criteria,
        "--reveal-criteria",
    ).out  # fmt: skip
    told = aurelius.ok("holdout", "evaluate", "final", runs[0])
    again = aurelius.ok("holdout", "evaluate", "holdoutVaults/final", runs[0], "--json").json
    spent = aurelius.refused(2, "holdout", "evaluate", "final", runs[1])

    assert "METRIC, one of >= <= > <" in bad
    assert "1 of 1 evaluations" in made
    assert "total_return_ratio > -1" in made
    assert "passed" in told.out
    assert "0 of 1 evaluations" in told.out
    assert again["holdoutEvaluation"]["verdict"] == "VERDICT_PASSED"
    assert again["remainingCount"] == 0
    assert "HOLDOUT_BUDGET_SPENT" in spent
    shown = aurelius.ok("holdout", "show", "final").out
    assert runs[0] in shown
    assert "vault-kept, sealed" in shown
    assert "final" in aurelius.ok("holdout", "list").out
    log = aurelius.ok("holdout", "list", "--vault", "final", "--json").lines
    assert log == [again["holdoutEvaluation"]]


def test_a_run_that_does_not_pass_is_exit_code_one(suite: Any, tmp_path: Path) -> None:
    token = suite.user("holdout-rita", "ROLE_RESEARCHER", "ROLE_RISK")
    aurelius = Command(folder=tmp_path, server=suite.url, token=token)
    closes = vaults.walk(11, 60, 900.0)
    registered(aurelius, vaults.file_of(closes, "2016-01-01"), "vault-other", vaults.SEALED)
    registered(
        aurelius,
        vaults.file_of(vaults.walk(12, 60, 90.0), "2015-01-01"),
        "vault-before",
        vaults.OPEN,
    )
    spec = tmp_path / "spec.yaml"
    spec.write_text("strategy: {trendFollowing: {fastBars: 2, slowBars: 5}}\ncalendar: XNYS\n")
    run = aurelius.ok("run", spec, "--dataset", "vault-before", "--json").json["run"]
    aurelius.ok(
        "holdout", "create", "hard", "--dataset", "vault-other", "--budget", "2",
        "--criterion", "total_return_ratio > 1000000",
    )  # fmt: skip

    told = aurelius("holdout", "evaluate", "hard", run)

    assert told.code == 1
    assert "not passed" in told.out
    assert "1 of 2 evaluations" in told.out
