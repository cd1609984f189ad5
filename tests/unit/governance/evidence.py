"""A run whose evidence is good, made by the specification's formulas."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from aurelius_governance.domain import (
    canonical_json,
    lineage,
    merkle,
    studies,
    study_policy,
    table_hash,
)
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.data_quality import QualityFacts
from aurelius_governance.domain.gates import GateCheck, GateDecision
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.lineage import (
    ArtifactFacts,
    DatasetFacts,
    LineageRecord,
    RunFacts,
)
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.stated_result import (
    StatedArtifact,
    StatedMetric,
    StatedResult,
)
from aurelius_governance.domain.studies import StudyFacts, StudyTable
from aurelius_governance.domain.table_hash import Column, ColumnType
from aurelius_governance.domain.trials import SealedRun, TrialCount, TrialFacts, judge_trials

TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SPEC: dict[str, JsonValue] = {
    "strategy": {"buyAndHold": {}},
    "symbols": ["GOOG"],
    "initialCash": 1000000.0,
    "direction": "DIRECTION_LONG_FLAT",
    "fillRule": "FILL_RULE_NEXT_OPEN",
    "intrabarPath": "INTRABAR_PATH_STOPS_FIRST",
    "corporateActions": "CORPORATE_ACTIONS_APPLIED",
    "commission": {"valueRatio": 0.0, "perUnit": 0.0, "minimum": 0.0, "perOrder": 0.0, "tiers": []},
    "slippage": {
        "halfSpreadRatio": 0.0005,
        "fixedRatio": 0.0,
        "volumeShareRatio": 0.0,
        "impactCoefficient": 0.0,
        "impactLookbackBars": 20,
    },
    "financing": {"borrowFeeRatio": 0.0, "marginInterestRatio": 0.0, "cashInterestRatio": 0.0},
    "limits": {"maxGrossRatio": 1.0, "maintenanceMarginRatio": 0.0},
}
IDENTITY = RunIdentity(
    spec_hash=identities.spec_hash(SPEC),
    data_hash=f"sha256:{'ab' * 32}",
    seed=2**64 - 1,
    engine_version="0.1.0+0123456789ab",
)
RUN = f"runs/{identities.run_id(IDENTITY)}"
COLUMNS = (
    Column(name="time", type=ColumnType.INT64, values=[1, 2]),
    Column(name="value", type=ColumnType.FLOAT64, values=[1.5, float("nan")]),
    Column(name="symbol", type=ColumnType.STRING, values=["GOOG", "AAPL"]),
)
FINDINGS = (
    Column(name="check", type=ColumnType.STRING, values=["zero_volume", "weekend_bar"]),
    Column(name="severity", type=ColumnType.STRING, values=["INFO", "WARNING"]),
)
REPORT: Mapping[str, JsonValue] = {
    "dataHash": IDENTITY.data_hash,
    "severity": "QUALITY_SEVERITY_WARNING",
    "findingsDigest": table_hash.table_hash(FINDINGS),
    "coverageDigest": table_hash.table_hash(COLUMNS),
}
QUALITY = QualityFacts(
    name="datasets/goog/qualityReport",
    stated_digest=canonical_json.digest(b"aurelius.quality.v1\n", canonical_json.encode(REPORT)),
    document=REPORT,
    tables={"findings": FINDINGS, "coverage": COLUMNS},
)
DATASET = DatasetFacts(
    name="datasets/goog",
    data_hash=IDENTITY.data_hash,
    synthetic=False,
    provenance={"provider": "p", "venue": "v", "licence": "MIT"},
    quality=QUALITY,
)
METRIC_COLUMNS = (
    Column(
        name="metric_id", type=ColumnType.STRING, values=["final_equity", "loss", "win_rate_ratio"]
    ),
    Column(name="version", type=ColumnType.INT64, values=[1, 1, 2]),
    Column(name="unit", type=ColumnType.STRING, values=["quote_currency", "ratio", "ratio"]),
    Column(name="value", type=ColumnType.FLOAT64, values=[1.5, -0.0, float("nan")]),
    Column(name="undefined_reason", type=ColumnType.STRING, values=["", "", "UNDEFINED_NO_TRADES"]),
)
PARTS = identities.RESULT_PARTS
ARTIFACTS = tuple(
    ArtifactFacts(
        name=f"{RUN}/artifacts/{part}",
        part=part,
        digest=table_hash.table_hash(METRIC_COLUMNS if part == "metrics" else COLUMNS),
        columns=METRIC_COLUMNS if part == "metrics" else COLUMNS,
    )
    for part in PARTS
)
RESULT_DIGEST = identities.result_digest({item.part: item.digest for item in ARTIFACTS})
METRICS = (
    StatedMetric(
        metric_id="final_equity", version=1, unit="quote_currency", value=1.5, undefined_reason=""
    ),
    StatedMetric(metric_id="loss", version=1, unit="ratio", value=-0.0, undefined_reason=""),
    StatedMetric(
        metric_id="win_rate_ratio",
        version=2,
        unit="ratio",
        value=None,
        undefined_reason="UNDEFINED_NO_TRADES",
    ),
)
STATED = StatedResult(
    backtest=RUN,
    run=RUN,
    identity=IDENTITY,
    result_digest=RESULT_DIGEST,
    artifacts=tuple(
        StatedArtifact(part=item.part, digest=item.digest, row_count=item.row_count)
        for item in ARTIFACTS
    ),
    metrics=METRICS,
    labels=("volume_ignored", "zero_commission"),
)
FACTS = RunFacts(
    run=RUN,
    identity=IDENTITY,
    spec_document=SPEC,
    stated=STATED,
    dataset=DATASET,
    artifacts=ARTIFACTS,
)


def record(facts: RunFacts = FACTS, *, revision: int = 1) -> LineageRecord:
    return LineageRecord(
        run=facts.run,
        revision=revision,
        evidence=lineage.verify(facts),
        data=lineage.data_lineage(facts),
        recorder="users/rita",
        ledger_index=0,
        create_time=TIME,
        update_time=TIME,
    )


Row = tuple[str, str, str, float, str, float]
BREAK_EVEN = "robustness.break_even_cost"
GOOD: Row = (BREAK_EVEN, "BLOCKER", "PASSED", 2.0, "GREATER_OR_EQUAL", 2.0)
CHECK_COLUMNS = ("check_id", "severity", "verdict", "value", "comparison", "bound")


def checks(*rows: Row) -> StudyTable:
    """A table of checks, one a row."""
    columns = [
        Column(
            name=name,
            type=ColumnType.FLOAT64 if name in ("value", "bound") else ColumnType.STRING,
            values=[row[place] for row in rows],  # type: ignore[arg-type]
        )
        for place, name in enumerate(CHECK_COLUMNS)
    ]
    return StudyTable(id="checks", digest=table_hash.table_hash(columns), columns=columns)


def passing(name: str) -> list[Row]:
    """A row for each check that the policy asks of a study; each just passes."""
    policy = study_policy.POLICY[name]
    rows: list[Row] = []
    for check in policy.blockers:
        comparison, bound = policy.bound(check)
        number = float(str(bound))
        value = number + 1.0 if comparison == "GREATER" else number
        rows.append((check, "BLOCKER", "PASSED", value, comparison, number))
    return rows


def tried(*points: str) -> StudyTable:
    """A table of the specifications that a search tried."""
    columns = [Column(name="spec_hash", type=ColumnType.STRING, values=points)]
    return StudyTable(id="tried", digest=table_hash.table_hash(columns), columns=columns)


ANOTHER_POINT = "sha256:" + "c" * 64
OWNED: dict[str, JsonValue] = {
    "space": {"parameters": [], "grid": {}, "objective": study_policy.OBJECTIVE},
    "purgeBars": 0,
    "embargoBars": 0,
}


def study(name: str, *tables: StudyTable, base: str = "", **terms: JsonValue) -> StudyFacts:
    """A study of the run as the policy asks for it, with a name of its own.

    Args:
        name: Of the study.
        *tables: Instead of those that pass.
        base: Instead of the hash of the run's specification.
        **terms: Instead of the policy's, by field.
    """
    policy = study_policy.POLICY[name]
    if not tables:
        tables = (checks(*passing(name)),)
        tables += (tried(IDENTITY.spec_hash, ANOTHER_POINT),) if policy.is_search else ()
    owned = OWNED if policy.is_search else {}
    document: JsonValue = {"base": SPEC, policy.key: {**owned, **policy.terms, **terms}}
    whole = canonical_json.encode({table.id: table.digest for table in tables})
    return StudyFacts(
        validation=identities.validation_name(
            document,
            data_hash=IDENTITY.data_hash,
            seed=IDENTITY.seed,
            engine_version=IDENTITY.engine_version,
        ),
        study=name,
        document=document,
        base_hash=base or IDENTITY.spec_hash,
        data_hash=IDENTITY.data_hash,
        seed=IDENTITY.seed,
        engine_version=IDENTITY.engine_version,
        failure="",
        result_digest=canonical_json.digest(b"aurelius.validation_result.v1\n", whole),
        tables=list(tables),
    )


ENTRY = canonical_json.encode(
    {
        "subject": RUN,
        "event": "SEALED",
        "dataHash": IDENTITY.data_hash,
        "documentHash": IDENTITY.spec_hash,
        "resultDigest": RESULT_DIGEST,
    }
)
SEALED = SealedRun(run=RUN, identity=IDENTITY, result_digest=RESULT_DIGEST)


def trial_log(entries: Sequence[bytes], known: int = 0, deflated: float = 0.99) -> TrialFacts:
    """A log of trials whose entry 0 is the run's, with its proofs."""

    def node(level: int, position: int) -> bytes:
        if level == 0:
            return merkle.leaf_hash(entries[position])
        return merkle.node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1))

    size = len(entries)
    return TrialFacts(
        trial_count=size,
        deflated_sharpe=deflated,
        log=TreeHead(size=size, root=merkle.root_hash(size, node)),
        entry="trialEntries/0",
        content=entries[0],
        audit_path=merkle.inclusion_proof(0, size, node),
        consistency=merkle.consistency_proof(known, size, node) if 0 < known <= size else (),
    )


LOG = trial_log([ENTRY, b"{}", b"[]"])


GATE_EVIDENCE = [
    *(studies.judge(study(name), study=name, run=IDENTITY).evidence for name in studies.STUDIES),
    *(studies.not_studied(RUN, name) for name in studies.SEARCHES),
]


def crv_gate(*, passed: bool = True, lineage_revision: int = 1) -> GateDecision:
    checks: Sequence[GateCheck] = [
        GateCheck(check="replay_equal", passed=passed, expected="a", observed="a", detail="")
    ]
    return GateDecision(
        id="g" + "a" * 26,
        run=RUN,
        gate="crv",
        checks=checks,
        replay="replays/r1",
        lineage_revision=lineage_revision,
        requester="users/rita",
        ledger_index=1,
        create_time=TIME,
        evidence=[
            *GATE_EVIDENCE,
            judge_trials(LOG, sealed=SEALED, known=None).evidence,
        ],
        trial_log=LOG.log,
    )


def observed(facts: RunFacts = FACTS, trials: TrialFacts = LOG) -> lineage.Observation:
    """What is found when a run with a decision is looked at again."""
    return replace(
        lineage.observe(facts),
        gate_evidence=GATE_EVIDENCE,
        trials=TrialCount(
            judgement=judge_trials(trials, sealed=SEALED, known=LOG.log), log=trials.log
        ),
    )


def synthetic() -> RunFacts:
    return replace(FACTS, dataset=replace(DATASET, synthetic=True))
