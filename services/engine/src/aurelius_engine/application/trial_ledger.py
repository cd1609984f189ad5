"""The log of trials: read, proved, and asked how many trials are behind a run."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aurelius_engine.application.backtests import Backtests
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    RunNotSealed,
    TrialEntryNotFound,
    TrialLogSizeInvalid,
)
from aurelius_engine.application.job_records import JobState
from aurelius_engine.application.likenesses import Likenesses, Subject
from aurelius_engine.application.records import Run, RunState
from aurelius_engine.application.trial_store import TrialReads, TrialStore
from aurelius_engine.domain.lineage import KIN, Keys, containment, prints_of
from aurelius_engine.domain.panel import rows_of
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.table_hash import merkle_root
from aurelius_engine.domain.trial_log import SHARPE, TrialEntry, audit_path, consistency_path
from aurelius_engine.domain.validation.findings import Statistic
from aurelius_engine.domain.validation.trial_statistics import SharpeMoments, trial_statistics

OWN, TOGETHER = "its own", "one job tried both"
# Of so many runs it is kept which data is kin.
_KEPT = 1 << 12
_EXECUTED = ("runs", "sweeps", "validations")
_SUCCEEDED = (RunState.SEALED.value, JobState.SUCCEEDED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That an entry is in the log of a size, and that this extends an earlier one.

    `consistency` is empty without an earlier one.
    """

    entry: TrialEntry
    size: int
    root: bytes
    hashes: Sequence[bytes]
    consistency: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the log says of the selection behind a run. `strategies` are kinds with reasons.

    `place` is where the entry of the run's result is; None if it is not among the first `size`.
    """

    run: str
    size: int
    root: bytes
    data_hashes: Sequence[str]
    strategies: Mapping[str, str]
    trials: int
    unnamed: int
    sharpes: int
    statistics: Sequence[Statistic]
    place: int | None


class TrialLedger:
    """Reads the log of trials."""

    def __init__(
        self,
        store: TrialStore,
        *,
        datasets: Datasets,
        backtests: Backtests,
        likenesses: Likenesses,
        table_of: Callable[[str], Table],
        periods_of: Callable[[Run], float],
    ) -> None:
        """Takes the log, what an entry is about, and what compares returns.

        `table_of` returns the table of specifications that a sweep or a validation tried.
        """
        self._store, self._datasets, self._backtests = store, datasets, backtests
        # By run and data hash; what was found never changes.
        self._kinship: dict[str, dict[str, bool]] = {}
        self._likenesses, self._table_of, self._periods_of = likenesses, table_of, periods_of

    def entries(self, *, start: int, limit: int) -> Sequence[TrialEntry]:
        """Returns entries from a place on, oldest first."""
        with self._store.read() as log:
            return log.entries(start=start, limit=limit)

    def prove(self, place: int, size: int, from_size: int = 0) -> Proof:
        """Proves that an entry is in the log of a size, 0 for its present size.

        Args:
            place: Of the entry.
            size: Of the log.
            from_size: An earlier size that this log is shown to extend; 0 for none.

        Raises:
            TrialEntryNotFound: There is no such entry.
            TrialLogSizeInvalid: The log has not that size, or the entry is not below it.
        """
        with self._store.read() as log:
            size = _size(log, size)
            found = log.entries(start=place, limit=1)
            if not found:
                raise TrialEntryNotFound(
                    f"there is no trialEntries/{place}", found=place, allowed=f"below {size}"
                )
            if place >= size:
                raise TrialLogSizeInvalid(
                    f"trialEntries/{place} is not among the first {size}",
                    found=size,
                    allowed=f"above {place}",
                )
            if from_size > size:
                raise TrialLogSizeInvalid(
                    f"a log of {size} entries extends none of {from_size}",
                    found=from_size,
                    allowed=f"at most {size}",
                )
            leaves = log.leaves(size)
        return Proof(
            entry=found[0],
            size=size,
            root=merkle_root(leaves),
            hashes=audit_path(place, leaves),
            consistency=consistency_path(from_size, leaves) if from_size else (),
        )

    def assess(
        self, run_name: str, size: int, should_stop: Callable[[], bool] = never_stop
    ) -> Assessment:
        """Counts the trials of a run's family, and deflates its Sharpe ratio by them.

        Args:
            run_name: The run.
            size: Of the log that is looked at, 0 for its present size.
            should_stop: Asked now and then.

        Raises:
            RunNotFound, RunNotSealed: There is no result to speak about.
            RunCancelled: `should_stop` said so.
            TrialLogSizeInvalid: The log has not that size.
            ObjectDamaged: Something stored is not what was written.
        """
        run = self._backtests.get(run_name)
        if run.state is not RunState.SEALED or run.summary is None:
            raise RunNotSealed(
                f"{run_name} is {run.state.value}", found=run.state.value, allowed="SEALED"
            )
        with self._store.read() as log:
            size = _size(log, size)
            hashes = self._kin(run, log.data_hashes(size))
            entries = log.entries_on(hashes, size)
            root = merkle_root(log.leaves(size))
            place = log.sealed_place(run_name, size)
        kinds = self._family(run, entries, should_stop)
        family = [entry for entry in entries if set(entry.strategies) & kinds.keys()]
        named, unnamed = self._tried(family)
        sharpes = [value for value in named.values() if value is not None]
        trials = len(named) + unnamed
        return Assessment(
            run=run_name,
            size=size,
            root=root,
            data_hashes=hashes,
            strategies=kinds,
            trials=trials,
            unnamed=unnamed,
            sharpes=len(sharpes),
            statistics=trial_statistics(_moments(run, self._periods_of(run)), trials, sharpes),
            place=place,
        )

    def _kin(self, run: Run, others: Sequence[str]) -> Sequence[str]:
        """Returns the data hashes of the log whose data is of the same history.

        It is that of all the run's data, or of the bars that the run itself had.
        """
        own = run.identity.data_hash
        known = self._kinship.setdefault(run.name, {own: True})
        while len(self._kinship) > _KEPT:
            self._kinship.pop(next(iter(self._kinship)), None)
        unknown = [other for other in others if other not in known]
        if unknown:
            mine = self._datasets.prints(own)
            had = self._had(run, mine)
            for other in unknown:
                theirs = self._datasets.prints(other)
                known[other] = max(containment(mine, theirs), containment(had, theirs)) >= KIN
        return sorted({own} | {other for other in others if known[other]})

    def _had(self, run: Run, prints: Keys) -> Keys:
        """Returns the prints of a run's symbols in its window; `prints` are those of its data."""
        table = self._datasets.table(self._datasets.of_hash(run.identity.data_hash))
        rows = rows_of(spec_from_document(run.document), table)
        return prints if rows.size == table.time.size else prints_of(table, rows)

    def _family(
        self, run: Run, entries: Sequence[TrialEntry], should_stop: Callable[[], bool]
    ) -> Mapping[str, str]:
        """Returns the kinds of strategies that are the run's hypothesis, and why each is."""
        own = next(iter(run.document["strategy"]))
        kinds = {own: OWN}
        likeness = self._likenesses.of(run, should_stop)
        for subject, tried in _subjects(entries):
            if not tried <= kinds.keys():
                reason = likeness.reason(subject)
                if reason is not None:
                    kinds |= dict.fromkeys(sorted(tried - kinds.keys()), reason)
        grown = True
        while grown:
            grown = False
            for entry in entries:
                tried = set(entry.strategies)
                if tried & kinds.keys() and not tried <= kinds.keys():
                    kinds |= dict.fromkeys(sorted(tried - kinds.keys()), TOGETHER)
                    grown = True
        return dict(sorted(kinds.items()))

    def _tried(self, family: Sequence[TrialEntry]) -> tuple[dict[str, float | None], int]:
        """Returns the specifications tried, with annual Sharpe ratios where known.

        And how many there are without a name: executions of jobs that left no result.
        """
        named: dict[str, float | None] = {}
        lost: dict[str, dict[int, int]] = {}
        whole: set[str] = set()
        for entry in family:
            if entry.subject.startswith("runs/"):
                if named.get(entry.document_hash) is None:
                    named[entry.document_hash] = entry.sharpe_ratio
            elif entry.event == "SUCCEEDED":
                whole.add(entry.subject)
            else:  # one that runs or crashed may have executed all that it planned
                ended = entry.event in ("CANCELLED", "FAILED")
                count = entry.executed_count if ended else entry.planned_count
                lost.setdefault(entry.subject, {})[entry.attempt] = count
        for subject in sorted(whole):
            lost.pop(subject, None)
            for key, sharpe in _rows(self._table_of(subject)):
                if named.get(key) is None:
                    named[key] = sharpe
        return named, sum(max(counts.values()) for counts in lost.values())


def _subjects(entries: Sequence[TrialEntry]) -> list[tuple[Subject, set[str]]]:
    """Returns what was executed, with the kinds that it tried: runs first, then jobs."""
    found: dict[str, tuple[Subject, set[str]]] = {}
    for entry in entries:
        name = entry.subject
        if name.partition("/")[0] not in _EXECUTED:
            continue  # an evaluation of a vault says nothing of what it earned
        succeeded = entry.event in _SUCCEEDED or (name in found and found[name][0].succeeded)
        subject = Subject(name=name, data_hash=entry.data_hash, succeeded=succeeded)
        found[name] = (subject, set(entry.strategies))
    return sorted(found.values(), key=lambda one: not one[0].name.startswith("runs/"))


def _size(log: TrialReads, asked: int) -> int:
    present = log.size()
    if asked > present:
        raise TrialLogSizeInvalid(
            f"the log has {present} entries", found=asked, allowed=f"at most {present}"
        )
    return asked or present


def _rows(table: Table) -> list[tuple[str, float | None]]:
    """Returns spec hashes and, where the table has them, annual Sharpe ratios."""
    columns = {column.name: column for column in table}
    keys = columns["spec_hash"].texts()
    sharpes = columns.get(f"metric.{SHARPE}")
    values = [math.nan] * len(keys) if sharpes is None else sharpes.data.tolist()
    return [
        (key, None if math.isnan(value) else value)
        for key, value in zip(keys, values, strict=True)
        if key
    ]


def _moments(run: Run, periods: float) -> SharpeMoments:
    assert run.summary is not None  # a sealed run has one
    found = {metric.metric_id: metric.value for metric in run.summary.metrics}
    bars = next(count for name, _, count in run.summary.artifacts if name == "equity") - 1
    return SharpeMoments(
        sharpe=found[SHARPE],
        skew=found["skewness"],
        excess=found["excess_kurtosis"],
        bars=bars,
        periods=periods,
    )
