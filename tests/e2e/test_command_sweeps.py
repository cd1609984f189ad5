"""`aurelius sweep` over the running suite, with the file that the guide shows."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from aurelius_client import Client
from tests.conftest import REPOSITORY
from tests.e2e.command import Command, write_goog

GUIDE = (REPOSITORY / "docs/howto/run-a-sweep.md").read_text()


@pytest.fixture
def aurelius(suite: Any, tmp_path: Path) -> Command:
    return Command(folder=tmp_path, server=suite.url, token=suite.admin_token)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_guide_searches_and_its_best_trial_becomes_a_run(
    aurelius: Command, goog_csv: Path, tmp_path: Path
) -> None:
    data, spec = write_goog(tmp_path, goog_csv), tmp_path / "sweep.yaml"
    spec.write_text(block("yaml"))

    done = aurelius.ok("sweep", spec, "--data", data, "--seed", "7", "--json").json

    name, result = done["name"], done["result"]
    assert done["state"] == "STATE_SUCCEEDED"
    assert (result["trialCount"], result["excludedCount"]) == ("90", "10")
    shown = aurelius.ok("sweeps", "show", name).out
    assert result["trialsDigest"] in shown
    assert result["best"]["run"] in shown
    fast = next(line.split()[1] for line in shown.splitlines() if line.startswith("fastBars"))
    assert fast == f"{result['best']['parameters'][0]['value']:.0f}"
    assert name.removeprefix("sweeps/") in aurelius.ok("sweeps", "list").out
    assert aurelius.ok("sweeps", "watch", name, "--json").lines[-1] == done
    assert aurelius.ok("sweeps", "cancel", name, "--json").json == done
    table = tmp_path / "trials.csv"
    aurelius.ok("sweeps", "trials", name, "--output", table)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 90
    named: dict[str, Any] = {}
    exec(compile(block("python"), "run-a-sweep.md", "exec"), named)  # noqa: S102
    with Client(aurelius.server, token=aurelius.token) as client:
        assert named["best_run"](client, name) == result["best"]["run"]
        assert client.sweeps.trials(name).num_rows == 90


def test_a_sweep_that_is_refused_says_why(
    aurelius: Command, goog_csv: Path, tmp_path: Path
) -> None:
    data, spec = write_goog(tmp_path, goog_csv), tmp_path / "sweep.yaml"
    spec.write_text(block("yaml").replace("sharpe_ratio", "luck"))

    refusal = aurelius.refused(2, "sweep", spec, "--data", data)
    nowhere = aurelius.refused(2, "sweeps", "show", "s" + "a" * 26)

    assert "SWEEP_METRIC_UNKNOWN" in refusal
    assert "SWEEP_NOT_FOUND" in nowhere
