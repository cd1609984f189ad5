"""An engine killed at any write leaves nothing sealed that is not whole, and nothing lost."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aurelius.engine.v1 import artifact_service_pb2, backtest_pb2, dataset_service_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.market_files import FileFormat
from aurelius_engine.domain.table_hash import table_hash
from aurelius_engine.in_process import run_in_process
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import Served, serving, spec_message, token
from tests.fault.engine.dying_engine import story

State = backtest_pb2.Backtest
BEFORE_THE_RUN = [
    "add_upload-inside",
    "add_upload-after",
    "stage-before",
    "stage-after",
    "add_chunk-inside",
    "add_chunk-after",
    "market-before",
    "market-inside",
    "market-after",
    "put1-before",
    "put3-after",
    "add_dataset-inside",
    "add_dataset-after",
    "unstage-before",
    "unstage-after",
    "add_run-inside",
]
DURING_THE_RUN = [
    "add_run-after",
    "execute",
    "put4-before",
    "put4-after",
    "put8-before",
    "put8-after",
    "seal-inside",
]


def kill_at(point: str, folder: Path, data: Path) -> None:
    """Runs an engine in a child process until it is at a point, and kills it there."""
    command = [sys.executable, "-m", "tests.fault.engine.dying_engine", str(folder), str(data)]
    with subprocess.Popen(
        [*command, point], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = next((line for line in child.stdout if line.startswith(("AT ", "DONE"))), "")
        child.kill()
    assert said == f"AT {point}\n"
    assert child.returncode == -signal.SIGKILL


def refuse_damage(folder: Path) -> None:
    """Every object that is stored has the name of its bytes."""
    for path in (folder / "objects" / "objects").rglob("*"):
        if path.is_file() and "#" not in path.name:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def runs(engine: Served) -> list[int]:
    return [run.state for run in engine.list_runs()]


def refuse_anything_but_the_whole_result(engine: Served, data: bytes) -> None:
    """Does the story to its end and compares it with a run that nothing disturbed."""
    run = story(engine, data)

    want = run_in_process(spec_message(), data, FileFormat.CSV, 0)
    assert run.result == want
    for said in want.artifact_digests:
        request = artifact_service_pb2.ReadArtifactRequest(
            name=f"{run.name}/artifacts/{said.artifact_id}"
        )
        messages = engine.artifacts.ReadArtifact(request, metadata=token())
        content = b"".join(message.data for message in messages)
        assert table_hash(ArrowTables().decode(content)) == said.digest
    listed = engine.datasets.ListDatasets(
        dataset_service_pb2.ListDatasetsRequest(), metadata=token()
    )
    assert [dataset.name for dataset in listed.datasets] == ["datasets/goog"]


@pytest.mark.parametrize("point", BEFORE_THE_RUN)
def test_killed_while_a_file_becomes_a_dataset(point: str, tmp_path: Path, goog_csv: Path) -> None:
    kill_at(point, tmp_path, goog_csv)

    with serving(tmp_path) as engine:
        refuse_damage(tmp_path)
        assert runs(engine) == []
        refuse_anything_but_the_whole_result(engine, goog_csv.read_bytes())
        assert engine.list_runs()[0].attempt_count == 1
    refuse_damage(tmp_path)
    assert not [path for path in (tmp_path / "objects" / "uploads").rglob("*") if path.is_file()]


@pytest.mark.parametrize("point", DURING_THE_RUN)
def test_killed_while_it_computes(point: str, tmp_path: Path, goog_csv: Path) -> None:
    kill_at(point, tmp_path, goog_csv)

    with serving(tmp_path) as engine:
        refuse_damage(tmp_path)
        (crashed,) = engine.list_runs()
        assert crashed.state == State.STATE_CRASHED
        assert crashed.failure.reason == "ERROR_REASON_ENGINE_DIED"
        assert not crashed.HasField("result")
        refuse_anything_but_the_whole_result(engine, goog_csv.read_bytes())
        assert engine.list_runs()[0].attempt_count == 2
    refuse_damage(tmp_path)


def test_killed_after_the_seal_leaves_it_sealed(tmp_path: Path, goog_csv: Path) -> None:
    kill_at("seal-after", tmp_path, goog_csv)

    with serving(tmp_path) as engine:
        assert runs(engine) == [State.STATE_SEALED]
        refuse_anything_but_the_whole_result(engine, goog_csv.read_bytes())
        assert engine.list_runs()[0].attempt_count == 1


def test_a_second_process_is_refused_while_the_first_lives(tmp_path: Path, goog_csv: Path) -> None:
    environment = {
        "AURELIUS_LISTEN": "127.0.0.1:0",
        "AURELIUS_DATABASE_URL": f"sqlite:///{tmp_path}/engine.db",
        "AURELIUS_OBJECTS_URL": f"file://{tmp_path}/objects",
        "AURELIUS_GATEWAY_TARGET": "127.0.0.1:1",
    }
    with serving(tmp_path) as engine:
        done = subprocess.run(
            [sys.executable, "-m", "aurelius_engine.main"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert runs(engine) == []

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "AURELIUS_DATABASE_URL is owned by another engine process: one engine a database\n"
    )
