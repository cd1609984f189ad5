"""Holdout vaults: a verdict on a run leaves them, and nothing else. docs/specs/holdout.md."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from aurelius_engine.application.backtests import Backtests, Computing, refuse_other_calendar
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    EngineBusy,
    EngineVersionMismatch,
    HoldoutBudgetSpent,
    HoldoutDatasetOpen,
    HoldoutDataShared,
    HoldoutMetricUnknown,
    HoldoutVaultExists,
    HoldoutVaultNotFound,
    RunNotSealed,
)
from aurelius_engine.application.holdout_records import Evaluation, Vault, Verdict
from aurelius_engine.application.holdout_store import HoldoutReads, HoldoutStore
from aurelius_engine.application.records import SEALED, Dataset, Run, RunState
from aurelius_engine.application.sealing import Sealing
from aurelius_engine.application.trial_entries import entry_of_evaluation
from aurelius_engine.domain.errors import SymbolUnknown
from aurelius_engine.domain.holdout import gone_on
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.spec import spec_from_document

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bars:
    """What a run is evaluated on: what it saw, the vault's, and whether both are alike."""

    seen: MarketTable
    sealed: MarketTable
    alike: bool


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
        known_metrics: Sequence[str],
        clock: Callable[[], int],
    ) -> None:
        """Takes the records, what an evaluation needs, and a clock in ns since 1970."""
        self._store, self._datasets, self._backtests = store, datasets, backtests
        self._computing, self._known_metrics, self._clock = computing, known_metrics, clock
        self._sealing = sealing
        self._creating = threading.Lock()  # two vaults on the same bars would not see each other
        self._live: dict[tuple[str, str], _Live] = {}
        self._stopping = False

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

    def evaluate(self, name: str, run_name: str, *, caller: str) -> tuple[Evaluation, Vault]:
        """Judges a run by a vault's data; one that was judged before spends nothing.

        Returns:
            The evaluation, without a verdict only if the engine is being stopped, and the vault.

        Raises:
            HoldoutVaultNotFound, RunNotFound: There is none of the name.
            RunNotSealed, EngineVersionMismatch, CalendarMismatch, SymbolUnknown: The run
                cannot be evaluated, as what everybody sees of it and of the dataset says.
            ObjectDamaged: Stored bytes are not what was written.
            HoldoutBudgetSpent: Nothing is left.
            EngineBusy: The queue is full.
        """
        vault, run = self.get(name), self._backtests.get(run_name)
        with self._store.read() as records:
            before = records.evaluation(vault.name, run.name)
        if before is None or before.verdict is Verdict.NONE:
            bars = self._bars(vault, run)
            self._begun(vault, run, bars, caller).done.wait()
        with self._store.read() as records:
            evaluation = records.evaluation(vault.name, run.name)
            if evaluation is None:  # the call that was waited for could not spend
                raise EngineBusy("nothing was spent: ask again", found="none", allowed="one")
            return evaluation, _existing(records, name)

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
            if criterion.metric_id not in self._known_metrics:
                raise HoldoutMetricUnknown(
                    f"the registry has no metric {criterion.metric_id}",
                    found=criterion.metric_id,
                    allowed="a metric of docs/specs/metrics.md",
                )

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

    def _bars(self, vault: Vault, run: Run) -> _Bars:
        """Returns what a run is evaluated on, and refuses what needs no sealed bar to refuse."""
        if run.state is not RunState.SEALED:
            raise RunNotSealed(
                f"{run.name} is {run.state.value}", found=run.state.value, allowed="SEALED"
            )
        if run.identity.engine_version != self._computing.engine_version:
            raise EngineVersionMismatch(
                f"engine {run.identity.engine_version} computed the run: submit it again",
                found=run.identity.engine_version,
                allowed=self._computing.engine_version,
            )
        seen, kept = self._datasets.get(run.dataset), self._datasets.get(vault.dataset)
        spec = spec_from_document(run.document)
        refuse_other_calendar(spec.calendar, kept)
        asked = {*spec.symbols, spec.benchmark_symbol} - {""}
        unknown = sorted(asked - set(kept.symbols))
        if unknown:
            raise SymbolUnknown(
                f"{kept.name} has no symbol {unknown[0]}",
                found=unknown[0],
                allowed=", ".join(kept.symbols[:20]),
            )
        adjustments = {one.provenance.document["adjustment"] for one in (seen, kept)}
        calendars = {one.provenance.calendar for one in (seen, kept)}
        return _Bars(
            seen=self._datasets.table(seen),
            sealed=self._datasets.sealed_table(kept),
            alike=len(adjustments) == len(calendars) == 1,
        )

    def _begun(self, vault: Vault, run: Run, bars: _Bars, caller: str) -> _Live:
        """Spends a unit and begins, unless the run was judged or is being judged already."""
        pool, live, key = self._computing.pool, _Live(), (vault.name, run.name)
        reserved = False
        try:
            with self._store.write() as records:
                before = records.evaluation(vault.name, run.name)
                if before is not None and before.verdict is not Verdict.NONE:
                    live.done.set()
                    return live
                running = self._live.get(key)  # it goes once its verdict is written
                if running is not None:
                    return running
                newest = _existing(records, vault.name)
                _refuse_spent(newest)
                pool.reserve()
                reserved = True
                self._live[key] = live
                if self._stopping:  # `stop` may have looked before
                    raise EngineBusy("the engine stops", found="stopping", allowed="a running one")
                evaluation = Evaluation(
                    vault=vault.name,
                    number=newest.spent_count + 1,
                    create_time=self._clock(),
                    creator=caller,
                    run=run.name,
                )
                entry = entry_of_evaluation(evaluation, run, vault, time=evaluation.create_time)
                records.spend(evaluation, entry)
        except BaseException:
            if reserved:
                pool.release()
                self._live.pop(key, None)
                live.done.set()  # another call may have found it since
            raise
        pool.submit(live.stop, lambda: self._work(evaluation, run, vault, bars, live))
        return live

    def _work(
        self, evaluation: Evaluation, run: Run, vault: Vault, bars: _Bars, live: _Live
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
            self._live.pop((vault.name, run.name), None)
            live.done.set()

    def _held(self, run: Run, vault: Vault, bars: _Bars, live: _Live) -> Sequence[bool]:
        """Returns of each criterion whether it holds.

        A refusal and an error of the engine are as if none did, and are told to nobody: what
        they say depends on the bars, and so does whether there is one.
        """
        try:
            document, table = gone_on(run.document, bars.seen, bars.sealed, alike=bars.alike)
            result = self._computing.execute(
                document,
                table,
                self._computing.calendars,
                live.stop.is_set,
                seed=run.identity.seed,
            )
        except Exception:
            return [False] * len(vault.criteria)
        outcomes = {metric.id: outcome for metric, outcome in result.metrics}
        return [criterion.holds(outcomes) for criterion in vault.criteria]


def _existing(records: HoldoutReads, name: str) -> Vault:
    vault = records.vault(name)
    if vault is None:
        raise HoldoutVaultNotFound(f"there is no {name}", found=name, allowed="the name of a vault")
    return vault


def _refuse_spent(vault: Vault) -> None:
    if vault.remaining_count <= 0:
        raise HoldoutBudgetSpent(
            f"the budget of {vault.name} is spent: {vault.budget_count} evaluations",
            found=vault.spent_count,
            allowed=vault.budget_count,
        )
