"""The search of a sweep: trials computed in any order, judged in the order of their numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aurelius_engine.domain.canonical_json import Json
from aurelius_engine.domain.errors import (
    AccountingBreach,
    EngineError,
    RunCancelled,
    TrialSpecInvalid,
)
from aurelius_engine.domain.identity import RunIdentity, spec_hash
from aurelius_engine.domain.sweeps.hashes import TrialHashes
from aurelius_engine.domain.sweeps.objective import Search
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.samplers import Draws, Sampler
from aurelius_engine.domain.sweeps.space import Values
from aurelius_engine.domain.sweeps.trials import Outcome, Trial, TrialState


class TrialSpecs(Protocol):
    """The specifications of a sweep's points. Safe to call concurrently."""

    @property
    def uniform(self) -> bool:
        """Whether a document is `base` with the values at their paths, and nothing else."""

    @property
    def base(self) -> Mapping[str, Json]:
        """The resolved base as proto JSON."""

    def check(self, values: Values) -> None:
        """Refuses a point that is no specification. Raises: TrialSpecInvalid: It is none."""

    def document(self, values: Values) -> Mapping[str, Any]:
        """Returns the resolved specification of a point that passed `check`.

        Raises:
            EngineError: A formula is none.
        """


# Computes every metric of the registry for a document: values, or why there is none.
Measure = Callable[[Mapping[str, Any], Callable[[], bool]], Mapping[str, Outcome]]
# Computes the kept metrics of many points at once, None where `Measure` must do it.
MeasureMany = Callable[[Sequence[Values], Callable[[], bool]], Sequence[tuple[Outcome, ...] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: its trials, and what ended it, "" for its end."""

    trials: tuple[Trial, ...]
    best: int | None
    stopped: str
    excluded_count: int
    used_up: bool


class SweepSearch:
    """Computes the trials of one plan."""

    def __init__(
        self,
        plan: SweepPlan,
        specs: TrialSpecs,
        *,
        data_hash: str,
        seed: int,
        engine_version: str,
        measure: Measure,
        measure_many: MeasureMany | None,
        reason_of: Callable[[EngineError], str],
        workers: int,
    ) -> None:
        """Takes the plan and everything that computes; `workers` changes no result."""
        self._plan, self._specs, self._measure = plan, specs, measure
        self._measure_many, self._reason_of = measure_many, reason_of
        self._workers = workers
        self._identity = {"data_hash": data_hash, "engine_version": engine_version}
        self._seed = seed
        self._hashes = (
            TrialHashes(
                specs.base,
                plan.space.paths,
                data_hash=data_hash,
                seed=seed,
                engine_version=engine_version,
            )
            if specs.uniform
            else None
        )

    def run(
        self,
        sampler: Sampler,
        report: Callable[[int, Trial | None], None],
        should_stop: Callable[[], bool],
    ) -> Found:
        """Computes trials until there are no more or the search has seen enough.

        Args:
            sampler: Fresh.
            report: Is told how many trials are done, and the best so far.
            should_stop: Asked between trials and inside long ones.

        Raises:
            RunCancelled: `should_stop` said so.
        """
        plan, trials = self._plan, list[Trial]()
        draws = Draws(plan.space, sampler, limit=plan.limit)
        search = Search(objective=plan.objective, early_stop=plan.early_stop)
        while not search.stopped:
            batch = draws.next()
            if not batch:
                break
            losses = []
            with self._computed(batch, len(trials), should_stop) as computed:
                for trial, loss in computed:
                    trials.append(trial)
                    losses.append(loss)
                    search.see(trial.number, loss)
                    report(len(trials), None if search.best is None else trials[search.best])
                    if search.stopped:
                        break
            if not search.stopped:
                draws.tell(losses)
        return Found(
            trials=tuple(trials),
            best=search.best,
            stopped=search.stopped,
            excluded_count=draws.excluded,
            used_up=draws.used_up,
        )

    @contextmanager
    def _computed(
        self, batch: Sequence[Values], first: int, should_stop: Callable[[], bool]
    ) -> Iterator[Iterator[tuple[Trial, float]]]:
        """Yields the trials of a batch in order; those not begun at the end never are."""
        done: Sequence[tuple[Outcome, ...] | None] = [None] * len(batch)
        refusals = [self._refusal(values) for values in batch]
        if self._measure_many is not None:
            valid = [place for place, refusal in enumerate(refusals) if refusal is None]
            many = self._measure_many([batch[place] for place in valid], should_stop)
            measured = dict(zip(valid, many, strict=True))
            done = [measured.get(place) for place in range(len(batch))]

        def one(place: int) -> tuple[Trial, float]:
            if should_stop():
                raise RunCancelled("a caller cancelled the sweep")
            number, values = first + place, batch[place]
            return self._trial(number, values, refusals[place], done[place], should_stop)

        if all(known is not None or refusals[i] is not None for i, known in enumerate(done)):
            yield map(one, range(len(batch)))
            return
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="trial")
        try:
            yield pool.map(one, range(len(batch)))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _refusal(self, values: Values) -> TrialSpecInvalid | None:
        try:
            self._specs.check(values)
        except TrialSpecInvalid as refusal:
            return refusal
        return None

    def _trial(
        self,
        number: int,
        values: Values,
        refusal: TrialSpecInvalid | None,
        known: tuple[Outcome, ...] | None,
        should_stop: Callable[[], bool],
    ) -> tuple[Trial, float]:
        if refusal is not None:
            return self._without(number, values, "", "", TrialState.REFUSED, refusal)
        document = None
        if self._hashes is not None:
            hashed = self._hashes.spec_hash(values)
            run_id = self._hashes.run_id(hashed)
        else:
            try:
                document = self._specs.document(values)
            except EngineError as wrong:
                return self._without(number, values, "", "", TrialState.REFUSED, wrong)
            hashed = spec_hash(document)
            run_id = RunIdentity(spec_hash=hashed, seed=self._seed, **self._identity).run_id
        names = self._plan.metric_ids
        if known is None:
            try:
                metrics = self._measure(document or self._specs.document(values), should_stop)
            except RunCancelled:
                raise
            except AccountingBreach as breach:
                return self._without(number, values, run_id, hashed, TrialState.QUARANTINED, breach)
            except EngineError as failure:
                return self._without(number, values, run_id, hashed, TrialState.REFUSED, failure)
            known = tuple(metrics[name] for name in names)
        loss = self._plan.objective.loss(dict(zip(names, known, strict=True)))
        trial = Trial(
            number=number,
            values=values,
            run_id=run_id,
            spec_hash=hashed,
            state=TrialState.SUCCEEDED,
            outcomes=known,
            feasible=loss != float("inf"),
        )
        return trial, loss

    def _without(
        self,
        number: int,
        values: Values,
        run_id: str,
        hashed: str,
        state: TrialState,
        error: EngineError,
    ) -> tuple[Trial, float]:
        trial = Trial(
            number=number,
            values=values,
            run_id=run_id,
            spec_hash=hashed,
            state=state,
            reason=self._reason_of(error),
            message=str(error),
        )
        return trial, float("inf")
