"""Sealed data is stored, and nothing of it leaves by any door."""

from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2
from aurelius_engine.application.errors import DatasetSealed
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, token, upload_request
from tests.contract.engine.sweeping import create_sweep
from tests.contract.engine.validating import create_validation

HEADER = "time,symbol,open,high,low,close,volume\n"
SEALED, OPEN = "DATA_CLASS_SEALED", "DATA_CLASS_REAL"
DAY = np.datetime64("2015-01-01")


def rows(seed: int, bars: int, symbols: int) -> list[list[str]]:
    """Lines of walks, by bar."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, (bars, symbols))
    closes = np.round(100.0 * np.cumprod(1.0 + steps, axis=0), 2)
    return [
        [f"{DAY + bar},S{name},{p},{p},{p},{p},1\n" for name, p in enumerate(closes[bar].tolist())]
        for bar in range(bars)
    ]


def file_of(lines: list[list[str]]) -> bytes:
    return (HEADER + "".join("".join(bar) for bar in lines)).encode()


def registered(engine: Served, data: bytes, name: str, data_class: str) -> dataset_pb2.Dataset:
    stated = json_format.ParseDict(
        PROVENANCE | {"dataClass": data_class, "asOfTime": "2026-01-01T00:00:00Z"},
        dataset_pb2.Provenance(),
    )
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(dataset_id=name, size_bytes=len(data), provenance=stated),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


NAME = "datasets/kept"
BY_DOOR: dict[str, Callable[[Served], object]] = {
    "run": lambda e: e.create(dataset=NAME),
    "sweep": lambda e: create_sweep(e, dataset=NAME),
    "validation": lambda e: create_validation(
        e, "lookAheadProof", {"sampleCount": 6}, dataset=NAME
    ),
    "slice": lambda e: e.datasets.GetDatasetSlice(
        dataset_service_pb2.GetDatasetSliceRequest(name=NAME), metadata=token()
    ),
    "rows of a slice": lambda e: list(
        e.datasets.DownloadDatasetSlice(
            dataset_service_pb2.DownloadDatasetSliceRequest(name=NAME), metadata=token()
        )
    ),
}


@pytest.mark.parametrize("door", BY_DOOR)
def test_no_door_opens_sealed_data(engine: Served, door: str) -> None:
    registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)

    with pytest.raises(grpc.RpcError) as refused:
        BY_DOOR[door](engine)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "DATASET_SEALED")
    assert facts["found"] == SEALED


def test_adjusted_bars_of_sealed_data_are_refused(engine: Served) -> None:
    registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)
    fields: dict[str, Any] = {"name": NAME, "adjustment": dataset_pb2.ADJUSTMENT_RAW}
    requests = (
        dataset_service_pb2.DescribeAdjustedBarsRequest(**fields),
        dataset_service_pb2.DownloadAdjustedBarsRequest(**fields),
    )
    for request in requests:
        request.as_of_time.FromJsonString("2026-01-01T00:00:00Z")

    with pytest.raises(grpc.RpcError) as described:
        engine.datasets.DescribeAdjustedBars(requests[0], metadata=token())
    with pytest.raises(grpc.RpcError) as downloaded:
        list(engine.datasets.DownloadAdjustedBars(requests[1], metadata=token()))

    for refused in (described, downloaded):
        assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "DATASET_SEALED")


def test_sealed_data_shows_names_window_and_rows_alone(engine: Served) -> None:
    data = file_of(rows(1, 60, 2))

    kept = registered(engine, data, "kept", SEALED)

    request = dataset_service_pb2.GetDatasetRequest(name=NAME)
    shown = engine.datasets.GetDataset(request, metadata=token())
    assert shown == kept
    assert {field.name for field, _ in shown.ListFields()} == {
        "name",
        "create_time",
        "creator",
        "data_hash",
        "event_tables",
        "adapter",
        "provenance",
        "quality_report_digest",
        "row_count",
        "symbols",
        "symbol_count",
        "first_time",
        "last_time",
    }
    assert (shown.row_count, list(shown.symbols)) == (120, ["S0", "S1"])


def test_open_data_with_a_sealed_part_is_refused(engine: Served) -> None:
    """Also under other names and at another scale; the refusal does not say where they are."""
    all_rows = rows(2, 300, 4)
    registered(engine, file_of(all_rows[250:]), "kept", SEALED)
    renamed = file_of(all_rows).replace(b",S", b",X")

    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, renamed, "whole", OPEN)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert "kept" not in str(facts) + refused.value.details()
    assert registered(engine, file_of(all_rows[:250]), "before", OPEN).row_count == 1000


def test_data_that_is_open_cannot_be_sealed(engine: Served) -> None:
    all_rows = rows(3, 300, 4)
    registered(engine, file_of(all_rows), "whole", OPEN)

    with pytest.raises(grpc.RpcError) as part:
        registered(engine, file_of(all_rows[280:]), "kept", SEALED)
    with pytest.raises(grpc.RpcError) as same:
        registered(engine, file_of(all_rows), "kept", SEALED)

    code, reason, facts = refusal_of(part.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert facts["dataset"] == "datasets/whole"
    assert refusal_of(same.value)[1] == "DATA_CLASS_CONFLICT"


def test_the_vault_alone_reads_sealed_bars(engine: Served) -> None:
    kept = registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)
    datasets = engine.engine.uploads._registration._sealing._datasets
    record = datasets.get(kept.name)

    table = datasets.sealed_table(record)

    assert table.data_hash() == kept.data_hash
    with pytest.raises(DatasetSealed):
        datasets.table(record)
    with pytest.raises(DatasetSealed):
        datasets.stored_table(record)
