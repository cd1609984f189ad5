"""An engine killed while a file of events becomes a dataset leaves no part of it to be seen."""

from pathlib import Path

import grpc
import pytest

from aurelius.engine.v1 import dataset_service_pb2, market_event_service_pb2
from tests.contract.engine.market_data import ticks
from tests.contract.engine.serving import Served, refusal_of, serving, token
from tests.fault.engine.dying_engine import register
from tests.fault.engine.test_killed_engine import kill_at, refuse_damage

BEFORE_THE_RECORD = [
    "market-inside",
    "market-after",
    "market2-inside",
    "market2-after",
    "add_dataset-inside",
]


def datasets(engine: Served) -> list[str]:
    request = dataset_service_pb2.ListDatasetsRequest()
    return [each.name for each in engine.datasets.ListDatasets(request, metadata=token()).datasets]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    with serving(tmp_path_factory.mktemp("undisturbed")) as engine:
        return register(engine, ticks()).data_hash


@pytest.mark.parametrize("point", BEFORE_THE_RECORD)
def test_events_are_registered_whole_or_not_at_all(
    point: str, tmp_path: Path, undisturbed: str
) -> None:
    file = tmp_path / "ticks.csv"
    file.write_bytes(ticks())
    kill_at(point, tmp_path, file)

    with serving(tmp_path) as engine:
        refuse_damage(tmp_path)
        assert datasets(engine) == []
        request = market_event_service_pb2.ListMarketEventsRequest(parent="datasets/goog")
        with pytest.raises(grpc.RpcError) as refused:
            engine.events.ListMarketEvents(request, metadata=token())
        assert refusal_of(refused.value)[1] == "DATASET_NOT_FOUND"
        assert register(engine, ticks()).data_hash == undisturbed
        assert len(engine.events.ListMarketEvents(request, metadata=token()).events) == 9
    refuse_damage(tmp_path)
    assert not [path for path in (tmp_path / "objects" / "uploads").rglob("*") if path.is_file()]
