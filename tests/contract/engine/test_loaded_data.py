"""Data that a run gets is what was registered, also if it was loaded before."""

from pathlib import Path

import grpc
import pytest

from aurelius.engine.v1 import dataset_service_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from tests.contract.engine.serving import Served, refusal_of, token


def market_object(folder: Path) -> Path:
    """The file of the market data: the largest of the objects."""
    return max((folder / "objects").rglob("*"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("place", [-4000, 5000, 60_000])
def test_a_byte_changed_in_place_is_found_before_the_next_run(
    goog_engine: Served, tmp_path: Path, place: int
) -> None:
    goog_engine.sealed(seed=1)
    with market_object(tmp_path).open("r+b") as file:
        file.seek(place, 2 if place < 0 else 0)
        before = file.read(1)
        file.seek(place, 2 if place < 0 else 0)
        file.write(bytes([before[0] ^ 1]))

    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.create(seed=2)

    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")


def test_a_file_cut_short_is_found_before_the_next_run(goog_engine: Served, tmp_path: Path) -> None:
    goog_engine.sealed(seed=1)
    path = market_object(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])

    with pytest.raises(grpc.RpcError) as refused:
        goog_engine.create(seed=2)

    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")
    path.write_bytes(b"")
    request = dataset_service_pb2.GetDatasetSliceRequest(name="datasets/goog")
    with pytest.raises(grpc.RpcError) as empty:
        goog_engine.datasets.GetDatasetSlice(request, metadata=token())
    assert refusal_of(empty.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")


def test_data_is_used_where_it_lies_and_may_be_written_to(
    goog_engine: Served, tmp_path: Path
) -> None:
    """Kernels are compiled for arrays that may be written to; a copy costs a page fault a page."""
    datasets = goog_engine.engine.uploads._registration._sealing._datasets
    path = market_object(tmp_path)

    table = datasets.table(datasets.get("datasets/goog"))

    stored = path.read_bytes()
    for column in table.columns():
        assert column.data.flags.writeable
        assert column.data.base is not None
    table.close[0] += 1.0
    assert path.read_bytes() == stored, "what a reader writes is its own"
    copied = ArrowTables().decode_market(stored)
    assert all(column.data.flags.writeable for column in copied.columns())
