"""The gateway: users, keys, strategies and pipeline runs."""

import datetime
from collections.abc import AsyncIterator, Sequence

from google.protobuf import timestamp_pb2

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import backtest_spec_pb2
from aurelius.engine.v1 import strategy_pb2 as templates_pb2
from aurelius.gateway.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    pipeline_run_pb2,
    pipeline_run_service_pb2,
    strategy_pb2,
    strategy_service_pb2,
    user_pb2,
    user_service_pb2,
)
from aurelius_client.calls import pages
from aurelius_client.errors import Internal
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.watches import last_of, watched

Role = method_policy_pb2.Role
User = user_pb2.User
PipelineRun = pipeline_run_pb2.PipelineRun


class Users(Resource[M]):
    """Who may call, and as what."""

    @operation
    async def create(self, user_id: str, roles: Sequence[Role], password: str) -> User:
        """Creates a user with an initial password. It is never sent twice."""
        request = user_service_pb2.CreateUserRequest(
            user_id=user_id, roles=roles, password=password
        )
        return await self._calls.call(request, User)

    @operation
    async def get(self, name: str = "users/me") -> User:
        """Gets one user: oneself by `users/me`, and for administrators anybody."""
        return await self._calls.call(user_service_pb2.GetUserRequest(name=name), User)

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[User]:
        """Lists users, by name."""
        request = user_service_pb2.ListUsersRequest(page_size=page_size)
        return pages(self._calls, request, user_service_pb2.ListUsersResponse, "users")

    @operation
    async def set_roles(
        self, name: str, roles: Sequence[Role], *, etag: str = "", request_id: str = ""
    ) -> User:
        """Sets what a user, `users/{user}`, may do."""
        request = user_service_pb2.SetUserRolesRequest(
            name=name, roles=roles, etag=etag, request_id=request_id
        )
        return await self._calls.call(request, User)

    @operation
    async def disable(self, name: str, *, etag: str = "", request_id: str = "") -> User:
        """Disables a user: no new token is issued."""
        request = user_service_pb2.DisableUserRequest(name=name, etag=etag, request_id=request_id)
        return await self._calls.call(request, User)

    @operation
    async def change_password(
        self, *, current_password: str, new_password: str, name: str = "users/me"
    ) -> User:
        """Changes the caller's own password. It is never sent twice."""
        request = user_service_pb2.ChangeUserPasswordRequest(
            name=name, current_password=current_password, new_password=new_password
        )
        return await self._calls.call(request, User)


class ApiKeys(Resource[M]):
    """Keys with which programs get tokens."""

    @operation
    async def create(
        self,
        api_key_id: str,
        roles: Sequence[Role],
        *,
        expire_time: datetime.datetime | None = None,
        parent: str = "users/me",
    ) -> api_key_service_pb2.CreateApiKeyResponse:
        """Creates a key of the caller. The answer alone has its secret.

        Args:
            api_key_id: The id of the key to be.
            roles: Some that the caller has.
            expire_time: When it ends, with a time zone. Absent means never.
            parent: The caller.
        """
        ends = None
        if expire_time is not None:
            ends = timestamp_pb2.Timestamp()
            ends.FromDatetime(expire_time)
        request = api_key_service_pb2.CreateApiKeyRequest(
            parent=parent, api_key_id=api_key_id, roles=roles, expire_time=ends
        )
        return await self._calls.call(request, api_key_service_pb2.CreateApiKeyResponse)

    @listing
    def list(
        self, *, parent: str = "users/me", page_size: int = 0
    ) -> AsyncIterator[api_key_pb2.ApiKey]:
        """Lists a user's keys, by name."""
        request = api_key_service_pb2.ListApiKeysRequest(parent=parent, page_size=page_size)
        return pages(self._calls, request, api_key_service_pb2.ListApiKeysResponse, "api_keys")

    @operation
    async def revoke(self, name: str) -> api_key_pb2.ApiKey:
        """Revokes a key, `users/{user}/apiKeys/{api_key}`, for ever."""
        request = api_key_service_pb2.RevokeApiKeyRequest(name=name)
        return await self._calls.call(request, api_key_pb2.ApiKey)


class Strategies(Resource[M]):
    """Templates with their parameters under a name."""

    @operation
    async def create(
        self,
        strategy_id: str,
        definition: templates_pb2.Strategy,
        *,
        display_name: str,
        description: str = "",
        request_id: str = "",
    ) -> strategy_pb2.Strategy:
        """Creates a strategy, which never changes."""
        strategy = strategy_pb2.Strategy(
            display_name=display_name, description=description, definition=definition
        )
        request = strategy_service_pb2.CreateStrategyRequest(
            strategy_id=strategy_id, strategy=strategy, request_id=request_id
        )
        return await self._calls.call(request, strategy_pb2.Strategy)

    @operation
    async def get(self, name: str) -> strategy_pb2.Strategy:
        """Gets one strategy, `strategies/{strategy}`."""
        request = strategy_service_pb2.GetStrategyRequest(name=name)
        return await self._calls.call(request, strategy_pb2.Strategy)

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[strategy_pb2.Strategy]:
        """Lists strategies, newest first."""
        request = strategy_service_pb2.ListStrategiesRequest(page_size=page_size)
        answer = strategy_service_pb2.ListStrategiesResponse
        return pages(self._calls, request, answer, "strategies")


class PipelineRuns(Resource[M]):
    """Passes of a strategy through backtest, lineage and the gate `crv`."""

    @operation
    async def create(
        self,
        strategy: str,
        spec: backtest_spec_pb2.BacktestSpec,
        dataset: str,
        *,
        seed: int = 0,
        validations: Sequence[str] = (),
        request_id: str = "",
    ) -> PipelineRun:
        """Creates a pipeline run and returns at once.

        Args:
            strategy: `strategies/{strategy}`.
            spec: The specification without its strategy.
            dataset: `datasets/{dataset}`.
            seed: In [0, 2**64).
            validations: `validations/{validation}`, a walk-forward and a cross-validation of the
                search that the run is from.
            request_id: Absent means one of the SDK's own.
        """
        return await self._create(strategy, spec, dataset, seed, validations, request_id)

    @operation
    async def get(self, name: str) -> PipelineRun:
        """Gets one pipeline run, `pipelineRuns/{pipeline_run}`."""
        request = pipeline_run_service_pb2.GetPipelineRunRequest(name=name)
        return await self._calls.call(request, PipelineRun)

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[PipelineRun]:
        """Lists pipeline runs, newest first."""
        request = pipeline_run_service_pb2.ListPipelineRunsRequest(page_size=page_size)
        answer = pipeline_run_service_pb2.ListPipelineRunsResponse
        return pages(self._calls, request, answer, "pipeline_runs")

    @listing
    def watch(self, name: str) -> AsyncIterator[PipelineRun]:
        """Yields the pipeline run now and at each change, up to its terminal state."""
        return self._watch(name)

    @operation
    async def run(
        self,
        strategy: str,
        spec: backtest_spec_pb2.BacktestSpec,
        dataset: str,
        *,
        seed: int = 0,
        validations: Sequence[str] = (),
    ) -> PipelineRun:
        """Creates a pipeline run, waits for its end and returns it, whatever came of it."""
        created = await self._create(strategy, spec, dataset, seed, validations, "")
        if is_terminal(created):
            return created
        return await last_of(self._watch(created.name), created)

    async def _create(
        self,
        strategy: str,
        spec: backtest_spec_pb2.BacktestSpec,
        dataset: str,
        seed: int,
        validations: Sequence[str],
        request_id: str,
    ) -> PipelineRun:
        request = pipeline_run_service_pb2.CreatePipelineRunRequest(
            strategy=strategy,
            spec=spec,
            dataset=dataset,
            seed=seed,
            validations=validations,
            request_id=request_id,
        )
        return await self._calls.call(request, PipelineRun)

    def _watch(self, name: str) -> AsyncIterator[PipelineRun]:
        return watched(
            self._calls,
            watch=pipeline_run_service_pb2.WatchPipelineRunRequest(name=name),
            answer_type=pipeline_run_service_pb2.WatchPipelineRunResponse,
            field="pipeline_run",
            get=pipeline_run_service_pb2.GetPipelineRunRequest(name=name),
            resource_type=PipelineRun,
            is_terminal=is_terminal,
        )


def is_terminal(run: PipelineRun) -> bool:
    """Whether a pipeline run ended.

    Raises:
        Internal: The server sent no state.
    """
    if run.state == PipelineRun.STATE_UNSPECIFIED:
        raise Internal("ANSWER_MALFORMED", f"{run.name or 'the pipeline run'} has no state")
    return run.state in {PipelineRun.STATE_SUCCEEDED, PipelineRun.STATE_FAILED}
