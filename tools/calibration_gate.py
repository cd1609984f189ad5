"""The default gate in one process: the engine's studies, judged by what governance ships.

Which studies there are, their terms, checks and bounds and the least deflated Sharpe ratio are
read from the governance service; none is written here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2, validation_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.application.measuring import measure
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import Outcome
from aurelius_engine.domain.quality.report import quality_of
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.table_hash import table_hash
from aurelius_engine.domain.validation.findings import result_digest
from aurelius_engine.domain.validation.trial_statistics import (
    DEFLATED,
    SharpeMoments,
    trial_statistics,
)
from aurelius_engine.in_process import found_in_process
from aurelius_engine.rpc.errors import reason_of
from aurelius_engine.rpc.resolution import document_of, resolve
from aurelius_engine.rpc.validation_resolution import resolve_validation
from aurelius_governance.adapters.arrow_tables import read_table
from aurelius_governance.domain import canonical_json, merkle
from aurelius_governance.domain.identity import RunIdentity, validation_name
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import (
    STUDIES,
    Judgement,
    StudyFacts,
    StudyTable,
    judge,
)
from aurelius_governance.domain.study_policy import POLICY, excused
from aurelius_governance.domain.trials import SealedRun, TrialFacts, judge_trials

SHARPE = "sharpe_ratio"
TRIALS = "deflated_sharpe"
# The cheapest first: the verdict is that of all of them, in any order.
_CHEAPEST = ("bootstrap", "robustness", "execution_ambiguity", "look_ahead_proof", "run_checks")
PARTS = (
    TRIALS,
    *sorted(STUDIES, key=lambda one: _CHEAPEST.index(one) if one in _CHEAPEST else 99),
)
_NO_PLUGINS = NoPlugins()
_ADJUSTMENT = "ADJUSTMENT_RAW"
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
                periods=periods_per_year(spec, self._calendars),
            ),
            len(family),
            [value for value in family if value is not None],
        )
        outcome = next(one.outcome for one in statistics if one.id == DEFLATED)
        identity = self._identity(candidate)
        # A log of one entry proves itself: what is measured is the ratio.
        content = canonical_json.encode(
            {
                "subject": TRIALS,
                "event": "SEALED",
                "documentHash": identity.spec_hash,
                "dataHash": identity.data_hash,
                "resultDigest": "",
            }
        )
        return judge_trials(
            TrialFacts(
                trial_count=len(family),
                deflated_sharpe=None if isinstance(outcome, str) else outcome,
                log=TreeHead(size=1, root=merkle.leaf_hash(content)),
                entry="trialEntries/0",
                content=content,
            ),
            sealed=SealedRun(run=TRIALS, identity=identity, result_digest=""),
            known=None,
        )

    def _identity(self, candidate: Candidate) -> RunIdentity:
        return RunIdentity(
            spec_hash=spec_hash(candidate.document),
            data_hash=candidate.table.data_hash(),
            seed=candidate.seed,
            engine_version=self._version,
        )

    def _study(self, candidate: Candidate, name: str) -> Judgement:
        """Asks for a study as governance does: on the policy's terms, and no others."""
        policy = POLICY[name]
        spec = validation_pb2.ValidationSpec(base=candidate.message)
        json_format.ParseDict({policy.key: policy.terms}, spec)
        document = resolve_validation(spec)
        identity = self._identity(candidate)
        data_hash = identity.data_hash
        made_of = {
            "data_hash": data_hash,
            "seed": identity.seed,
            "engine_version": identity.engine_version,
        }
        facts = partial(
            StudyFacts,
            validation=validation_name(document, **made_of),
            study=name,
            document=document,
            base_hash=spec_hash(document["base"]),
            **made_of,
        )
        try:
            tables = self._tables(candidate, document, data_hash)
        except EngineError as error:
            failure = f"{reason_of(error)}: {error}"
            found = facts(failure=failure, result_digest="", tables=())
        else:
            digests = {table.id: table.digest for table in tables}
            found = facts(failure="", result_digest=result_digest(digests), tables=tables)
        excuses = excused(candidate.document, _ADJUSTMENT)
        return judge(found, study=name, run=identity, excused=excuses)

    def _tables(
        self, candidate: Candidate, document: Mapping[str, Any], data_hash: str
    ) -> Sequence[StudyTable]:
        facts = self._data(candidate, data_hash)
        findings = found_in_process(document, candidate.table, facts, candidate.seed, _NO_PLUGINS)
        return [
            StudyTable(
                id=name, digest=table_hash(table), columns=read_table(self._files.encode(table))
            )
            for name, table in findings.all_tables().items()
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
            adjustment=_ADJUSTMENT,
        )
        return {
            "dataClass": "DATA_CLASS_REAL",
            "adjustment": _ADJUSTMENT,
            "qualityReport": report.document,
        }
