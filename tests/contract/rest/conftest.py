"""One edge with doubles for all tests that leave it as it was, and the real suite."""

from collections.abc import Iterator

import grpc
import httpx
import pytest

from tests.contract.rest.edge import Edge, EngineDouble, running_edge
from tests.contract.rest.methods import Doors
from tests.contract.rest.world import World
from tests.e2e.live_suite import LiveSuite


@pytest.fixture(scope="session")
def shared_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge")) as edge:
        yield edge


@pytest.fixture
def edge(shared_edge: Edge) -> Iterator[Edge]:
    """The shared edge; handlers that a test replaces are put back."""
    fresh = EngineDouble()
    yield shared_edge
    shared_edge.engine.__dict__.update(fresh.__dict__)


@pytest.fixture(scope="session")
def doors(suite: LiveSuite) -> Iterator[Doors]:
    with (
        httpx.Client(base_url=suite.url, timeout=60) as client,
        grpc.insecure_channel(suite.target) as channel,
    ):
        yield Doors(client, channel)


@pytest.fixture(scope="session")
def world(suite: LiveSuite, doors: Doors) -> World:
    """What the cases of all RPCs are about: made once, through gRPC."""
    return World(suite, doors)
