"""Replays: an identity executed again from the stored data, and compared cell by cell.

The execution is a perturbed one: what must not decide a result is there another.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

from aurelius_engine.application.announcements import Announcements, Listener
from aurelius_engine.application.backtests import Computing
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    EngineDied,
    EngineVersionMismatch,
    ObjectDamaged,
    ReplayNotFound,
    RunNotFound,
)
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.perturbed_execution import Executed, PerturbedExecution
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Artifact, Failure, Replay, ReplayState, Run
from aurelius_engine.application.sealed_records import refuse_damaged, summary_metrics
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.divergence import Difference, first_difference
from aurelius_engine.domain.errors import EngineError, RunCancelled
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import table_hash

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """A sealed artifact as it is stored now. `damage` says how its bytes fail their digest."""

    artifact: Artifact
    table: Table
    damage: ObjectDamaged | None


class Replays:
    """Executes sealed identities again."""

    def __init__(
        self,
        store: RecordStore,
        objects: ObjectStore,
        files: TableFiles,
        *,
        datasets: Datasets,
        computing: Computing,
        perturbed: PerturbedExecution,
        announcements: Announcements,
        clock: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        """Takes the ports, a clock in ns since 1970, and a source of fresh ids."""
        self._store, self._objects, self._files = store, objects, files
        self._datasets, self._computing, self._perturbed = datasets, computing, perturbed
        self._announcements, self._clock, self._new_id = announcements, clock, new_id
        self._stopping = False

    def recover(self) -> None:
        """Says of replays that no process computes any more that they failed."""
        died = EngineDied("the engine ended while it computed the replay")
        failure = Failure(reason=self._computing.reason_of(died), message=str(died))
        with self._store.write() as records:
            records.fail_replays(failure=failure)

    def create(self, identity: RunIdentity, *, caller: str, respond: Callable[[Replay], T]) -> T:
        """Accepts a replay.

        Raises:
            RunNotFound: No sealed run has the identity.
            ObjectDamaged: The record of the run cannot be read.
            EngineVersionMismatch: Another engine computed it.
            EngineBusy: The queue is full.
        """
        reserved = False
        try:
            with self._store.write() as records:
                records.refuse_twin()
                run = records.run(identity.run_id)
                if run is not None and run.summary is None:
                    refuse_damaged(run)
                if run is None or run.summary is None or run.identity != identity:
                    raise RunNotFound(
                        "no sealed run has the identity",
                        found=f"runs/{identity.run_id}",
                        allowed="the identity of a sealed run",
                    )
                self._refuse_other_engine(
                    identity.engine_version,
                    f"engine {identity.engine_version} computed the run: only it can replay it",
                )
                self._computing.pool.reserve()
                reserved = True
                replay_id = self._new_id()
                replay = Replay(
                    id=replay_id,
                    identity=identity,
                    create_time=self._clock(),
                    creator=caller,
                    state=ReplayState.RUNNING,
                    sealed_result_digest=run.summary.result_digest,
                    perturbations=self._perturbed.perturbations(f"{run.id} {replay_id}"),
                )
                records.add_replay(replay)
                answer = respond(replay)
                records.remember(answer)
                artifacts = tuple(records.artifacts(run.id))
        except BaseException:
            if reserved:
                self._computing.pool.release()
            raise
        self._computing.pool.submit(replay, lambda: self._work(replay, run, artifacts))
        return answer

    def get(self, name: str) -> Replay:
        """Returns a replay. Raises: ReplayNotFound: There is none of the name."""
        with self._store.read() as records:
            replay = records.replay(name.removeprefix("replays/"))
        if replay is None:
            raise ReplayNotFound(f"there is no {name}", found=name, allowed="a replay's name")
        return replay

    def watch(self, name: str, opened: Callable[[Listener], None]) -> Iterator[Replay]:
        """Returns the replay now and after each change, until it ended or is not listened to.

        Raises:
            ReplayNotFound: There is none of the name.
        """
        self.get(name)
        with closing(self._announcements.listen(name)) as listener:
            opened(listener)
            replay = self.get(name)
            yield replay
            while not replay.ended and listener.wait():
                newer = self.get(name)
                if newer != replay:
                    replay = newer
                    yield replay

    def stop(self) -> None:
        """Asks every replay that is being computed to stop."""
        self._stopping = True

    def _refuse_other_engine(self, version: str, message: str) -> None:
        ours = self._computing.engine_version
        if version != ours:
            raise EngineVersionMismatch(message, found=version, allowed=ours)

    def _work(self, replay: Replay, run: Run, artifacts: tuple[Artifact, ...]) -> None:
        computing = self._computing
        try:
            try:
                ended = self._compared(replay, run, artifacts)
            except RunCancelled:
                return  # the engine stops: the next start says so
            except EngineError as refusal:
                ended = _failed(replay, computing.reason_of(refusal), str(refusal))
            except Exception as error:
                computing.log.broke(replay.name, error)
                message = "an error of the engine; its log has the replay"
                ended = _failed(replay, "ERROR_REASON_INTERNAL", message)
            with self._store.write() as records:
                records.change_replay(ended)
            self._announcements.announce(replay.name)
        except Exception as error:  # the records cannot be written: the next start says failed
            computing.log.broke(replay.name, error)

    def _compared(self, replay: Replay, run: Run, artifacts: tuple[Artifact, ...]) -> Replay:
        table = self._datasets.stored_table(self._datasets.get(run.dataset))
        if table.data_hash() != run.identity.data_hash:
            raise ObjectDamaged(
                f"{run.dataset} is not the data of the run",
                found=table.data_hash(),
                allowed=run.identity.data_hash,
            )
        result = self._perturbed.execute(
            run.document,
            table,
            lambda: self._stopping,
            seed=run.identity.seed,
            perturbations=replay.perturbations,
        )
        there = result.identity.engine_version
        self._refuse_other_engine(
            there, f"the engine on the disk is {there} by now: it cannot replay what this one did"
        )
        sealed = [self._sealed(artifact) for artifact in artifacts]
        difference = _difference(sealed, result, replay.sealed_result_digest)
        if difference is None:
            difference = _record_difference(run, result) or _identity_difference(run, result)
        return replace(
            replay,
            state=ReplayState.DIFFERENT if difference else ReplayState.EQUAL,
            replayed_result_digest=result.digest,
            difference=difference,
        )

    def _sealed(self, artifact: Artifact) -> _Sealed:
        """Reads what is stored, even if it is damaged: a damaged cell can be named.

        Raises:
            ObjectDamaged: Nothing is stored, or it is no table any more.
        """
        damage = None
        try:
            data = self._objects.get(artifact.object_digest)
        except ObjectDamaged as found:
            damage = found
            data = self._objects.get_unverified(artifact.object_digest)
        try:
            table = self._files.decode(data)
        except ObjectDamaged as unreadable:
            raise damage or unreadable from unreadable
        return _Sealed(artifact=artifact, table=table, damage=damage)


def _difference(
    sealed: list[_Sealed], result: Executed, sealed_result_digest: str
) -> Difference | None:
    """Returns where sealed and replayed differ first: a cell, or else a digest.

    A digest that differs without any cell (only the record was changed) is named by
    its artifact and an empty column.
    """
    tables: Mapping[str, Table] = {item.artifact.id: item.table for item in sealed}
    cell = first_difference(tables, result.tables)
    if cell is not None:
        return cell
    for item in sealed:
        name, replayed = item.artifact.id, result.digests[item.artifact.id]
        if item.damage is not None:
            return _of_digests(
                name, str(item.damage.facts["found"]), str(item.damage.facts["allowed"])
            )
        for found in (item.artifact.digest, table_hash(item.table)):
            if found != replayed:
                return _of_digests(name, found, replayed)
    if sealed_result_digest != result.digest:
        return _of_digests("result", sealed_result_digest, result.digest)
    return None


def _failed(replay: Replay, reason: str, message: str) -> Replay:
    return replace(replay, state=ReplayState.FAILED, failure_reason=reason, failure_message=message)


def _record_difference(run: Run, result: Executed) -> Difference | None:
    """Returns where the record says other numbers than its artifacts: it is what callers see."""
    if run.damage is None or run.summary is None:
        return None
    said, computed = summary_metrics(run.summary), result.tables["metrics"]
    found = first_difference({"metrics": said}, {"metrics": computed})
    return found or _of_digests("record", run.damage.found, run.damage.allowed)


def _identity_difference(run: Run, result: Executed) -> Difference | None:
    """Returns where the hash of what was executed is another there."""
    sealed, replayed = run.identity.document(), result.identity.document()
    if sealed == replayed:
        return None
    name = next(name for name in sorted(sealed) if sealed[name] != replayed[name])
    found = _of_digests("identity", str(sealed[name]), str(replayed[name]))
    return replace(found, column=name)


def _of_digests(name: str, sealed: str, replayed: str) -> Difference:
    return Difference(table=name, row=0, column="", left=sealed, right=replayed)
