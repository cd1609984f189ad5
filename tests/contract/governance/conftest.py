"""The governance service beside an engine double, for the RPC tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.governance import engine_double
from tests.contract.governance.engine_double import EngineDouble
from tests.contract.governance.serving import Served, serving


@pytest.fixture
def double() -> EngineDouble:
    return EngineDouble()


@pytest.fixture
def service(double: EngineDouble, tmp_path: Path) -> Iterator[Served]:
    with (
        engine_double.serving(double) as target,
        serving(tmp_path, target) as service,
    ):
        yield service
