"""Jobs: accepted once per identity, computed, stored or ended, watched and cancelled."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from aurelius_engine.application.announcements import Announcements, Listener
from aurelius_engine.application.backtests import Computing
from aurelius_engine.application.errors import EngineDied
from aurelius_engine.application.job_records import (
    RESTARTABLE,
    Job,
    JobIdentity,
    JobKind,
    JobState,
    Progress,
)
from aurelius_engine.application.job_store import JobReads, JobStore
from aurelius_engine.application.records import Dataset, Failure
from aurelius_engine.domain.errors import EngineError, RunCancelled

# Watchers hear of progress no more often than this.
PROGRESS_NS = 100_000_000
P = TypeVar("P", bound=Progress)
R = TypeVar("R")


@dataclass(slots=True)
class Live(Generic[P]):
    """A job that is being computed: how far it is, and what stops it."""

    stop: threading.Event
    began: int
    progress: P
    said: int = 0


class JobLog(Protocol):
    """Where an operator reads what became of jobs."""

    def ended(self, job: Job[Any, Any]) -> None:
        """Says how a job ended."""


class Jobs(Generic[P, R]):
    """Computes the job of an identity once, whoever asks and how often."""

    def __init__(
        self,
        kind: JobKind,
        store: JobStore[Job[P, R]],
        *,
        computing: Computing,
        announcements: Announcements,
        log: JobLog,
        not_found: type[EngineError],
        clock: Callable[[], int],
    ) -> None:
        """Takes the kind, the ports, what refuses a name, and a clock in ns since 1970."""
        self.kind = kind
        self._store, self._computing, self._log = store, computing, log
        self._announcements, self._not_found, self._clock = announcements, not_found, clock
        self._live: dict[str, Live[P]] = {}

    def recover(self) -> int:
        """Says of jobs that no process computes any more that they crashed.

        Call it only while this process owns the database and computes nothing.
        """
        died = EngineDied(f"the engine ended while it computed the {self.kind.name}: submit again")
        failure = Failure(reason=self._computing.reason_of(died), message=str(died))
        with self._store.write() as records:
            return len(records.crash(failure=failure, time=self._clock()))

    def submit(
        self,
        document: Mapping[str, Any],
        dataset: Dataset,
        seed: int,
        caller: str,
        *,
        progress: P,
        work: Callable[[Job[P, R], Live[P]], tuple[R, P]],
    ) -> Job[P, R]:
        """Accepts a job, or returns the one that the identity has.

        Args:
            document: The resolved specification.
            dataset: What it is computed on.
            seed: Of every draw.
            caller: Who asks.
            progress: Before anything is done.
            work: Computes it, on another thread; returns the outcome, whose bytes are
                stored already, and the progress at the end.

        Raises:
            EngineBusy: The queue is full.
        """
        identity = JobIdentity(
            kind=self.kind,
            document_hash=self.kind.hash_of(document),
            data_hash=dataset.data_hash,
            seed=seed,
            engine_version=self._computing.engine_version,
        )
        live = Live(stop=threading.Event(), began=self._clock(), progress=progress)
        job, accepted = self._accept(identity, document, dataset, caller, live)
        if accepted:
            self._announcements.announce(job.name)
            self._computing.pool.submit(live.stop, lambda: self._work(job, live, work))
        return job

    def _accept(
        self,
        identity: JobIdentity,
        document: Mapping[str, Any],
        dataset: Dataset,
        caller: str,
        live: Live[P],
    ) -> tuple[Job[P, R], bool]:
        """Takes a place in the queue and says so in the records, unless a twin was first."""
        reserved = False
        try:
            with self._store.write() as records:
                before = records.job(identity.id)
                if before is not None and before.state not in RESTARTABLE:
                    return self._with_progress(before), False
                self._computing.pool.reserve()
                reserved = True
                now = self._clock()
                job: Job[P, R] = Job(
                    identity=identity,
                    sequence=before.sequence if before else records.next_sequence(),
                    create_time=before.create_time if before else now,
                    update_time=now,
                    creator=before.creator if before else caller,
                    dataset=before.dataset if before else dataset.name,
                    document=document,
                    state=JobState.RUNNING,
                    attempt_count=before.attempt_count + 1 if before else 1,
                    progress=live.progress,
                )
                if before is None:
                    records.add(job)
                else:
                    records.change(job)
                self._live[job.id] = live
        except BaseException:
            if reserved:
                self._computing.pool.release()
                self._forget(identity.id, live)
            raise
        return job, True

    def get(self, name: str) -> Job[P, R]:
        """Returns a job, with its progress as it is now.

        Raises:
            EngineError: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        with self._store.read() as records:
            job = self._existing(records, name)
        return self._with_progress(job)

    def list(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Job[P, R]]:
        """Returns jobs, newest first, without their specifications."""
        with self._store.read() as records:
            found = records.jobs(dataset=dataset, before=before, limit=limit)
        return [self._with_progress(job) for job in found]

    def watch(self, name: str, opened: Callable[[Listener], None]) -> Iterator[Job[P, R]]:
        """Returns the job now and as it goes on, until it ended or the listener is closed.

        Raises:
            EngineError: There is none of the name.
            ObjectDamaged: Its record is not the one that was written.
        """
        self.get(name)
        with closing(self._announcements.listen(name)) as listener:
            opened(listener)
            job = self.get(name)
            yield job
            while not job.ended and listener.wait():
                newer = self.get(name)
                if newer != job:
                    job = newer
                    yield job

    def cancel(self, name: str) -> Job[P, R]:
        """Cancels a job that is running; one that ended stays.

        Raises:
            EngineError: There is none of the name.
        """
        stopped = RunCancelled(f"a caller cancelled the {self.kind.name}")
        failure = Failure(reason=self._computing.reason_of(stopped), message=str(stopped))
        with self._store.write() as records:
            job = self._existing(records, name)
            if job.ended:
                return job
            # Of this attempt: the next one cannot begin yet.
            live = self._live.get(job.id)
            job = replace(
                self._with_progress(job),
                state=JobState.CANCELLED,
                update_time=self._clock(),
                failure=failure,
            )
            job = replace(job, progress=self._kept(job.progress))
            records.change(job)
        if live is not None:
            live.stop.set()
            self._computing.pool.discard(live.stop)
            self._forget(job.id, live)
        self._said(job)
        return job

    def stop(self) -> None:
        """Asks every job that is being computed to stop."""
        for live in list(self._live.values()):
            live.stop.set()

    def _kept(self, progress: P) -> P:
        """Returns what stays of the progress of a job that ends without an outcome."""
        return progress

    def _report(self, name: str, live: Live[P], progress: P) -> None:
        """Notes how far a job is, and now and then tells its watchers."""
        live.progress = progress
        now = self._clock()
        if now - live.said >= PROGRESS_NS:
            live.said = now
            self._announcements.announce(name)

    def _existing(self, records: JobReads[Job[P, R]], name: str) -> Job[P, R]:
        job = records.job(name.removeprefix(f"{self.kind.collection}/"))
        if job is None:
            raise self._not_found(
                f"there is no {name}", found=name, allowed=f"the name of a {self.kind.name}"
            )
        return job

    def _with_progress(self, job: Job[P, R]) -> Job[P, R]:
        live = self._live.get(job.id)
        if job.ended or live is None:
            return job
        elapsed = self._clock() - live.began
        return replace(job, progress=replace(live.progress, elapsed_ns=elapsed))

    def _forget(self, job_id: str, live: Live[P]) -> None:
        if self._live.get(job_id) is live:
            del self._live[job_id]

    def _work(
        self,
        job: Job[P, R],
        live: Live[P],
        work: Callable[[Job[P, R], Live[P]], tuple[R, P]],
    ) -> None:
        computing = self._computing
        try:
            try:
                if live.stop.is_set():
                    return
                live.began = self._clock()
                outcome, progress = work(job, live)
                if not live.stop.is_set():
                    self._seal(job, outcome, progress, live)
            except RunCancelled:
                return  # who cancelled it has said so
            except EngineError as refusal:
                self._fail(job, computing.reason_of(refusal), str(refusal), live)
            except Exception as error:
                computing.log.broke(job.name, error)
                message = f"an error of the engine; its log has the {self.kind.name}"
                self._fail(job, "ERROR_REASON_INTERNAL", message, live)
        except Exception as error:  # the records cannot be written: the next start says crashed
            computing.log.broke(job.name, error)
        finally:
            self._forget(job.id, live)

    def _seal(
        self,
        job: Job[P, R],
        outcome: R,
        progress: P,
        live: Live[P],
    ) -> None:
        now = self._clock()
        self._change(
            replace(
                job,
                state=JobState.SUCCEEDED,
                update_time=now,
                progress=replace(progress, elapsed_ns=now - live.began),
                outcome=outcome,
            )
        )

    def _fail(self, job: Job[P, R], reason: str, message: str, live: Live[P]) -> None:
        self._change(
            replace(
                job,
                state=JobState.FAILED,
                update_time=self._clock(),
                progress=self._kept(live.progress),
                failure=Failure(reason=reason, message=message),
            )
        )

    def _change(self, ended: Job[P, R]) -> None:
        with self._store.write() as records:
            now = records.job(ended.id)
            here = now is not None and now.state is JobState.RUNNING
            if not here or now is None or now.attempt_count != ended.attempt_count:
                return
            records.change(ended)
        self._said(ended)

    def _said(self, job: Job[P, R]) -> None:
        self._announcements.announce(job.name)
        self._log.ended(job)
