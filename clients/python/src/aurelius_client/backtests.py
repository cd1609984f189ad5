"""Runs: created, read, watched, cancelled, and run to their end with every digest checked."""

from collections.abc import AsyncIterator

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2
from aurelius.engine.v1 import backtest_service_pb2 as pb
from aurelius_client.calls import pages
from aurelius_client.errors import Internal, RunNotSealed
from aurelius_client.identities import check_run
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.watches import last_of, watched

Backtest = backtest_pb2.Backtest


class Backtests(Resource[M]):
    """One run of one identity; submitting an identity twice is one run."""

    @operation
    async def create(
        self, spec: backtest_spec_pb2.BacktestSpec, dataset: str, *, seed: int = 0
    ) -> Backtest:
        """Creates the run of an identity, or finds the one that exists, and returns at once.

        Args:
            spec: The specification; defaults may be absent.
            dataset: `datasets/{dataset}`.
            seed: In [0, 2**64).
        """
        return await self._create(spec, dataset, seed)

    @operation
    async def get(self, name: str) -> Backtest:
        """Gets one run, `runs/{run}`.

        Raises:
            NotFound: There is none.
        """
        return await self._calls.call(pb.GetBacktestRequest(name=name), Backtest)

    @listing
    def list(self, *, dataset: str = "", page_size: int = 0) -> AsyncIterator[Backtest]:
        """Lists runs, newest first, asking for pages as they are used.

        Args:
            dataset: Only runs of this dataset; empty for all.
            page_size: Runs a page; 0 leaves it to the server.
        """
        request = pb.ListBacktestsRequest(dataset=dataset, page_size=page_size)
        return pages(self._calls, request, pb.ListBacktestsResponse, "backtests")

    @listing
    def watch(self, name: str) -> AsyncIterator[Backtest]:
        """Yields the run now and at each change, up to its terminal state."""
        return self._watch(name)

    @operation
    async def cancel(self, name: str) -> Backtest:
        """Cancels a running run; one that ended stays as it is."""
        return await self._calls.call(pb.CancelBacktestRequest(name=name), Backtest)

    @operation
    async def compare(
        self, name: str, other: str, *, allow_cross_tier: bool = False
    ) -> pb.CompareBacktestsResponse:
        """Compares two sealed runs: identities, specifications, first difference, metrics.

        Args:
            name: The left run, `runs/{run}`.
            other: The right run, `runs/{run}`.
            allow_cross_tier: Whether their fills may be of different tiers.

        Raises:
            NotFound: There is none.
            AureliusError: One has no result, its stored tables are damaged, or the tiers of
                their fills differ and may not.
        """
        request = pb.CompareBacktestsRequest(
            name=name, other=other, allow_cross_tier=allow_cross_tier
        )
        return await self._calls.call(request, pb.CompareBacktestsResponse)

    @operation
    async def run(
        self, spec: backtest_spec_pb2.BacktestSpec, dataset: str, *, seed: int = 0
    ) -> backtest_pb2.BacktestResult:
        """Creates a run, waits for its end and returns its result.

        The run's name, specification, seed and result digest are computed again from
        what they stand for.

        Raises:
            RunNotSealed: The run ended without a result.
            DigestMismatch: The answer is not what it says.
            AureliusError: The run was refused.
        """
        created = await self._create(spec, dataset, seed)
        if not is_terminal(created):
            created = await last_of(self._watch(created.name), created)
        return check_run(sealed(created), asked=spec, seed=seed)

    async def _create(
        self, spec: backtest_spec_pb2.BacktestSpec, dataset: str, seed: int
    ) -> Backtest:
        request = pb.CreateBacktestRequest(spec=spec, dataset=dataset, seed=seed)
        return await self._calls.call(request, Backtest)

    def _watch(self, name: str) -> AsyncIterator[Backtest]:
        return watched(
            self._calls,
            watch=pb.WatchBacktestRequest(name=name),
            answer_type=pb.WatchBacktestResponse,
            field="backtest",
            get=pb.GetBacktestRequest(name=name),
            resource_type=Backtest,
            is_terminal=is_terminal,
        )


def is_terminal(run: Backtest) -> bool:
    """Whether a run ended.

    Raises:
        Internal: The server sent no state.
    """
    if run.state == Backtest.STATE_UNSPECIFIED:
        raise Internal("ANSWER_MALFORMED", f"{run.name or 'the run'} has no state")
    return run.state != Backtest.STATE_RUNNING


def sealed(run: Backtest) -> Backtest:
    """Returns a run that has a result.

    Raises:
        RunNotSealed: It ended otherwise, or goes on.
    """
    if run.state != Backtest.STATE_SEALED:
        state = Backtest.State.Name(run.state).removeprefix("STATE_")
        raise RunNotSealed(run.name, state, run.failure.reason, run.failure.message)
    return run
