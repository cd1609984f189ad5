"""A slice leaves the engine as a file that proves itself, by the command and by gRPC."""

import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import pyarrow as pa
import pytest

from aurelius.engine.v1 import dataset_service_pb2 as pb
from aurelius_client.ledger_proofs import ProofInvalid
from aurelius_client.slices import verify_slice_file
from tests.contract.engine.serving import Served, refusal_of, token

START, END = "2006-01-01T00:00:00Z", "2007-01-01T00:00:00Z"


def aurelius(
    engine: Served, *arguments: str, noun: str = "datasets"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aurelius_client.cli.main", noun, *arguments]
    bearer = token()[0][1].removeprefix("Bearer ")
    variables = {"AURELIUS_SERVER": f"http://{engine.target}", "AURELIUS_TOKEN": bearer}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
        timeout=120,
    )


def test_a_slice_is_verified_without_the_server(goog_engine: Served, tmp_path: Path) -> None:
    stored = goog_engine.datasets.GetDataset(
        pb.GetDatasetRequest(name="datasets/goog"), metadata=token()
    )
    path = str(tmp_path / "slice.arrow")
    window = ("--start", "2006-01-01", "--end", "2007-01-01", "--symbol", "GOOG")

    taken = aurelius(goog_engine, "slice", "goog", *window, "--out", path, "--json")
    checked = aurelius(goog_engine, "verify-slice", path, "--data-hash", stored.data_hash, *window)
    other = aurelius(goog_engine, "verify-slice", path, "--start", "2005-01-01")
    named = aurelius(goog_engine, "verify-slice", path, "--symbol", "AAPL")

    assert (taken.returncode, checked.returncode) == (0, 0), taken.stderr + checked.stderr
    facts = json.loads(taken.stdout)
    assert facts["dataHash"] == stored.data_hash
    assert facts["rowCount"] == 251
    assert facts["symbols"] == ["GOOG"]
    assert (facts["startTime"], facts["endTime"]) == (START, END)
    assert facts["sliceHash"] in checked.stdout
    assert f"{START} to before {END}" in checked.stdout
    assert f"(found {START}; allowed 2005-01-01T00:00:00Z)" in other.stderr
    assert "(found GOOG; allowed AAPL)" in named.stderr
    assert 0 not in (other.returncode, named.returncode)


def test_a_file_that_was_changed_is_refused(goog_engine: Served, tmp_path: Path) -> None:
    path = tmp_path / "slice.arrow"
    aurelius(goog_engine, "slice", "goog", "--out", str(path))
    table = pa.ipc.open_file(pa.py_buffer(path.read_bytes())).read_all()
    volume = [value + (row == 99) for row, value in enumerate(table.column("volume").to_pylist())]
    place = table.column_names.index("volume")
    other = table.set_column(place, "volume", pa.array(volume))
    with pa.ipc.new_file(str(path), other.schema) as writer:
        writer.write_table(other)

    checked = aurelius(goog_engine, "verify-slice", str(path))

    assert checked.returncode != 0
    assert "PROOF_INVALID" in checked.stderr
    path.write_bytes(b"no file of ours")
    with pytest.raises(ProofInvalid):
        verify_slice_file(path)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"symbols": ["NONE"]}, "SYMBOL_UNKNOWN"),
        ({"start_time": {"seconds": 1}, "end_time": {"seconds": 2}}, "WINDOW_EMPTY"),
        ({"start_time": {"seconds": 2}, "end_time": {"seconds": 1}}, "WINDOW_REVERSED"),
        ({"name": "datasets/none"}, "DATASET_NOT_FOUND"),
    ],
)
def test_a_slice_that_is_none_is_refused(
    goog_engine: Served, fields: dict[str, object], reason: str
) -> None:
    chosen = {"name": "datasets/goog"} | fields

    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.datasets.GetDatasetSlice(pb.GetDatasetSliceRequest(**chosen), metadata=token())
    with pytest.raises(grpc.RpcError) as rows:
        list(
            goog_engine.datasets.DownloadDatasetSlice(
                pb.DownloadDatasetSliceRequest(**chosen), metadata=token()
            )
        )

    assert refusal_of(refused.value)[1] == refusal_of(rows.value)[1] == reason
