"""The SDK's own hashing passes the vectors that every implementation passes."""

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2, run_identity_pb2
from aurelius_client.errors import DataLoss
from aurelius_client.identities import document_digest, result_digest, run_id, spec_hash
from aurelius_client.table_digests import table_digest
from tests.conftest import REPOSITORY

VECTORS = REPOSITORY / "tests/golden/identity"


def vectors(kind: str) -> list[Path]:
    found = sorted(VECTORS.glob(f"{kind}_*.json"))
    assert found
    return found


def read(path: Path) -> tuple[Any, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return document["input"], document["want"]


def arrow_column(column: dict[str, Any]) -> pa.Array:
    match column["type"]:
        case "int64":
            return pa.array([int(value) for value in column["data"]], pa.int64())
        case "float64":
            return pa.array([float(value) for value in column["data"]], pa.float64())
        case "string":
            return pa.array(column["data"], pa.string())
    raise AssertionError(column["type"])


def arrow_table(given: Any) -> pa.Table:
    return pa.table({column["name"]: arrow_column(column) for column in given["columns"]})


@pytest.mark.parametrize("path", vectors("table"), ids=lambda path: path.stem)
def test_table_vectors(path: Path) -> None:
    given, want = read(path)

    assert table_digest(arrow_table(given)) == want["table_hash"]


@pytest.mark.parametrize("path", vectors("table"), ids=lambda path: path.stem)
def test_the_layout_of_a_table_does_not_matter(path: Path) -> None:
    given, want = read(path)
    table = arrow_table(given)
    pieces = [table.slice(start, 7) for start in range(0, table.num_rows, 7)]
    chunked = pa.concat_tables(pieces) if pieces else table
    coded = chunked
    for index, field in enumerate(table.schema):
        if field.type == pa.string():
            column = chunked.column(index).dictionary_encode()
            coded = coded.set_column(index, field.name, column)

    assert table_digest(chunked) == want["table_hash"]
    assert table_digest(coded) == want["table_hash"]


def test_every_nan_has_one_digest() -> None:
    bits = [0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001]
    digests = set()
    for nan in bits:
        values = pa.py_buffer(struct.pack("<dQ", 1.5, nan))
        column = pa.Array.from_buffers(pa.float64(), 2, [None, values])
        digests.add(table_digest(pa.table({"v": column})))

    assert len(digests) == 1


def test_a_slice_hashes_as_its_own_rows() -> None:
    whole = pa.table({"n": [1, 2, 3], "x": [0.5, 1.5, 2.5], "t": ["b", "a", "c"]})
    rows = pa.table({"n": [2, 3], "x": [1.5, 2.5], "t": ["a", "c"]})

    assert table_digest(whole.slice(1)) == table_digest(rows)


@pytest.mark.parametrize("path", vectors("run"), ids=lambda path: path.stem)
def test_run_vectors(path: Path) -> None:
    given, want = read(path)

    identity = run_identity_pb2.RunIdentity(**(given | {"seed": int(given["seed"])}))

    assert run_id(identity) == want["run_id"]


@pytest.mark.parametrize("path", vectors("result"), ids=lambda path: path.stem)
def test_result_vectors(path: Path) -> None:
    given, want = read(path)

    assert result_digest(given["artifact_digests"]) == want["result_digest"]


@pytest.mark.parametrize("path", vectors("spec"), ids=lambda path: path.stem)
def test_spec_vectors(path: Path) -> None:
    given, want = read(path)

    assert document_digest("aurelius.spec.v1", given["document"]) == want["spec_hash"]


def test_a_resolved_specification_hashes_as_its_document() -> None:
    given, want = read(VECTORS / "spec_goog_trend.json")
    spec = json_format.ParseDict(given["document"], backtest_spec_pb2.BacktestSpec())

    assert spec_hash(spec) == want["spec_hash"]


@pytest.mark.parametrize(
    "column", [pa.array([1, None]), pa.array([1], pa.int32()), pa.array([True])]
)
def test_a_column_without_a_digest_is_refused(column: pa.Array) -> None:
    with pytest.raises(DataLoss, match="column c cannot be hashed"):
        table_digest(pa.table({"c": column}))
