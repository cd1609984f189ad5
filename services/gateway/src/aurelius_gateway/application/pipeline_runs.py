"""Creating, reading and watching pipeline runs."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from aurelius_gateway.application.changes import Changes
from aurelius_gateway.application.pipeline_work import PipelineWork
from aurelius_gateway.application.workers import Workers
from aurelius_gateway.domain.errors import PipelineRunNotFound, StrategyNotFound
from aurelius_gateway.domain.gateway_store import GatewayStore
from aurelius_gateway.domain.pipeline import PipelineRun
from aurelius_gateway.domain.strategy import JsonDocument

Response = TypeVar("Response")


class PipelineRuns:
    """Starts pipeline runs and says how they stand."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        work: PipelineWork,
        workers: Workers,
        changes: Changes,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ):
        self._store, self._work, self._workers = store, work, workers
        self._changes, self._now, self._new_id = changes, now, new_id

    def create(
        self,
        strategy: str,
        spec: JsonDocument,
        *,
        dataset: str,
        seed: int,
        validations: Sequence[str],
        creator: str,
        require_valid: Callable[[JsonDocument], None],
        respond: Callable[[PipelineRun], Response],
    ) -> Response:
        """Stores a pipeline run, has it worked on, and returns at once.

        Args:
            strategy: The name of the strategy.
            spec: The specification without its strategy.
            dataset: The name of the dataset.
            seed: The root of every random stream.
            validations: Those that the gate is told of.
            creator: Who asks.
            require_valid: Raises if the specification, joined, breaks a rule of the contract.
            respond: Makes the response, which is kept with the run.

        Raises:
            StrategyNotFound: There is no such strategy.
            GatewayBusy: Too many are being worked on.
        """
        with self._store.read() as reading:
            found = reading.strategy(strategy.partition("/")[2])
        if found is None:
            raise StrategyNotFound(strategy)
        joined = {**spec, "strategy": dict(found.definition)}
        require_valid(joined)
        time = self._now()
        run = PipelineRun(
            id=self._new_id("p"),
            creator=creator,
            strategy=found.name,
            dataset=dataset,
            spec=joined,
            seed=seed,
            validations=validations,
            create_time=time,
            update_time=time,
        )
        with self._workers.slot() as slot:
            with self._store.write() as transaction:
                transaction.refuse_twin()
                transaction.add_pipeline_run(run)
                response = respond(run)
                transaction.remember(response)
            slot.start(lambda: self._work.work(run))
        return response

    def get(self, name: str) -> PipelineRun:
        """Raises: PipelineRunNotFound: There is no such pipeline run."""
        with self._store.read() as reading:
            run = reading.pipeline_run(name.partition("/")[2])
        if run is None:
            raise PipelineRunNotFound(name)
        return run

    def list(self, *, after_id: str, limit: int) -> Sequence[PipelineRun]:
        """Returns pipeline runs, newest first."""
        with self._store.read() as reading:
            return reading.pipeline_runs(after_id=after_id, limit=limit)

    def watch(
        self, name: str, *, at_end_of_call: Callable[[Callable[[], None]], None]
    ) -> Iterator[PipelineRun]:
        """Returns the run now and at each change, until it has ended.

        Args:
            name: The pipeline run.
            at_end_of_call: Has a function called when the watcher goes away.
        """
        with self._changes.subscribed(name.partition("/")[2]) as subscription:
            at_end_of_call(subscription.close)
            newest = self.get(name)
            yield newest
            if newest.ended:
                return
            for run in subscription:
                if run.revision <= newest.revision:
                    continue  # published between the subscription and the first read
                newest = run
                yield newest
                if newest.ended:
                    return

    def interrupt_unfinished(self) -> int:
        """Ends what a gateway that stopped has left unfinished; returns how many.

        Call it at the start, before anything is worked on. One gateway at a time works
        on a database.
        """
        with self._store.read() as reading:
            unfinished = reading.unfinished_pipeline_runs()
        for run in unfinished:
            self._work.save(run.interrupted(time=self._now()))
        return len(unfinished)
