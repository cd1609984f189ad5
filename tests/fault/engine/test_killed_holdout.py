"""An engine killed in an evaluation gives no unit of a budget back, and makes no verdict up."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aurelius.engine.v1 import trial_ledger_service_pb2
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.vaults import Verdict, evaluate, get_vault, log_of, refused, run_of
from tests.fault.engine.dying_holdout import POINTS, REQUEST_ID


def kill_at(point: str, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.fault.engine.dying_holdout", str(folder), point]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = next((line for line in child.stdout if line.startswith(("AT ", "DONE"))), "")
        child.kill()
    assert said == f"AT {point}\n"
    assert child.returncode == -signal.SIGKILL


def logged(engine: Served) -> list[str]:
    request = trial_ledger_service_pb2.ListTrialEntriesRequest()
    entries = engine.trials.ListTrialEntries(request, metadata=token()).trial_entries
    return [entry.event for entry in entries if entry.subject.startswith("holdoutVaults/")]


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_evaluates(point: str, tmp_path: Path) -> None:
    kill_at(point, tmp_path)

    with serving(tmp_path) as engine:
        run = run_of(engine)
        if point == "spend-inside":  # nothing was spent, and nothing computed
            assert (log_of(engine), logged(engine)) == ([], [])
            answer = evaluate(engine, run, request_id=REQUEST_ID)
            assert answer.holdout_evaluation.verdict == Verdict.VERDICT_PASSED
            assert answer.remaining_count == 1
            return
        (found,) = log_of(engine)
        assert found.verdict == Verdict.VERDICT_NONE
        # Whoever sends the request again is told of what it spent, and spends nothing.
        for _ in range(2):
            answer = evaluate(engine, run, request_id=REQUEST_ID)
            assert (answer.holdout_evaluation, answer.remaining_count) == (found, 1)
        assert logged(engine) == ["SPENT"]
        assert evaluate(engine, run).remaining_count == 0
        assert evaluate(engine, run, request_id=REQUEST_ID).holdout_evaluation == found
        another = run_of(engine, 1)
        assert refused(lambda: evaluate(engine, another))[1] == "HOLDOUT_BUDGET_SPENT"
        assert get_vault(engine).remaining_count == 0
