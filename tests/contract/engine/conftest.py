from collections.abc import Iterator
from pathlib import Path

import pytest

from aurelius.engine.v1 import backtest_pb2
from tests.contract.engine.serving import Served, serving


@pytest.fixture(scope="session")
def goog_bytes(goog_csv: Path) -> bytes:
    return goog_csv.read_bytes()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Served]:
    """An engine without any data."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def goog_engine(engine: Served, goog_bytes: bytes) -> Served:
    """An engine with `datasets/goog`."""
    engine.register(goog_bytes)
    return engine


@pytest.fixture
def sealed(goog_engine: Served) -> backtest_pb2.Backtest:
    """The sealed run of the trend over GOOG."""
    return goog_engine.sealed()
