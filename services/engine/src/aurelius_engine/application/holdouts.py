"""Holdout vaults: a verdict on a run leaves them, and nothing else. docs/specs/holdout.md."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from aurelius_engine.application.backtests import Backtests, Computing
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    EngineBusy,
    HoldoutBudgetSpent,
    HoldoutDatasetOpen,
    HoldoutDataShared,
    HoldoutVaultExists,
    HoldoutVaultNotFound,
)
from aurelius_engine.application.holdout_bars import Bars, HoldoutBars
from aurelius_engine.application.holdout_records import Evaluation, Vault, Verdict
from aurelius_engine.application.holdout_store import HoldoutReads, HoldoutStore
from aurelius_engine.application.records import SEALED, Dataset, Run
from aurelius_engine.application.sealing import Sealing
from aurelius_engine.application.trial_entries import entry_of_evaluation
from aurelius_engine.domain.holdout import gone_on

T = TypeVar("T")
# Calls that wait for a verdict hold a thread of the server each; others are told to come again.
WAITING_MAX_COUNT = 8


@dataclass(frozen=True, slots=True)
class _Live:
    """An evaluation that is being computed: what stops it, and what tells its end."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Holdouts:
    """Keeps vaults, spends their budgets, and judges runs by data that nobody sees.

    The budget is spent in a transaction of its own before anything is computed, so that no
    crash gives one back. Whatever happens on the sealed bars becomes one of two verdicts.
    """

    def __init__(
        self,
        store: HoldoutStore,
        *,
        datasets: Datasets,
        sealing: Sealing,
        backtests: Backtests,
        computing: Computing,
        bars: HoldoutBars,
        clock: Callable[[], int],
    ) -> None:
        """Takes the records, what an evaluation needs, and a clock in ns since 1970."""
        self._store, self._datasets, self._backtests = store, datasets, backtests
        self._computing, self._bars, self._clock = computing, bars, clock
        self._sealing = sealing
        self._creating = threading.Lock()  # two vaults on the same bars would not see each other
        self._waiting = threading.BoundedSemaphore(WAITING_MAX_COUNT)
        self._live: dict[str, _Live] = {}  # by the evaluation's name
        self._stopping = False

    def recover(self) -> None:
        """Says of evaluations that nobody computes any more that they have no verdict."""
        with self._store.write() as records:  # who begins one says so in a transaction of this kind
            records.end_pending(but=set(self._live))

    def create(self, vault: Vault, *, respond: Callable[[Vault], T]) -> T:
        """Creates a vault; its data hash and its time are set here.

        Raises:
            DatasetNotFound, ObjectDamaged: The data is not there.
            HoldoutDatasetOpen: It is not sealed.
            HoldoutMetricUnknown: A criterion is about no metric of the registry.
            HoldoutVaultExists: The id is taken.
            HoldoutDataShared: Another vault has bars of the dataset.
        """
        dataset = self._datasets.get(vault.dataset)
        self._refuse_terms(vault, dataset)
        with self._creating:
            self._refuse_shared(vault, dataset)
            with self._store.write() as records:
                records.refuse_twin()
                if records.vault(vault.name) is not None:
                    raise HoldoutVaultExists(
                        f"{vault.name} exists", found=vault.name, allowed="an id that is free"
                    )
                made = replace(vault, data_hash=dataset.data_hash, create_time=self._clock())
                records.add_vault(made)
                answer = respond(made)
                records.remember(answer)
        return answer

    def get(self, name: str) -> Vault:
        """Returns a vault. Raises: HoldoutVaultNotFound: There is none of the name."""
        with self._store.read() as records:
            return _existing(records, name)

    def list(self, *, before: int | None, limit: int) -> Sequence[Vault]:
        """Returns vaults, newest first."""
        with self._store.read() as records:
            return records.vaults(before=before, limit=limit)

    def evaluations(self, name: str, *, after: int, limit: int) -> Sequence[Evaluation]:
        """Returns what was spent of a vault, oldest first. Raises: HoldoutVaultNotFound."""
        with self._store.read() as records:
            return records.evaluations(_existing(records, name).name, after=after, limit=limit)

    def evaluate(
        self, name: str, run_name: str, *, caller: str, request_id: str, wait_seconds: float
    ) -> tuple[Evaluation, Vault]:
        """Judges a run by a vault's data, and spends a unit if nothing was spent on it before.

        A request is answered with the evaluation that it spent, for ever. One that spent none
        is answered with the verdict that the run has, or is about to have.

        Args:
            name: The vault.
            run_name: The run.
            caller: Whose request it is.
            request_id: Distinguishes the caller's requests.
            wait_seconds: How long to wait for the verdict; after that it is pending.

        Returns:
            The evaluation and the vault.

        Raises:
            HoldoutVaultNotFound, RunNotFound: There is none of the name.
            HoldoutBudgetSpent: Nothing is left.
            EngineError: The run cannot be judged: see `HoldoutBars.of`.
            EngineBusy: The queue is full.
        """
        run = self._backtests.get(run_name)
        with self._store.read() as records:
            vault = _existing(records, name)
            found = _answering(records, vault, run, caller, request_id)
            if found is None:
                _refuse_spent(vault)
        if found is None:
            bars = self._bars.of(vault, run)
            found = self._begun(vault, run, bars, caller, request_id)
        live = self._live.get(found.name)  # it goes once its verdict is written
        if live is not None:
            self._wait(live, wait_seconds)
        elif found.verdict is Verdict.PENDING:  # it could not be written, or has been just now
            self.recover()
        with self._store.read() as records:
            (now,) = records.evaluations(vault.name, after=found.number - 1, limit=1)
            return now, _existing(records, name)

    def _wait(self, live: _Live, seconds: float) -> None:
        if self._waiting.acquire(blocking=False):
            try:
                live.done.wait(seconds)
            finally:
                self._waiting.release()

    def stop(self) -> None:
        """Asks what is being evaluated to stop, and lets those who wait for it go."""
        self._stopping = True
        for live in list(self._live.values()):
            live.stop.set()
            live.done.set()

    def _refuse_terms(self, vault: Vault, dataset: Dataset) -> None:
        if not dataset.provenance.sealed:
            raise HoldoutDatasetOpen(
                f"{dataset.name} is open: everybody may have seen it",
                found=dataset.provenance.data_class,
                allowed=SEALED,
            )
        for criterion in vault.criteria:
            self._bars.refuse_unknown(criterion)

    def _refuse_shared(self, vault: Vault, dataset: Dataset) -> None:
        """Refuses a second budget for the same bars, however they are named or cut."""
        with self._store.read() as records:
            others = [one for one in records.vaults(before=None, limit=None) if one.id != vault.id]
        for other in others:
            same = other.data_hash == dataset.data_hash
            if same or self._sealing.same_history(dataset, self._datasets.get(other.dataset)):
                raise HoldoutDataShared(
                    f"{other.name} has bars of {dataset.name}: they have a budget already",
                    found=other.name,
                    allowed="bars that no vault has",
                )

    def _begun(
        self, vault: Vault, run: Run, bars: Bars, caller: str, request_id: str
    ) -> Evaluation:
        """Spends a unit and begins, unless something has answered the request meanwhile."""
        pool, live, name = self._computing.pool, _Live(), ""
        try:
            with self._store.write() as records:
                before = _answering(records, vault, run, caller, request_id)
                if before is not None:
                    return before
                newest = _existing(records, vault.name)
                _refuse_spent(newest)
                evaluation = Evaluation(
                    vault=vault.name,
                    number=newest.spent_count + 1,
                    create_time=self._clock(),
                    creator=caller,
                    request_id=request_id,
                    run=run.name,
                )
                pool.reserve()
                name = evaluation.name
                self._live[name] = live
                if self._stopping:  # `stop` may have looked before
                    raise EngineBusy("the engine stops", found="stopping", allowed="a running one")
                entry = entry_of_evaluation(evaluation, run, vault, time=evaluation.create_time)
                records.spend(evaluation, entry)
        except BaseException:
            if name:
                pool.release()
                self._live.pop(name, None)
            raise
        pool.submit(live.stop, lambda: self._work(evaluation, run, vault, bars, live))
        return evaluation

    def _work(
        self, evaluation: Evaluation, run: Run, vault: Vault, bars: Bars, live: _Live
    ) -> None:
        try:
            held = self._held(run, vault, bars, live)
            if live.stop.is_set():
                return
            judged = replace(evaluation, verdict=Verdict.of(all(held)))
            if vault.reveals_criteria:
                judged = replace(judged, criterion_verdicts=tuple(map(Verdict.of, held)))
            entry = entry_of_evaluation(judged, run, vault, time=self._clock())
            with self._store.write() as records:
                records.judge(judged, entry)
        except Exception as error:  # of the records; nothing of the bars is in it
            self._computing.log.broke(evaluation.name, error)
        finally:
            self._live.pop(evaluation.name, None)
            live.done.set()

    def _held(self, run: Run, vault: Vault, bars: Bars, live: _Live) -> Sequence[bool]:
        """Returns of each criterion whether it holds.

        A refusal and an error of the engine are as if none did, and are told to nobody: what
        they say depends on the bars, and so does whether there is one.
        """
        try:
            document, table = gone_on(run.document, bars.seen, bars.sealed)
            result = self._computing.execute(
                document,
                table,
                self._computing.calendars,
                live.stop.is_set,
                seed=run.identity.seed,
            )
            outcomes = {metric.id: outcome for metric, outcome in result.metrics}
            return [criterion.holds(outcomes) for criterion in vault.criteria]
        except Exception:
            return [False] * len(vault.criteria)


def _existing(records: HoldoutReads, name: str) -> Vault:
    vault = records.vault(name)
    if vault is None:
        raise HoldoutVaultNotFound(f"there is no {name}", found=name, allowed="the name of a vault")
    return vault


def _answering(
    records: HoldoutReads, vault: Vault, run: Run, caller: str, request_id: str
) -> Evaluation | None:
    """Returns the evaluation that answers a request without spending, or None."""
    mine = records.evaluation_for(caller, request_id, vault=vault.name, run=run.name)
    if mine is not None:
        return mine
    newest = records.evaluation(vault.name, run.name)
    return None if newest is None or newest.verdict is Verdict.NONE else newest


def _refuse_spent(vault: Vault) -> None:
    if vault.remaining_count <= 0:
        raise HoldoutBudgetSpent(
            f"the budget of {vault.name} is spent: {vault.budget_count} evaluations",
            found=vault.spent_count,
            allowed=vault.budget_count,
        )
