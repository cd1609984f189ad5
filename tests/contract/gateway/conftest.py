from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from tests.contract.gateway import service_doubles, suite
from tests.contract.gateway.service_doubles import EngineDouble, GovernanceDouble
from tests.contract.gateway.suite import Client, Clock, Running


@pytest.fixture
def engine() -> EngineDouble:
    return EngineDouble()


@pytest.fixture
def governance() -> GovernanceDouble:
    return GovernanceDouble()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(
    tmp_path: Path, engine: EngineDouble, governance: GovernanceDouble, clock: Clock
) -> Iterator[Callable[..., Running]]:
    """Starts gateways on one folder; each is stopped at the end."""
    running: list[Running] = []
    with (
        service_doubles.serving(engine) as engine_target,
        service_doubles.serving(governance) as governance_target,
    ):

        def begin(hasher: PasswordHasher = suite.CHEAP, **kinds: Any) -> Running:
            settings = suite.settings_in(
                tmp_path,
                **{"engine": engine_target, "governance": governance_target} | kinds,
            )
            running.append(suite.start(settings, clock, hasher))
            return running[-1]

        yield begin
        engine.release_all()
        governance.release_all()
        for one in running:
            one.stop()


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    return start()


@pytest.fixture
def anonymous(running: Running) -> Client:
    return running.anonymous


@pytest.fixture
def admin(running: Running) -> Client:
    return running.admin


@pytest.fixture
def rita(admin: Client) -> Client:
    """A researcher."""
    return admin.new_user("rita", "ROLE_RESEARCHER")


@pytest.fixture
def bob(admin: Client) -> Client:
    """Another researcher."""
    return admin.new_user("bob", "ROLE_RESEARCHER", "ROLE_PLATFORM")


@pytest.fixture
def researcher(rita: Client) -> Client:
    """A researcher with a strategy."""
    rita.new_strategy()
    return rita
