"""`aurelius validate`, `validations` and `trials` over the running suite."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.e2e.command import Command, write_goog

EXAMPLES = sorted((REPOSITORY / "examples/validations").glob("*.yaml"))
EXAMPLE = REPOSITORY / "examples/validations/goog_walk_forward.yaml"


@pytest.fixture
def aurelius(suite: Any, tmp_path: Path) -> Command:
    return Command(folder=tmp_path, server=suite.url, token=suite.admin_token)


def test_a_study_says_what_it_judged_and_its_exit_code_is_the_verdict(
    aurelius: Command, goog_csv: Path, tmp_path: Path
) -> None:
    data = write_goog(tmp_path, goog_csv)
    strict = tmp_path / "strict.yaml"
    strict.write_text(f"{EXAMPLE.read_text()}  minEfficiencyRatio: 5\n")

    told = aurelius("validate", strict, "--data", data)
    done = aurelius.ok("validate", EXAMPLE, "--data", data, "--seed", "7", "--json")

    assert told.code == 1
    assert "\n\nfailed  walk_forward.efficiency (blocker): " in told.out
    assert ", passes at least 5\n" in told.out
    assert "not passed: a blocker failed" in told.out
    name = done.json["name"]
    assert done.json["state"] == "STATE_SUCCEEDED"
    shown = aurelius.ok("validations", "show", name).out
    for check in done.json["result"]["checks"]:
        assert check["checkId"] in shown
        assert check["detail"] in shown
    assert name.removeprefix("validations/") in aurelius.ok("validations", "list").out
    assert aurelius.ok("validations", "watch", name, "--json").lines[-1] == done.json
    assert aurelius.ok("validations", "cancel", name, "--json").json == done.json
    assert (
        f"equal: {done.json['result']['resultDigest']}"
        in aurelius.ok("validations", "recheck", name).out
    )
    table = tmp_path / "windows.csv"
    aurelius.ok("validations", "table", f"{name}/tables/windows", "--output", table)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    found = {one["metricId"]: one["value"] for one in done.json["result"]["statistics"]}
    assert len(rows) == found["window_count"]

    spec = REPOSITORY / "examples/goog_trend.yaml"
    run = aurelius.ok("run", spec, "--dataset", done.json["dataset"], "--json").json["run"]
    assessed = aurelius.ok("trials", "assess", run, "--json").json
    assert int(assessed["trialCount"]) >= 16
    report = aurelius("runs", "check", run, "--json")
    shown = aurelius("runs", "check", run)
    failed = {
        one["severity"]
        for one in report.json["result"]["checks"]
        if one["verdict"] == "VERDICT_FAILED"
    }
    assert report.code == shown.code == (1 if "SEVERITY_BLOCKER" in failed else 6)
    assert report.json["spec"]["runChecks"]["maxDrawdownRatio"] == 0.5
    assert "run_checks.survivorship (blocker): 0, passes at most 0" in shown.out
    assert "failed  run_checks.survivorship_shown (warning): 1, passes at most 0" in shown.out
    assert "deflated sharpe ratio" in aurelius.ok("trials", "assess", run).out
    assert name in aurelius.ok("trials", "list", "--json").out


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_is_judged(
    aurelius: Command, goog_csv: Path, tmp_path: Path, example: Path
) -> None:
    done = aurelius("validate", example, "--data", write_goog(tmp_path, goog_csv), "--json")

    assert done.json["state"] == "STATE_SUCCEEDED"
    failed = [
        one["checkId"]
        for one in done.json["result"]["checks"]
        if one["severity"] == "SEVERITY_BLOCKER" and one["verdict"] != "VERDICT_PASSED"
    ]
    assert done.code == (1 if failed else 0), failed
