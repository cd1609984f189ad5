"""What the subjects of the log of trials tried, told again as specifications."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aurelius_engine.application.backtests import Backtests
from aurelius_engine.application.job_records import Job
from aurelius_engine.application.jobs import Jobs
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.study_runs import sweep_document
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.sweeps.plan import plan_from_document
from aurelius_engine.domain.sweeps.samplers import Draws
from aurelius_engine.domain.sweeps.trials import TrialState, values_of
from aurelius_engine.domain.trial_log import SHARPE, spaces_of

# A method whose points depend on what became of those before.
_ADAPTIVE = "bayesian"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPoint:
    """A specification that was tried, made when it is asked for.

    `sharpe` is annual, NaN where it is not known.
    """

    document: Callable[[], Mapping[str, Any]]
    sharpe: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a subject tried: the points, and the seed that all of them run with.

    `complete` is false where some cannot be told again: a search that chose its points by
    what became of others and left no table of them.
    """

    seed: int
    points: Iterator[TriedPoint]
    complete: bool


class TriedPoints:
    """Tells again what runs, sweeps and validations tried."""

    def __init__(
        self,
        *,
        backtests: Backtests,
        jobs: Mapping[str, Jobs[Any, Any]],
        searching: Searching,
        table_of: Callable[[str], Table],
    ) -> None:
        """Takes the runs, the jobs by their collections, and what makes points.

        `table_of` returns the table of what a job that succeeded tried.
        """
        self._backtests, self._jobs = backtests, jobs
        self._searching, self._table_of = searching, table_of

    def of(self, subject: str, *, succeeded: bool) -> Tried:
        """Returns what a subject tried, the greatest known Sharpe ratios of any sign first.

        Args:
            subject: A run, a sweep or a validation.
            succeeded: Whether it did, so that a job has a table. Of one that did not, every
                point that it may have tried is told.

        Raises:
            EngineError: There is no such subject.
            ObjectDamaged: Something stored is not what was written.
        """
        collection = subject.partition("/")[0]
        if collection == "runs":
            run = self._backtests.get(subject)
            point = TriedPoint(document=lambda: run.document, sharpe=math.nan)
            return Tried(seed=run.identity.seed, points=iter((point,)), complete=True)
        job = self._jobs[collection].get(subject)
        if not succeeded:
            return self._planned(job)
        return self._of_trials(job) if collection == "sweeps" else self._of_study(job)

    def _of_trials(self, sweep: Job[Any, Any]) -> Tried:
        plan = plan_from_document(sweep.document, self._searching.known_metrics)
        specs, table = self._searching.specs(sweep.document), self._table_of(sweep.name)
        columns = {column.name: column for column in table}
        points = [
            TriedPoint(document=partial(specs.document, values), sharpe=sharpe)
            for values, sharpe, state in zip(
                values_of(table, plan.space.parameters),
                columns[f"metric.{SHARPE}"].data.tolist(),
                columns["state"].texts(),
                strict=True,
            )
            if state == TrialState.SUCCEEDED.value
        ]
        return Tried(seed=sweep.identity.seed, points=iter(_best_first(points)), complete=True)

    def _of_study(self, study: Job[Any, Any]) -> Tried:
        """Tells the points again and keeps those that the study says it tried."""
        columns = {column.name: column for column in self._table_of(study.name)}
        sharpes = columns[f"metric.{SHARPE}"].data.tolist()
        left = dict(zip(columns["spec_hash"].texts(), sharpes, strict=True))
        points = []
        for document in self._documents(study):
            key = spec_hash(document)
            if key in left:
                points.append(TriedPoint(document=partial(_same, document), sharpe=left.pop(key)))
        points = _best_first(points)
        return Tried(seed=study.identity.seed, points=iter(points), complete=not left)

    def _planned(self, job: Job[Any, Any]) -> Tried:
        points = (
            TriedPoint(document=partial(_same, document), sharpe=math.nan)
            for document in self._documents(job)
        )
        complete = not any(_ADAPTIVE in space for space in spaces_of(job.document))
        return Tried(seed=job.identity.seed, points=points, complete=complete)

    def _documents(self, job: Job[Any, Any]) -> Iterator[Mapping[str, Any]]:
        """Yields what a job tries in the order of its draws, and first the base of a study."""
        document, base = job.document, job.document["base"]
        if "parameters" not in document:
            yield base
        for space in spaces_of(document):
            yield from self._drawn(sweep_document(base, space, ()), job.identity.seed)

    def _drawn(self, document: Mapping[str, Any], seed: int) -> Iterator[Mapping[str, Any]]:
        plan = plan_from_document(document, self._searching.known_metrics)
        specs = self._searching.specs(document)
        draws = Draws(plan.space, self._searching.sampler(plan, seed), limit=plan.limit)
        while batch := draws.next():
            for values in batch:
                try:
                    specs.check(values)
                    point = specs.document(values)
                except EngineError:  # it was refused then as it is now
                    continue
                yield point
            draws.tell([0.0] * len(batch))


def _same(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return document


def _best_first(points: Sequence[TriedPoint]) -> list[TriedPoint]:
    """Returns points by the size of their Sharpe ratio: the reverse of the worst is a best one."""
    return sorted(points, key=lambda p: math.inf if math.isnan(p.sharpe) else -abs(p.sharpe))
