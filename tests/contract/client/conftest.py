"""A server double, and clients of both kinds that neither wait nor roll dice."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from aurelius.engine.v1 import dataset_pb2
from aurelius_client import AsyncClient, Client, Surroundings
from aurelius_client.targets import parse_target
from aurelius_client.transports import AsyncTransport, BlockingTransport
from tests.contract.client.engine_double import EngineDouble


class PatientBlocking(BlockingTransport):
    """Notes its pauses instead of sleeping."""

    def __init__(self, target: str) -> None:
        super().__init__(parse_target(target))
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


class PatientAsync(AsyncTransport):
    """Notes its pauses instead of sleeping."""

    def __init__(self, target: str) -> None:
        super().__init__(parse_target(target))
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def surroundings(transport: PatientBlocking | PatientAsync | None = None) -> Surroundings:
    """Returns a world whose clock stands, or is moved by the pauses of a transport."""
    numbers = itertools.count(1)
    return Surroundings(
        wall=lambda: 1_000_000.0,
        monotonic=lambda: sum(transport.pauses) if transport else 0.0,
        chance=lambda: 0.5,
        new_id=lambda: f"id-{next(numbers)}",
    )


@pytest.fixture
def engine() -> Iterator[EngineDouble]:
    double = EngineDouble()
    yield double
    double.stop()


@pytest.fixture
def transport(engine: EngineDouble) -> PatientBlocking:
    return PatientBlocking(engine.target)


@pytest.fixture
def client(engine: EngineDouble, transport: PatientBlocking) -> Iterator[Client]:
    with Client(
        engine.target, token="t", transport=transport, surroundings=surroundings(transport)
    ) as built:
        yield built


Caller = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture(params=["sync", "async"])
def both(request: pytest.FixtureRequest, engine: EngineDouble) -> Caller:
    """Calls the same thing on a synchronous or an asynchronous client."""

    def blocking(use: Callable[[Any], Any]) -> Any:
        transport = PatientBlocking(engine.target)
        with Client(
            engine.target, token="t", transport=transport, surroundings=surroundings(transport)
        ) as built:
            answer = use(built)
            return list(answer) if isinstance(answer, Iterator) else answer

    async def waiting(use: Callable[[Any], Any]) -> Any:
        transport = PatientAsync(engine.target)
        async with AsyncClient(
            engine.target, token="t", transport=transport, surroundings=surroundings(transport)
        ) as built:
            answer = use(built)
            if isinstance(answer, AsyncIterator):
                return [item async for item in answer]
            if isinstance(answer, Coroutine):
                return await answer
            return answer

    if request.param == "sync":
        return blocking
    return lambda use: asyncio.run(waiting(use))


@pytest.fixture
def provenance() -> dataset_pb2.Provenance:
    return dataset_pb2.Provenance(provider="p", venue="v", calendar="XNYS")


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_bytes(b"time,symbol,open,high,low,close,volume\n" + b"x" * 1000)
    return path
