"""One edge with doubles for all tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.contract.rest.edge import Edge, EngineDouble, running_edge


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
