"""Sweeps: each the job of searching one space."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.backtests import Computing, refuse_other_calendar
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import SweepNotFound
from aurelius_engine.application.job_records import SWEEP
from aurelius_engine.application.job_store import JobStore
from aurelius_engine.application.jobs import Jobs, Live
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.records import Dataset
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.sweep_records import (
    StopReason,
    Sweep,
    SweepOutcome,
    SweepProgress,
)
from aurelius_engine.application.sweep_search import Found, SweepSearch, TrialSpecs
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.sweeps.plan import SweepPlan, plan_from_document
from aurelius_engine.domain.sweeps.samplers import Sampler
from aurelius_engine.domain.sweeps.trials import (
    Outcome,
    Trial,
    TrialState,
    counts_of,
    trials_table,
)
from aurelius_engine.domain.table_hash import table_hash

_Live = Live[SweepProgress]


class Sweeps(Jobs[SweepProgress, SweepOutcome]):
    """Searches the space of a sweep once, whoever asks and how often."""

    def __init__(
        self,
        store: JobStore[Sweep],
        objects: ObjectStore,
        files: TableFiles,
        *,
        datasets: Datasets,
        computing: Computing,
        searching: Searching,
        announcements: Announcements,
        clock: Callable[[], int],
    ) -> None:
        """Takes the ports, and a clock in ns since 1970."""
        super().__init__(
            SWEEP,
            store,
            computing=computing,
            announcements=announcements,
            log=searching.log,
            not_found=SweepNotFound,
            clock=clock,
        )
        self._objects, self._files = objects, files
        self._datasets, self._searching = datasets, searching

    def create(
        self, *, document: Mapping[str, Any], dataset_name: str, seed: int, caller: str
    ) -> Sweep:
        """Accepts a sweep, or returns the one that the identity has.

        Raises:
            DatasetNotFound, ObjectDamaged: The data is not there.
            EngineError: The specification is refused, or its base does not fit the data.
            EngineBusy: The queue is full.
        """
        searching = self._searching
        plan = plan_from_document(document, searching.known_metrics)
        specs = searching.specs(document)
        dataset = self._datasets.get(dataset_name)
        searching.refuse_unfit(specs.base, dataset)

        def work(sweep: Sweep, live: _Live) -> tuple[SweepOutcome, SweepProgress]:
            sampler = searching.sampler(plan, seed)
            found = self._found(sweep, dataset, plan, specs, sampler, live)
            return self._stored(plan, sampler.name, found, live)

        return self.submit(
            document,
            dataset,
            seed,
            caller,
            progress=SweepProgress(done_count=0, total_count=plan.total_count),
            work=work,
        )

    def _kept(self, progress: SweepProgress) -> SweepProgress:
        return replace(progress, best=None)

    def _found(
        self,
        sweep: Sweep,
        dataset: Dataset,
        plan: SweepPlan,
        specs: TrialSpecs,
        sampler: Sampler,
        live: _Live,
    ) -> Found:
        computing, searching = self._computing, self._searching
        table, calendars = self._datasets.table(dataset), computing.calendars

        def measure(
            document: Mapping[str, Any], should_stop: Callable[[], bool]
        ) -> Mapping[str, Outcome]:
            refuse_other_calendar(document["calendar"], dataset)
            return searching.measure(
                document, table, calendars, should_stop, seed=sweep.identity.seed
            )

        def report(done: int, best: Trial | None) -> None:
            self._report(sweep.name, live, replace(live.progress, done_count=done, best=best))

        many = None
        if specs.uniform:
            many = searching.measure_many(plan, table, calendars, searching.workers)
        search = SweepSearch(
            plan,
            specs,
            data_hash=sweep.identity.data_hash,
            seed=sweep.identity.seed,
            engine_version=sweep.identity.engine_version,
            measure=measure,
            measure_many=many,
            reason_of=computing.reason_of,
            workers=searching.workers,
        )
        return search.run(sampler, report, live.stop.is_set)

    def _stored(
        self, plan: SweepPlan, sampler: str, found: Found, live: _Live
    ) -> tuple[SweepOutcome, SweepProgress]:
        """Stores the table of trials, and says what the sweep found."""
        table = trials_table(plan.space.parameters, plan.metric_ids, found.trials)
        data = self._files.encode(table)
        counts = counts_of(found.trials)
        stop = found.stopped or ("DRAWS_USED_UP" if found.used_up else "COMPLETED")
        outcome = SweepOutcome(
            trials_digest=table_hash(table),
            object_digest=self._objects.put(data),
            size_bytes=len(data),
            trial_count=len(found.trials),
            succeeded_count=counts[TrialState.SUCCEEDED],
            refused_count=counts[TrialState.REFUSED],
            quarantined_count=counts[TrialState.QUARANTINED],
            excluded_count=found.excluded_count,
            stop_reason=StopReason(stop),
            sampler=sampler,
        )
        best = None if found.best is None else found.trials[found.best]
        progress = replace(live.progress, done_count=len(found.trials), best=best)
        return outcome, progress
