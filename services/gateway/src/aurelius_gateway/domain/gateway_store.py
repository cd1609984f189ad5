"""The port that keeps users, keys, strategies and pipeline runs."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.login_throttle import LoginAttempts
from aurelius_gateway.domain.pipeline import PipelineRun
from aurelius_gateway.domain.strategy import Strategy
from aurelius_gateway.domain.user import User


class ReadTransaction(Protocol):
    """One consistent view of everything that was committed before it began."""

    def user(self, user_id: str) -> User | None:
        """Returns one user."""

    def users(self, *, after_id: str, limit: int) -> Sequence[User]:
        """Returns users above `after_id`, ordered by id."""

    def active_administrators(self) -> frozenset[str]:
        """Returns the ids of the users that can administer the suite."""

    def login_attempts(self, user_id: str) -> LoginAttempts | None:
        """Returns the attempts for a user id."""

    def api_key(self, user_id: str, key_id: str) -> ApiKey | None:
        """Returns one key."""

    def api_key_by_lookup_id(self, lookup_id: str) -> ApiKey | None:
        """Returns the key that a presented one names."""

    def api_keys(self, user_id: str, *, after_id: str, limit: int) -> Sequence[ApiKey]:
        """Returns a user's keys above `after_id`, ordered by id."""

    def strategy(self, strategy_id: str) -> Strategy | None:
        """Returns one strategy."""

    def strategies(self, *, after_id: str, limit: int) -> Sequence[Strategy]:
        """Returns strategies, newest first, that come after one; empty begins with the newest.

        Those of the same time are ordered by id. After one that is not there comes nothing.
        """

    def pipeline_run(self, run_id: str) -> PipelineRun | None:
        """Returns the newest revision of one pipeline run."""

    def pipeline_runs(self, *, after_id: str, limit: int) -> Sequence[PipelineRun]:
        """Returns pipeline runs in the order of `strategies`."""

    def unfinished_pipeline_runs(self) -> Sequence[PipelineRun]:
        """Returns the pipeline runs that have not ended."""


class WriteTransaction(ReadTransaction, Protocol):
    """Changes that happen together or not at all.

    They are durable when the context ends without an exception. There is one writer at a time,
    across threads and processes, so what was read stays true until then.
    """

    def add_user(self, user: User) -> None:
        """Adds a user."""

    def change_user(self, user: User) -> None:
        """Replaces a user."""

    def put_login_attempts(self, attempts: LoginAttempts) -> None:
        """Sets the attempts for a user id."""

    def drop_login_attempts(self, user_id: str) -> None:
        """Forgets the attempts for a user id."""

    def drop_ended_login_attempts(self, now: datetime) -> None:
        """Forgets the attempts whose windows have ended."""

    def add_api_key(self, key: ApiKey) -> None:
        """Adds a key."""

    def change_api_key(self, key: ApiKey) -> None:
        """Replaces a key."""

    def add_strategy(self, strategy: Strategy) -> None:
        """Adds a strategy. Never changed afterwards."""

    def add_pipeline_run(self, run: PipelineRun) -> None:
        """Adds a pipeline run."""

    def change_pipeline_run(self, run: PipelineRun) -> None:
        """Replaces a pipeline run by its next revision."""

    def refuse_twin(self) -> None:
        """Refuses the present request if one with its request id was answered meanwhile."""

    def remember(self, response: object) -> None:
        """Keeps the response to the present request for a repetition of its request id."""


class GatewayStore(Protocol):
    """Users, keys, strategies and pipeline runs. None of them is ever removed."""

    def read(self) -> AbstractContextManager[ReadTransaction]:
        """Returns a view; safe to use from many threads, one each."""

    def write(self) -> AbstractContextManager[WriteTransaction]:
        """Returns a transaction; waits for the writer before it."""
