"""The whole suite, started as `aurelius up` starts it, for tests that need the real thing."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from aurelius_client.suite.edge_settings import EdgeSettings
from aurelius_client.suite.processes import RunningSuite, Suite, SuiteOptions

GROUP = "suite"
PASSWORD = "a password that tests use"
# Tests ask faster than people do.
EDGE = EdgeSettings(requests_per_second=5000, request_burst=10_000)


@dataclass(frozen=True)
class LiveSuite:
    """A running suite, and its users."""

    running: RunningSuite
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Returns the address of REST."""
        return self.running.url

    @property
    def target(self) -> str:
        """Returns the address of gRPC."""
        return self.running.target

    @property
    def home(self) -> Path:
        """Returns the folder of keys, databases, objects and logs."""
        return self.running.home.path

    @property
    def admin_password(self) -> str:
        """Returns the password of `users/admin`."""
        return self.running.admin_password

    @functools.cached_property
    def admin_token(self) -> str:
        """Returns a token of `users/admin`, who is a researcher too."""
        return self.log_in("admin", self.admin_password)

    def log_in(self, user_id: str, password: str = PASSWORD) -> str:
        """Returns a token for a password."""
        body = {"userId": user_id, "password": password}
        answer = httpx.post(f"{self.url}/v1/auth:login", json=body)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["accessToken"]
        return token

    def user(self, user_id: str, *roles: str) -> str:
        """Returns a token of a user with the roles, such as `ROLE_RISK`, who is created once."""
        if user_id not in self._tokens:
            answer = httpx.post(
                f"{self.url}/v1/users",
                headers={"authorization": f"Bearer {self.admin_token}"},
                json={"userId": user_id, "roles": roles, "password": PASSWORD},
            )
            assert answer.status_code == 200, answer.text
            self._tokens[user_id] = self.log_in(user_id)
        return self._tokens[user_id]


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSuite]:
    """Starts the suite once for each worker, on free ports, in a home of its own."""
    home = tmp_path_factory.mktemp("suite") / "home"
    options = SuiteOptions(
        home=home, all_free=True, edge=EDGE, variables={"AURELIUS_DRAIN_SECONDS": "0"}
    )
    with Suite(options).running() as running:
        yield LiveSuite(running)


def group(items: list[pytest.Item]) -> None:
    """Gives all tests of the suite to one worker, so that it starts once."""
    for item in items:
        if "suite" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(GROUP))
