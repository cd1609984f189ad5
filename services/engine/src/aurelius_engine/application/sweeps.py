"""Sweeps: accepted once per identity, searched, stored or ended, watched and cancelled."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from aurelius_engine.application.announcements import Announcements, Listener
from aurelius_engine.application.backtests import Computing, refuse_other_calendar
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import EngineDied, SweepNotFound
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.records import Dataset, Failure
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.sweep_records import (
    RESTARTABLE,
    Progress,
    StopReason,
    Sweep,
    SweepIdentity,
    SweepOutcome,
    SweepState,
    sweep_hash,
)
from aurelius_engine.application.sweep_search import Found, SweepSearch, TrialSpecs
from aurelius_engine.application.sweep_store import SweepReads, SweepStore
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.errors import EngineError, RunCancelled
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

# Watchers hear of progress no more often than this.
PROGRESS_NS = 100_000_000


@dataclass(slots=True)
class _Live:
    """A sweep that is being searched: how far it is, and what stops it."""

    stop: threading.Event
    began: int
    progress: Progress
    said: int


class Sweeps:
    """Searches the space of a sweep once, whoever asks and how often."""

    def __init__(
        self,
        store: SweepStore,
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
        self._store, self._objects, self._files = store, objects, files
        self._datasets, self._computing, self._searching = datasets, computing, searching
        self._announcements, self._clock = announcements, clock
        self._live: dict[str, _Live] = {}

    def recover(self) -> int:
        """Says of sweeps that no process computes any more that they crashed."""
        died = EngineDied("the engine ended while it computed the sweep: submit it again")
        failure = Failure(reason=self._computing.reason_of(died), message=str(died))
        with self._store.write() as records:
            return records.crash_sweeps(failure=failure, time=self._clock())

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
        identity = SweepIdentity(
            sweep_hash=sweep_hash(document),
            data_hash=dataset.data_hash,
            seed=seed,
            engine_version=self._computing.engine_version,
        )
        live = _Live(
            stop=threading.Event(),
            began=self._clock(),
            progress=Progress(done_count=0, total_count=plan.total_count),
            said=0,
        )
        sweep, accepted = self._accept(identity, document, dataset, caller, live)
        if accepted:
            self._announcements.announce(sweep.name)
            self._computing.pool.submit(
                live.stop, lambda: self._work(sweep, dataset, plan, specs, live)
            )
        return sweep

    def _accept(
        self,
        identity: SweepIdentity,
        document: Mapping[str, Any],
        dataset: Dataset,
        caller: str,
        live: _Live,
    ) -> tuple[Sweep, bool]:
        """Takes a place in the queue and says so in the records, unless a twin was first."""
        reserved = False
        try:
            with self._store.write() as records:
                before = records.sweep(identity.id)
                if before is not None and before.state not in RESTARTABLE:
                    return self._with_progress(before), False
                self._computing.pool.reserve()
                reserved = True
                now = self._clock()
                sweep = Sweep(
                    identity=identity,
                    sequence=before.sequence if before else records.next_sequence(),
                    create_time=before.create_time if before else now,
                    update_time=now,
                    creator=before.creator if before else caller,
                    dataset=before.dataset if before else dataset.name,
                    document=document,
                    state=SweepState.RUNNING,
                    attempt_count=before.attempt_count + 1 if before else 1,
                    progress=live.progress,
                )
                if before is None:
                    records.add_sweep(sweep)
                else:
                    records.change_sweep(sweep)
                self._live[sweep.id] = live
        except BaseException:
            if reserved:
                self._computing.pool.release()
                self._forget(identity.id, live)
            raise
        return sweep, True

    def get(self, name: str) -> Sweep:
        """Returns a sweep, with its progress as it is now.

        Raises:
            SweepNotFound: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        with self._store.read() as records:
            sweep = existing_sweep(records, name)
        return self._with_progress(sweep)

    def list(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Sweep]:
        """Returns sweeps, newest first, without their specifications."""
        with self._store.read() as records:
            found = records.sweeps(dataset=dataset, before=before, limit=limit)
        return [self._with_progress(sweep) for sweep in found]

    def watch(self, name: str, opened: Callable[[Listener], None]) -> Iterator[Sweep]:
        """Returns the sweep now and as it goes on, until it ended or the listener is closed.

        Raises:
            SweepNotFound: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        self.get(name)
        with closing(self._announcements.listen(name)) as listener:
            opened(listener)
            sweep = self.get(name)
            yield sweep
            while not sweep.ended and listener.wait():
                newer = self.get(name)
                if newer != sweep:
                    sweep = newer
                    yield sweep

    def cancel(self, name: str) -> Sweep:
        """Cancels a sweep that is running; one that ended stays. Raises: SweepNotFound."""
        stopped = RunCancelled("a caller cancelled the sweep")
        failure = Failure(reason=self._computing.reason_of(stopped), message=str(stopped))
        with self._store.write() as records:
            sweep = existing_sweep(records, name)
            if sweep.ended:
                return sweep
            # Of this attempt: the next one cannot begin yet.
            live = self._live.get(sweep.id)
            sweep = replace(
                self._with_progress(sweep),
                state=SweepState.CANCELLED,
                update_time=self._clock(),
                failure=failure,
            )
            sweep = replace(sweep, progress=replace(sweep.progress, best=None))
            records.change_sweep(sweep)
        if live is not None:
            live.stop.set()
            self._computing.pool.discard(live.stop)
            self._forget(sweep.id, live)
        self._said(sweep)
        return sweep

    def stop(self) -> None:
        """Asks every sweep that is being computed to stop."""
        for live in list(self._live.values()):
            live.stop.set()

    def _with_progress(self, sweep: Sweep) -> Sweep:
        live = self._live.get(sweep.id)
        if sweep.ended or live is None:
            return sweep
        elapsed = self._clock() - live.began
        return replace(sweep, progress=replace(live.progress, elapsed_ns=elapsed))

    def _forget(self, sweep_id: str, live: _Live) -> None:
        if self._live.get(sweep_id) is live:
            del self._live[sweep_id]

    def _work(
        self, sweep: Sweep, dataset: Dataset, plan: SweepPlan, specs: TrialSpecs, live: _Live
    ) -> None:
        computing = self._computing
        try:
            try:
                if live.stop.is_set():
                    return
                live.began = self._clock()
                sampler = self._searching.sampler(plan, sweep.identity.seed)
                found = self._found(sweep, dataset, plan, specs, sampler, live)
                if not live.stop.is_set():
                    self._seal(sweep, plan, sampler.name, found, live)
            except RunCancelled:
                return  # who cancelled it has said so
            except EngineError as refusal:
                self._fail(sweep, computing.reason_of(refusal), str(refusal), live)
            except Exception as error:
                computing.log.broke(sweep.name, error)
                message = "an error of the engine; its log has the sweep"
                self._fail(sweep, "ERROR_REASON_INTERNAL", message, live)
        except Exception as error:  # the records cannot be written: the next start says crashed
            computing.log.broke(sweep.name, error)
        finally:
            self._forget(sweep.id, live)

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
            live.progress = replace(live.progress, done_count=done, best=best)
            now = self._clock()
            if now - live.said >= PROGRESS_NS:
                live.said = now
                self._announcements.announce(sweep.name)

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

    def _seal(self, sweep: Sweep, plan: SweepPlan, sampler: str, found: Found, live: _Live) -> None:
        """Stores the table first; then one transaction makes the sweep succeed."""
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
        now = self._clock()
        progress = replace(
            live.progress,
            done_count=len(found.trials),
            best=best,
            elapsed_ns=now - live.began,
        )
        self._change(
            replace(
                sweep,
                state=SweepState.SUCCEEDED,
                update_time=now,
                progress=progress,
                outcome=outcome,
            )
        )

    def _fail(self, sweep: Sweep, reason: str, message: str, live: _Live) -> None:
        self._change(
            replace(
                sweep,
                state=SweepState.FAILED,
                update_time=self._clock(),
                progress=replace(live.progress, best=None),
                failure=Failure(reason=reason, message=message),
            )
        )

    def _change(self, ended: Sweep) -> None:
        with self._store.write() as records:
            now = records.sweep(ended.id)
            here = now is not None and now.state is SweepState.RUNNING
            if not here or now is None or now.attempt_count != ended.attempt_count:
                return
            records.change_sweep(ended)
        self._said(ended)

    def _said(self, sweep: Sweep) -> None:
        self._announcements.announce(sweep.name)
        self._searching.log.ended(sweep)


def existing_sweep(records: SweepReads, name: str) -> Sweep:
    """Returns a sweep. Raises: SweepNotFound: There is none of the name."""
    sweep = records.sweep(name.removeprefix("sweeps/"))
    if sweep is None:
        raise SweepNotFound(f"there is no {name}", found=name, allowed="the name of a sweep")
    return sweep
