"""The default gate in one process: the engine's studies, judged by what governance ships.

Which studies there are, their thresholds and the least deflated Sharpe ratio are read from the
governance service and from the contract; none is written here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2, validation_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.job_log import StructuredJobLog
from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.adapters.samplers import sampler_of
from aurelius_engine.application.measuring import measure
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.study_runs import Setting, StudyRuns
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import REGISTRY, Outcome
from aurelius_engine.domain.quality.report import quality_of
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.batches import batched
from aurelius_engine.domain.table_hash import table_hash
from aurelius_engine.domain.validation.findings import TRIED, result_digest
from aurelius_engine.domain.validation.registry import STUDIES as COMPUTED
from aurelius_engine.domain.validation.study import StudyContext
from aurelius_engine.domain.validation.trial_statistics import (
    DEFLATED,
    SharpeMoments,
    trial_statistics,
)
from aurelius_engine.rpc.errors import reason_of
from aurelius_engine.rpc.resolution import document_of, resolve
from aurelius_engine.rpc.trial_specs import TrialSpecs
from aurelius_engine.rpc.validation_resolution import resolve_validation
from aurelius_governance.adapters.arrow_tables import read_table
from aurelius_governance.domain.studies import (
    STUDIES,
    Judgement,
    StudyFacts,
    StudyTable,
    TrialFacts,
    judge,
    judge_trials,
)

SHARPE = "sharpe_ratio"
TRIALS = "deflated_sharpe"
# The cheapest first: the verdict is that of all of them, in any order.
_CHEAPEST = ("bootstrap", "robustness", "look_ahead_proof", "run_checks")
PARTS = (
    TRIALS,
    *sorted(STUDIES, key=lambda one: _CHEAPEST.index(one) if one in _CHEAPEST else 99),
)
_NO_PLUGINS = NoPlugins()
_MEASURE = partial(measure, plugins=_NO_PLUGINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A strategy on a market, and what its run came to.

    `metrics` are by id; a text says why there is no number.
    """

    message: backtest_spec_pb2.BacktestSpec
    document: Mapping[str, Any]
    table: MarketTable
    seed: int
    metrics: Mapping[str, Outcome]

    @property
    def sharpe(self) -> float | None:
        """The annual Sharpe ratio, or None where it is undefined."""
        found = self.metrics[SHARPE]
        return None if isinstance(found, str) else found


class Gate:
    """Decides on candidates as the gate `crv` does on runs."""

    def __init__(self) -> None:
        """Reads what ships with the engine."""
        self._calendars: Calendars = packaged_calendars()
        self._files = ArrowTables()
        self._version = installed_engine_version()

    def candidate(self, spec: Mapping[str, Any], table: MarketTable, seed: int) -> Candidate:
        """Runs a specification, proto JSON, over a table.

        Raises:
            EngineError: The run is refused.
        """
        message = json_format.ParseDict(spec, backtest_spec_pb2.BacktestSpec())
        document = document_of(resolve(message))
        metrics = _MEASURE(document, table, self._calendars, never_stop, seed=seed)
        return Candidate(
            message=message, document=document, table=table, seed=seed, metrics=metrics
        )

    def verdicts(
        self, candidate: Candidate, family: Sequence[float | None]
    ) -> Iterator[tuple[str, Judgement]]:
        """Yields each part of the gate with its judgement, the cheapest first.

        Args:
            candidate: What was submitted.
            family: The Sharpe ratio of every distinct specification that was tried for it, the
                candidate's own among them, as the engine's log of trials has them.
        """
        for part in PARTS:
            if part == TRIALS:
                yield part, self._trials(candidate, family)
            else:
                yield part, self._study(candidate, part)

    def first_refusal(self, candidate: Candidate, family: Sequence[float | None]) -> str:
        """Returns the first part that refuses a candidate; "" if it is promoted."""
        for part, judgement in self.verdicts(candidate, family):
            if not judgement.passed:
                return part
        return ""

    def _trials(self, candidate: Candidate, family: Sequence[float | None]) -> Judgement:
        found = {
            name: None if isinstance(value, str) else value
            for name, value in candidate.metrics.items()
        }
        spec = spec_from_document(candidate.document)
        statistics = trial_statistics(
            SharpeMoments(
                sharpe=found[SHARPE],
                skew=found["skewness"],
                excess=found["excess_kurtosis"],
                bars=len(set(candidate.table.time.tolist())),
                periods=self._calendars.periods_per_year(
                    spec.calendar, spec.calendar_version, spec.bar_interval
                ),
            ),
            len(family),
            [value for value in family if value is not None],
        )
        outcome = next(one.outcome for one in statistics if one.id == DEFLATED)
        return judge_trials(
            TrialFacts(
                trial_count=len(family),
                log_size=len(family),
                root="",
                deflated_sharpe=None if isinstance(outcome, str) else outcome,
            )
        )

    def _study(self, candidate: Candidate, name: str) -> Judgement:
        """Asks for a study as governance does: its default thresholds, and no others."""
        spec = validation_pb2.ValidationSpec(base=candidate.message)
        getattr(spec, name).SetInParent()
        document = resolve_validation(spec)
        base, data_hash = document["base"], candidate.table.data_hash()
        facts = partial(
            StudyFacts,
            validation=name,
            study=name,
            base_hash=spec_hash(base),
            data_hash=data_hash,
        )
        study = spec.DESCRIPTOR.fields_by_name[name].json_name
        try:
            tables = self._tables(candidate, document, study, data_hash)
        except EngineError as error:
            failure = f"{reason_of(error)}: {error}"
            found = facts(failure=failure, result_digest="", tables=())
        else:
            digests = {table.id: table.digest for table in tables}
            found = facts(failure="", result_digest=result_digest(digests), tables=tables)
        return judge(found, spec_hash=spec_hash(candidate.document), data_hash=data_hash)

    def _tables(
        self, candidate: Candidate, document: Mapping[str, Any], study: str, data_hash: str
    ) -> Sequence[StudyTable]:
        runs = StudyRuns(
            Setting(
                base=document["base"],
                table=candidate.table,
                data_hash=data_hash,
                calendars=self._calendars,
                seed=candidate.seed,
                engine_version=self._version,
                plugins=_NO_PLUGINS,
                searching=_SEARCHING,
                reason_of=reason_of,
                should_stop=never_stop,
            )
        )
        findings = COMPUTED[study](
            StudyContext(
                base=document["base"],
                terms=document[study],
                table=candidate.table,
                calendars=self._calendars,
                seed=candidate.seed,
                runs=runs,
                report=lambda done, total: None,
                should_stop=never_stop,
                workers=1,
                data=self._data(candidate, data_hash),
            )
        )
        return [
            StudyTable(
                id=name, digest=table_hash(table), columns=read_table(self._files.encode(table))
            )
            for name, table in findings.all_tables().items()
            if name != TRIED
        ]

    def _data(self, candidate: Candidate, data_hash: str) -> Mapping[str, Any]:
        """Says of a made market what is said of a registered one, and that it was traded.

        Else nothing could be promoted, and nothing would be learnt.
        """
        report = quality_of(
            candidate.table,
            self._calendars,
            data_hash=data_hash,
            calendar=str(candidate.document["calendar"]),
            adjustment="ADJUSTMENT_RAW",
        )
        return {"dataClass": "DATA_CLASS_REAL", "qualityReport": report.document}


def _anything(document: Mapping[str, Any], dataset: object) -> None:
    """Refuses nothing: a candidate has run before it is studied."""


_SEARCHING = Searching(
    known_metrics=tuple(metric.id for metric in REGISTRY),
    specs=TrialSpecs,
    sampler=sampler_of,
    measure=_MEASURE,
    measure_many=batched,
    refuse_unfit=_anything,
    log=StructuredJobLog(),
    workers=1,
)
