"""An engine killed anywhere in a sweep leaves it crashed or whole, and nothing in between."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aurelius.engine.v1 import optimization_service_pb2, sweep_pb2
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.sweeping import trials
from tests.fault.engine.dying_sweep import POINTS, search
from tests.fault.engine.test_killed_engine import refuse_damage


def kill_at(point: str, folder: Path, data: Path) -> None:
    command = [sys.executable, "-m", "tests.fault.engine.dying_sweep", str(folder), str(data)]
    with subprocess.Popen(
        [*command, point], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = next((line for line in child.stdout if line.startswith(("AT ", "DONE"))), "")
        child.kill()
    assert said == f"AT {point}\n"
    assert child.returncode == -signal.SIGKILL


def listed(engine: Served) -> list[sweep_pb2.Sweep]:
    request = optimization_service_pb2.ListSweepsRequest()
    return list(engine.sweeps.ListSweeps(request, metadata=token()).sweeps)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, goog_csv: Path) -> str:
    """The digest of the trials of a sweep that nothing disturbed."""
    with serving(tmp_path_factory.mktemp("whole")) as engine:
        engine.register(goog_csv.read_bytes())
        return search(engine).result.trials_digest


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_searches(point: str, tmp_path: Path, goog_csv: Path, whole: str) -> None:
    kill_at(point, tmp_path, goog_csv)

    with serving(tmp_path) as engine:
        refuse_damage(tmp_path)
        (found,) = listed(engine)
        sealed = point == "seal-after"
        if sealed:
            assert found.state == sweep_pb2.Sweep.STATE_SUCCEEDED
        else:
            assert found.state == sweep_pb2.Sweep.STATE_CRASHED
            assert found.failure.reason == "ERROR_REASON_ENGINE_DIED"
            assert not found.HasField("result")
        again = search(engine)
        assert again.result.trials_digest == whole
        assert again.attempt_count == (1 if sealed else 2)
        assert len(trials(engine, again)) == 30
    refuse_damage(tmp_path)
