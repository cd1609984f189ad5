"""One identity, one text: whatever the environment, the file and the door.

Each case is run by three ways that must not differ: in this process over the
sorted Parquet file, in a process of its own in the case's environment over the
case's file, and through the case's door of a running suite.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import json_format
from pyarrow import csv, parquet

from aurelius.engine.v1 import backtest_spec_pb2, dataset_pb2
from aurelius_client import Client
from aurelius_client.canonical_json import canonical_text
from aurelius_client.cli.doors import DOORS, Question
from aurelius_client.targets import parse_target
from aurelius_engine.adapters.market_files import FileFormat
from aurelius_engine.in_process import run_in_process
from tests.conftest import REPOSITORY
from tests.e2e.live_suite import LiveSuite
from tests.parity import matrix
from tests.parity.matrix import Case

FULL = os.environ.get("AURELIUS_PARITY") == "full"
CASES = matrix.full() if FULL else matrix.pairwise()
SEED = 7
DOOR_NAMES = {"grpc": "gRPC", "rest": "REST", "sdk": "SDK"}


def source(case: Case) -> Path:
    name = "ph_equities_daily" if case.market == "ph_all" else "us_equities_daily"
    return REPOSITORY / f"data/{name}.parquet"


def dataset_id(case: Case) -> str:
    return f"{source(case).stem.replace('_', '-')}-{case.file_format}-{case.row_order}"


def spec_of(case: Case) -> backtest_spec_pb2.BacktestSpec:
    return json_format.ParseDict(case.spec, backtest_spec_pb2.BacktestSpec())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every market in every format and both orders of rows, by dataset id."""
    folder = tmp_path_factory.mktemp("markets")
    written: dict[str, Path] = {}
    for case in CASES:
        name = dataset_id(case)
        if name in written:
            continue
        table = parquet.read_table(source(case))
        if case.row_order == "shuffled":
            table = table.take(pa.array(np.random.default_rng(11).permutation(len(table))))
        path = folder / f"{name}.{case.file_format}"
        if case.file_format == "csv":
            csv.write_csv(table, path)
        elif case.file_format == "parquet":
            parquet.write_table(table, path, row_group_size=1000, compression="gzip")
        else:
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write_table(table, max_chunksize=777)
        written[name] = path
    return written


@pytest.fixture(scope="module")
def references() -> dict[str, bytes]:
    """The text of each specification's result, computed in this process."""
    texts: dict[str, bytes] = {}
    for case in CASES:
        key = json.dumps(case.spec, sort_keys=True) + source(case).name
        if key not in texts:
            data = source(case).read_bytes()
            result = run_in_process(spec_of(case), data, FileFormat.PARQUET, SEED)
            texts[key] = canonical_text(result)
    return texts


def reference(references: dict[str, bytes], case: Case) -> bytes:
    return references[json.dumps(case.spec, sort_keys=True) + source(case).name]


@pytest.fixture(scope="module")
def client(suite: LiveSuite) -> Iterator[Client]:
    token = suite.user("parity", "ROLE_RESEARCHER")
    with Client(suite.target, token=token) as client:
        yield client


@pytest.fixture(scope="module")
def datasets(client: Client, files: dict[str, Path]) -> dict[str, dataset_pb2.Dataset]:
    registered = {}
    for case in CASES:
        name = dataset_id(case)
        if name not in registered:
            text = source(case).with_suffix(".provenance.json").read_text()
            provenance = json_format.Parse(text, dataset_pb2.Provenance())
            registered[name] = client.datasets.register(files[name], name, provenance)
    return registered


def test_the_selection_has_every_pair_of_values() -> None:
    assert matrix.uncovered(matrix.pairwise()) == set()


def test_specifications_differ_and_so_do_their_results(references: dict[str, bytes]) -> None:
    # Of the pairs: crossed in full, some values change nothing, such as shorts of buy and hold.
    texts = {reference(references, case) for case in matrix.pairwise()}
    digests = [json.loads(text)["resultDigest"] for text in texts]

    assert len(set(digests)) == len(digests) > 20


@pytest.mark.parametrize("environment", list(matrix.ENVIRONMENTS))
def test_no_environment_changes_a_byte(
    environment: str, files: dict[str, Path], references: dict[str, bytes], tmp_path: Path
) -> None:
    mine = [case for case in CASES if case.environment == environment]
    lines = [
        json.dumps(
            {
                "spec": case.spec,
                "data": str(files[dataset_id(case)]),
                "format": case.file_format,
            }
        )
        for case in mine
    ]

    done = subprocess.run(
        [sys.executable, "-m", "tests.parity.worker"],
        input="\n".join(lines).encode(),
        env=os.environ | matrix.ENVIRONMENTS[environment] | {"NUMBA_CACHE_DIR": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )

    assert mine
    assert done.stdout.splitlines() == [reference(references, case) for case in mine]


@pytest.mark.parametrize("door", matrix.DOORS)
def test_no_door_changes_a_byte(
    door: str,
    suite: LiveSuite,
    client: Client,
    files: dict[str, Path],
    datasets: dict[str, Any],
    references: dict[str, bytes],
) -> None:
    mine = [case for case in CASES if case.door == door]
    token = suite.user("parity", "ROLE_RESEARCHER")
    different = []
    for case in mine:
        question = Question(
            spec=spec_of(case),
            data=files[dataset_id(case)],
            provenance=None,
            dataset=f"datasets/{dataset_id(case)}",
            seed=SEED,
            target=parse_target(suite.url),
            token=token,
        )
        answer = DOORS[DOOR_NAMES[door]](question)
        stated = {entry.artifact_id: entry.digest for entry in answer.result.artifact_digests}
        if canonical_text(answer.result) != reference(references, case):
            different.append(case)
        if answer.artifacts != stated:
            different.append(case)

    assert mine
    assert different == []


def test_a_market_has_one_data_hash_whatever_the_file(datasets: dict[str, Any]) -> None:
    hashes = {name.rsplit("-", 2)[0]: set[str]() for name in datasets}
    for name, dataset in datasets.items():
        hashes[name.rsplit("-", 2)[0]].add(dataset.data_hash)

    assert {market: len(found) for market, found in hashes.items()} == {
        "us-equities-daily": 1,
        "ph-equities-daily": 1,
    }
