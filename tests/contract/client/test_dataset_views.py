"""Adjusted bars are hashed after every transfer; a view that says something else is not kept."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.api import httpbody_pb2

from aurelius.engine.v1 import dataset_pb2
from aurelius_client import Client, TableFormat
from aurelius_client.errors import DataLoss, DigestMismatch
from tests.contract.client.engine_double import DIGESTS, TABLES, EngineDouble, file_bytes

Caller = Callable[[Callable[[Any], Any]], Any]
TIME = datetime(2020, 1, 3, tzinfo=UTC)
SPLITS = dataset_pb2.ADJUSTMENT_SPLITS


@pytest.fixture
def viewed(engine: EngineDouble) -> EngineDouble:
    """An engine whose view is the table of fills."""
    engine.handler(
        "DescribeAdjustedBars",
        lambda request, _: dataset_pb2.AdjustedBars(data_hash=DIGESTS["fills"]),
    )
    engine.handler(
        "DownloadAdjustedBars",
        lambda request, _: iter(
            [httpbody_pb2.HttpBody(data=file_bytes(TABLES["fills"], request.format))]
        ),
    )
    return engine


def test_a_view_is_asked_for_as_it_was_said(both: Caller, viewed: EngineDouble) -> None:
    table = both(lambda client: client.datasets.adjusted("datasets/goog", TIME, SPLITS))

    assert isinstance(table, pa.Table)
    assert table.column("symbol").to_pylist() == TABLES["fills"][0].texts()
    for rpc in ("DescribeAdjustedBars", "DownloadAdjustedBars"):
        asked = viewed.requests(rpc)[-1]
        assert (asked.name, asked.adjustment) == ("datasets/goog", SPLITS)
        assert asked.as_of_time.ToDatetime(UTC) == TIME


@pytest.mark.parametrize("file_format", list(TableFormat))
def test_a_downloaded_view_is_the_servers_file(
    both: Caller, viewed: EngineDouble, tmp_path: Path, file_format: TableFormat
) -> None:
    path = tmp_path / "view"

    both(
        lambda client: client.datasets.download_adjusted(
            "datasets/goog", TIME, SPLITS, path, format=file_format
        )
    )

    assert path.read_bytes() == file_bytes(TABLES["fills"], file_format.wire)


@pytest.mark.parametrize(
    ("file_format", "kind"), [(TableFormat.PARQUET, DigestMismatch), (TableFormat.CSV, DataLoss)]
)
def test_a_view_that_says_something_else_is_not_kept(
    client: Client,
    viewed: EngineDouble,
    tmp_path: Path,
    file_format: TableFormat,
    kind: type[Exception],
) -> None:
    viewed.handler(
        "DownloadAdjustedBars",
        lambda request, _: iter(
            [
                httpbody_pb2.HttpBody(
                    data=file_bytes(
                        TABLES["flows" if request.format == file_format.wire else "fills"],
                        request.format,
                    )
                )
            ]
        ),
    )

    with pytest.raises(kind):
        client.datasets.download_adjusted(
            "datasets/goog", TIME, SPLITS, tmp_path / "view", format=file_format
        )

    assert list(tmp_path.iterdir()) == []


def test_a_version_is_asked_for_with_both_times(both: Caller, engine: EngineDouble) -> None:
    engine.handler("GetDatasetAsOf", lambda request, _: dataset_pb2.Dataset(name="datasets/v2"))
    later = datetime(2020, 2, 1, tzinfo=UTC)

    plain = both(lambda client: client.datasets.as_of("x", TIME))
    first = engine.requests("GetDatasetAsOf")[-1]
    both(lambda client: client.datasets.as_of("x", TIME, registered_time=later))
    second = engine.requests("GetDatasetAsOf")[-1]

    assert plain.name == "datasets/v2"
    assert (first.series, first.HasField("registered_time")) == ("x", False)
    assert second.registered_time.ToDatetime(UTC) == later
