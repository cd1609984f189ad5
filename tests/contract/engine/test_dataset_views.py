"""Datasets as of a time: versions of a series, adjusted bars, the verdict on their names."""

import io
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from pyarrow import parquet

from aurelius.engine.v1 import artifact_service_pb2, dataset_pb2, dataset_service_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain.adjustment import adjusted_as_of
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import (
    PROVENANCE,
    Served,
    refusal_of,
    token,
    upload_request,
)

ACTING = REPOSITORY / "data/us_equities_with_actions.parquet"
PARQUET = dataset_service_pb2.FILE_FORMAT_PARQUET
CSV = dataset_service_pb2.FILE_FORMAT_CSV


def moment(text: str) -> Timestamp:
    found = Timestamp()
    found.FromJsonString(text if "T" in text else f"{text}T00:00:00Z")
    return found


def registered(
    engine: Served, data: bytes, dataset_id: str, *, file_format: int = CSV, **changes: Any
) -> dataset_pb2.Dataset:
    provenance = json_format.ParseDict(PROVENANCE | changes, dataset_pb2.Provenance())
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(
            dataset_id=dataset_id,
            file_format=file_format,
            size_bytes=len(data),
            provenance=provenance,
        ),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


def bars(close: float, days: int = 3) -> bytes:
    lines = [f"2020-01-{2 + day:02},X,{close},{close},{close},{close},1" for day in range(days)]
    return "\n".join(["time,symbol,open,high,low,close,volume", *lines]).encode()


def version(engine: Served, series: str, time: str, by: Timestamp | None = None) -> str:
    request = dataset_service_pb2.GetDatasetAsOfRequest(
        series=series, as_of_time=moment(time), registered_time=by
    )
    return engine.datasets.GetDatasetAsOf(request, metadata=token()).name.partition("/")[2]


def test_a_read_as_of_a_time_is_the_old_snapshot(engine: Served) -> None:
    first = registered(engine, bars(1), "first", series="x", asOfTime="2020-02-01T00:00:00Z")
    before = version(engine, "x", "2020-02-20")
    registered(engine, bars(9), "other", series="y", asOfTime="2020-02-10T00:00:00Z")
    registered(engine, bars(2), "second", series="x", asOfTime="2020-03-01T00:00:00Z")
    # What is registered with the same time later does not take its place.
    registered(engine, bars(3), "again", series="x", asOfTime="2020-03-01T00:00:00Z")
    # A correction that says it was known earlier does; not to who asks what was registered.
    registered(engine, bars(4), "backdated", series="x", asOfTime="2020-02-15T00:00:00Z")

    assert before == "first"
    assert version(engine, "x", "2020-02-01") == "first"
    assert version(engine, "x", "2020-02-29T23:59:59.999999999Z") == "backdated"
    assert version(engine, "x", "2020-02-20", first.create_time) == "first"
    assert version(engine, "x", "2020-03-01") == "second"
    assert version(engine, "x", "2030-01-01") == "second"
    for series, time in (("x", "2020-01-31"), ("z", "2030-01-01")):
        with pytest.raises(grpc.RpcError) as refused:
            version(engine, series, time)
        assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "DATASET_NOT_FOUND")


def test_the_versions_of_a_series_are_listed_page_by_page(engine: Served) -> None:
    for place in range(3):
        registered(engine, bars(1 + place), f"v{place}", series="x")
        registered(engine, bars(10 + place), f"w{place}")

    request = dataset_service_pb2.ListDatasetsRequest(series="x", page_size=2)
    page = engine.datasets.ListDatasets(request, metadata=token())
    request.page_token = page.next_page_token
    rest = engine.datasets.ListDatasets(request, metadata=token())

    assert [item.name for item in page.datasets] == ["datasets/v2", "datasets/v1"]
    assert [item.name for item in rest.datasets] == ["datasets/v0"]
    assert rest.next_page_token == ""
    assert rest.datasets[0].provenance.series == "x"


@pytest.fixture
def acting(engine: Served) -> dataset_pb2.Dataset:
    data = ACTING.read_bytes()
    return registered(engine, data, "acting", file_format=PARQUET, asOfTime="2026-01-01T00:00:00Z")


@pytest.mark.parametrize("adjustment", ["RAW", "SPLITS", "SPLITS_AND_DIVIDENDS"])
def test_a_download_has_the_digest_that_was_told(
    engine: Served, acting: dataset_pb2.Dataset, adjustment: Any
) -> None:
    time = moment("2004-12-31")
    asked = {
        "name": acting.name,
        "as_of_time": time,
        "adjustment": dataset_pb2.Adjustment.Value(f"ADJUSTMENT_{adjustment}"),
    }
    told = engine.datasets.DescribeAdjustedBars(
        dataset_service_pb2.DescribeAdjustedBarsRequest(**asked), metadata=token()
    )
    files = {}
    for kind in ("ARROW", "PARQUET"):
        wire = artifact_service_pb2.DownloadFormat.Value(f"DOWNLOAD_FORMAT_{kind}")
        request = dataset_service_pb2.DownloadAdjustedBarsRequest(**asked, format=wire)
        pieces = list(engine.datasets.DownloadAdjustedBars(request, metadata=token()))
        files[kind] = b"".join(piece.data for piece in pieces)

    whole = read_market_file(ACTING.read_bytes(), FileFormat.PARQUET)
    view = adjusted_as_of(whole, time.ToNanoseconds(), adjustment)
    again = read_market_file(files["PARQUET"], FileFormat.PARQUET)
    assert told.data_hash == view.data_hash() == again.data_hash()
    assert (told.row_count, told.symbol_count) == (len(view.time), len(view.symbols))
    assert told.last_time == moment("2004-12-31")
    arrow = pa.ipc.open_stream(files["ARROW"]).read_all()
    file = parquet.read_table(io.BytesIO(files["PARQUET"]))
    assert arrow.column("close").to_pylist() == file.column("close").to_pylist()
    np.testing.assert_array_equal(np.array(arrow.column("close")), view.close)


def test_views_that_would_mislead_are_refused(engine: Served, tmp_path: Path) -> None:
    registered(engine, bars(1), "bare")
    registered(engine, bars(2), "split", adjustment="ADJUSTMENT_SPLITS")

    def refused(name: str, time: str, adjustment: dataset_pb2.Adjustment) -> tuple[str, str]:
        request = dataset_service_pb2.DescribeAdjustedBarsRequest(
            name=f"datasets/{name}", as_of_time=moment(time), adjustment=adjustment
        )
        with pytest.raises(grpc.RpcError) as error:
            engine.datasets.DescribeAdjustedBars(request, metadata=token())
        return refusal_of(error.value)[:2]

    raw, splits = dataset_pb2.ADJUSTMENT_RAW, dataset_pb2.ADJUSTMENT_SPLITS
    assert refused("bare", "2020-01-04", splits) == ("INVALID_ARGUMENT", "DATA_COLUMN_MISSING")
    assert refused("bare", "2020-01-01", raw) == ("INVALID_ARGUMENT", "WINDOW_EMPTY")
    assert refused("split", "2020-01-04", splits) == ("FAILED_PRECONDITION", "VIEW_REFUSED")
    assert refused("none", "2020-01-04", raw) == ("NOT_FOUND", "DATASET_NOT_FOUND")


def test_a_dataset_tells_its_survivorship(engine: Served) -> None:
    days = np.arange("2000-01-01", "2020-01-01", 30, dtype="datetime64[D]").astype(str)

    def universe(ended: int) -> bytes:
        lines = [
            f"{day},N{name:02},1,1,1,1,1,{int(day > '2010' or name % 2)}"
            for name in range(40)
            for day in days[: 100 if name < ended else len(days)].tolist()
        ]
        return "\n".join(["time,symbol,open,high,low,close,volume,member", *lines]).encode()

    kept = registered(engine, universe(8), "kept").survivorship
    left = registered(engine, universe(0), "left").survivorship

    assert kept.verdict == dataset_pb2.SURVIVORSHIP_VERDICT_POINT_IN_TIME
    assert (kept.symbol_count, kept.ended_count, kept.entered_count) == (40, 8, 0)
    assert kept.membership_change_count == 16  # of the even names that lived to 2010
    assert left.verdict == dataset_pb2.SURVIVORSHIP_VERDICT_BIASED
    assert left.expected_ended_count == pytest.approx(0.012 * left.symbol_years)
    request = dataset_service_pb2.GetDatasetRequest(name="datasets/left")
    assert engine.datasets.GetDataset(request, metadata=token()).survivorship == left


def test_a_membership_that_is_neither_is_refused_with_its_row(engine: Served) -> None:
    data = b"time,symbol,open,high,low,close,volume,member\n2020-01-02,X,1,1,1,1,1,\n"

    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, data, "odd")

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "UNIVERSE_INVALID")
    assert (facts["row"], facts["column"], facts["allowed"]) == ("0", "member", "0 or 1")


@pytest.mark.parametrize(
    ("adjustment", "dividend", "split", "refused"),
    [
        ("RAW", 0.5, 2.0, ""),
        ("SPLITS", 0.5, 1.0, ""),
        ("SPLITS", 0.0, 2.0, "a split_ratio other than 1"),
        ("SPLITS_AND_DIVIDENDS", 0.0, 1.0, ""),
        ("SPLITS_AND_DIVIDENDS", 0.0, 2.0, "a split_ratio other than 1"),
        ("SPLITS_AND_DIVIDENDS", 0.5, 1.0, "a dividend other than 0"),
    ],
)
def test_actions_that_the_prices_carry_already_are_refused(
    engine: Served, adjustment: str, dividend: float, split: float, refused: str
) -> None:
    head, *lines = bars(4.0).decode().splitlines()
    acting = [f"{head},dividend,split_ratio", *(f"{line},0,1" for line in lines[:-1])]
    data = "\n".join([*acting, f"{lines[-1]},{dividend},{split}"]).encode()

    try:
        registered(engine, data, "acting", adjustment=f"ADJUSTMENT_{adjustment}")
        told = ""
    except grpc.RpcError as error:
        _, reason, facts = refusal_of(error)
        assert (reason, facts["field"]) == ("PROVENANCE_INVALID", "provenance.adjustment")
        told = facts["found"]

    assert told == (f"ADJUSTMENT_{adjustment} and 1 bars with {refused}" if refused else "")
