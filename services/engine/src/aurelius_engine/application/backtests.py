"""Runs: accepted once per identity, computed, sealed or ended, watched and cancelled."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from aurelius_engine.application.announcements import Announcements, Listener
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import EngineDied, RunNotFound
from aurelius_engine.application.execution import identify
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import ReadTransaction, RecordStore
from aurelius_engine.application.records import (
    RESTARTABLE,
    Artifact,
    Dataset,
    Failure,
    Run,
    RunState,
    summary_of,
)
from aurelius_engine.application.sealed_records import refuse_damaged
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.application.worker_pool import WorkerPool
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import (
    AccountingBreach,
    CalendarMismatch,
    EngineError,
    RunCancelled,
)
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.simulation import refuse_unrunnable
from aurelius_engine.domain.spec import spec_from_document


class Execute(Protocol):
    """Computes a result; `execution.execute` is the one that ships."""

    def __call__(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        *,
        seed: int,
    ) -> RunResult:
        """Returns the result. Raises: EngineError: The run is refused or cancelled."""


class RunLog(Protocol):
    """Where an operator reads what became of runs."""

    def ended(self, run: Run) -> None:
        """Says how a run ended."""

    def broke(self, name: str, error: Exception) -> None:
        """Says that the engine itself failed at a run or a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computing:
    """What runs and replays are computed with. `reason_of` gives a refusal its wire name."""

    execute: Execute
    calendars: Calendars
    engine_version: str
    pool: WorkerPool
    reason_of: Callable[[EngineError], str]
    log: RunLog


class Backtests:
    """Computes the run of an identity once, whoever asks and how often."""

    def __init__(
        self,
        store: RecordStore,
        objects: ObjectStore,
        files: TableFiles,
        *,
        datasets: Datasets,
        computing: Computing,
        announcements: Announcements,
        clock: Callable[[], int],
    ) -> None:
        """Takes the ports, and a clock in ns since 1970."""
        self._store, self._objects, self._files = store, objects, files
        self._datasets, self._computing = datasets, computing
        self._announcements, self._clock = announcements, clock
        self._stops: dict[str, threading.Event] = {}

    def recover(self) -> int:
        """Says of runs that no process computes any more that they crashed.

        Call it only while this process owns the database and computes nothing.
        """
        died = EngineDied("the engine ended while it computed the run: submit it again")
        failure = Failure(reason=self._computing.reason_of(died), message=str(died))
        with self._store.write() as records:
            return records.crash_runs(failure=failure, time=self._clock())

    def create(
        self, *, document: Mapping[str, Any], dataset_name: str, seed: int, caller: str
    ) -> Run:
        """Accepts a run, or returns the one that the identity has.

        Raises:
            DatasetNotFound, ObjectDamaged: The data is not there.
            EngineError: The specification is refused, or does not fit the data.
            EngineBusy: The queue is full.
        """
        dataset = self._datasets.get(dataset_name)
        self.refuse_unfit(document, dataset)
        identity = identify(
            document,
            data_hash=dataset.data_hash,
            seed=seed,
            engine_version=self._computing.engine_version,
        )
        with self._store.read() as records:
            before = records.run(identity.run_id)
        if before is not None and before.state not in RESTARTABLE:
            return refuse_damaged(before)
        stop = threading.Event()
        run, accepted = self._accept(identity, document, dataset, caller, stop)
        if accepted:
            self._announcements.announce(run.name)
            self._computing.pool.submit(stop, lambda: self._work(run, dataset, stop))
        return run

    def _accept(
        self,
        identity: RunIdentity,
        document: Mapping[str, Any],
        dataset: Dataset,
        caller: str,
        stop: threading.Event,
    ) -> tuple[Run, bool]:
        """Takes a place in the queue and says so in the records, unless a twin was first."""
        reserved = False
        try:
            with self._store.write() as records:
                before = records.run(identity.run_id)
                if before is not None and before.state not in RESTARTABLE:
                    return refuse_damaged(before), False
                self._computing.pool.reserve()
                reserved = True
                now = self._clock()
                if before is None:
                    run = Run(
                        identity=identity,
                        sequence=records.next_sequence(),
                        create_time=now,
                        update_time=now,
                        creator=caller,
                        dataset=dataset.name,
                        document=document,
                        state=RunState.RUNNING,
                        attempt_count=1,
                    )
                    records.add_run(run)
                else:
                    run = replace(
                        before,
                        state=RunState.RUNNING,
                        update_time=now,
                        attempt_count=before.attempt_count + 1,
                        failure=None,
                    )
                    records.change_run(run)
                self._stops[run.id] = stop
        except BaseException:
            if reserved:
                self._computing.pool.release()
                self._forget(identity.run_id, stop)
            raise
        return run, True

    def get(self, name: str) -> Run:
        """Returns a run.

        Raises:
            RunNotFound: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        with self._store.read() as records:
            return refuse_damaged(existing_run(records, name))

    def list(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Run]:
        """Returns runs, newest first; of one whose record is damaged, only what is not."""
        with self._store.read() as records:
            return records.runs(dataset=dataset, before=before, limit=limit)

    def watch(self, name: str, opened: Callable[[Listener], None]) -> Iterator[Run]:
        """Returns the run now and after each change, until it ended or the listener is closed.

        Args:
            name: The run.
            opened: Gets the listener, for whoever may close it.

        Raises:
            RunNotFound: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        self.get(name)
        with closing(self._announcements.listen(name)) as listener:
            opened(listener)
            run = self.get(name)
            yield run
            while not run.ended and listener.wait():
                newer = self.get(name)
                if newer != run:
                    run = newer
                    yield run

    def cancel(self, name: str) -> Run:
        """Cancels a run that is running; one that ended stays. Raises: RunNotFound."""
        stopped = RunCancelled("a caller cancelled the run")
        failure = Failure(reason=self._computing.reason_of(stopped), message=str(stopped))
        with self._store.write() as records:
            run = existing_run(records, name)
            if run.ended:
                return refuse_damaged(run)
            run = replace(run, state=RunState.CANCELLED, update_time=self._clock(), failure=failure)
            records.change_run(run)
            stop = self._stops.get(run.id)  # of this attempt: the next one cannot begin yet
        if stop is not None:
            stop.set()
            self._computing.pool.discard(stop)
            self._forget(run.id, stop)
        self._said(run)
        return run

    def stop(self) -> None:
        """Asks every run that is being computed to stop."""
        for stop in list(self._stops.values()):
            stop.set()

    def refuse_unfit(self, document: Mapping[str, Any], dataset: Dataset) -> None:
        """Refuses a specification that a dataset cannot run. Raises: EngineError: It cannot."""
        spec = spec_from_document(document)
        self._computing.calendars.refuse_unknown(spec.calendar, spec.calendar_version)
        refuse_other_calendar(spec.calendar, dataset)
        refuse_unrunnable(spec, self._datasets.table(dataset))

    def _forget(self, run_id: str, stop: threading.Event) -> None:
        if self._stops.get(run_id) is stop:
            del self._stops[run_id]

    def _work(self, run: Run, dataset: Dataset, stop: threading.Event) -> None:
        computing = self._computing
        try:
            try:
                if stop.is_set():
                    return
                table = self._datasets.table(dataset)
                result = computing.execute(
                    run.document,
                    table,
                    computing.calendars,
                    stop.is_set,
                    seed=run.identity.seed,
                )
                if not stop.is_set():
                    self._seal(run, result)
            except RunCancelled:
                return  # who cancelled it has said so
            except AccountingBreach as breach:
                self._end(run, RunState.QUARANTINED, computing.reason_of(breach), str(breach))
            except EngineError as refusal:
                self._end(run, RunState.FAILED, computing.reason_of(refusal), str(refusal))
            except Exception as error:
                computing.log.broke(run.name, error)
                message = "an error of the engine; its log has the run"
                self._end(run, RunState.FAILED, "ERROR_REASON_INTERNAL", message)
        except Exception as error:  # the records cannot be written: the next start says crashed
            computing.log.broke(run.name, error)
        finally:
            self._forget(run.id, stop)

    def _seal(self, run: Run, result: RunResult) -> None:
        """Stores every table first; then one transaction makes the run sealed."""
        artifacts = []
        for name, table in sorted(result.tables.items()):
            data = self._files.encode(table)
            artifacts.append(
                Artifact(
                    identity=run.identity,
                    id=name,
                    digest=result.digests[name],
                    row_count=len(table[0].data),
                    size_bytes=len(data),
                    object_digest=self._objects.put(data),
                )
            )
        sealed = replace(
            run, state=RunState.SEALED, update_time=self._clock(), summary=summary_of(result)
        )
        with self._store.write() as records:
            if not _is_at(records, run):
                return
            for artifact in artifacts:
                records.add_artifact(artifact)
            records.change_run(sealed)
        self._said(sealed)

    def _end(self, run: Run, state: RunState, reason: str, message: str) -> None:
        ended = replace(
            run,
            state=state,
            update_time=self._clock(),
            failure=Failure(reason=reason, message=message),
        )
        with self._store.write() as records:
            if not _is_at(records, run):
                return
            records.change_run(ended)
        self._said(ended)

    def _said(self, run: Run) -> None:
        self._announcements.announce(run.name)
        self._computing.log.ended(run)


def existing_run(records: ReadTransaction, name: str) -> Run:
    """Returns a run. Raises: RunNotFound: There is none of the name."""
    run = records.run(name.removeprefix("runs/"))
    if run is None:
        raise RunNotFound(f"there is no {name}", found=name, allowed="the name of a run")
    return run


def refuse_other_calendar(calendar: str, dataset: Dataset) -> None:
    """Refuses a calendar that is not the dataset's. Raises: CalendarMismatch: It is not."""
    if calendar != dataset.provenance.calendar:
        raise CalendarMismatch(
            f"the calendar is {calendar}, that of {dataset.name} is {dataset.provenance.calendar}",
            found=calendar,
            allowed=dataset.provenance.calendar,
        )


def _is_at(records: ReadTransaction, run: Run) -> bool:
    """Whether a run is still at the attempt that a worker computes."""
    now = records.run(run.id)
    return (
        now is not None and now.state is RunState.RUNNING and now.attempt_count == run.attempt_count
    )
