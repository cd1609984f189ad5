"""What the lineage of a run consists of, and how each item is verified."""

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aurelius_governance.domain import identity as identities
from aurelius_governance.domain import stated_result, table_hash
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.data_quality import QualityFacts, quality_item
from aurelius_governance.domain.evidence_item import EvidenceItem as EvidenceItem
from aurelius_governance.domain.evidence_item import EvidenceKind as EvidenceKind
from aurelius_governance.domain.evidence_item import EvidenceState as EvidenceState
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.stated_result import StatedArtifact, StatedResult
from aurelius_governance.domain.trials import TrialCount


class LineageState(enum.Enum):
    """Where a record stands as a whole."""

    VERIFIED = 1
    FAILED = 2


IDENTITY_KINDS = frozenset({EvidenceKind.SPEC_HASH, EvidenceKind.RUN_ID, EvidenceKind.DATA_HASH})
# Named so that a record says what it does not show: nothing in the suite produces these yet.
LATER_KINDS: Mapping[EvidenceKind, str] = {
    EvidenceKind.DATA_CONTENT: "The data was not downloaded and hashed again.",
    EvidenceKind.TRANSFORMATIONS: "The steps that made the data were not executed again.",
    EvidenceKind.POLICY_OUTCOMES: "No policy was evaluated.",
    EvidenceKind.SIGNED_STATEMENT: "There is no signed statement of the run.",
}
# What the gate `crv` collects; a lineage record has none of them.
GATE_KINDS = frozenset(
    {
        EvidenceKind.CRV,
        EvidenceKind.WALK_FORWARD,
        EvidenceKind.CROSS_VALIDATION,
        EvidenceKind.TRIAL_COUNT,
    }
)
REQUIRED_KINDS = frozenset(EvidenceKind) - LATER_KINDS.keys() - GATE_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """A dataset as the engine describes it.

    `provenance` has every mandatory field, empty or not.
    """

    name: str
    data_hash: str
    synthetic: bool
    provenance: Mapping[str, str]
    quality: QualityFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFacts:
    """An artifact: what the engine says of it, and what was downloaded.

    `unreadable` says why there are no columns; empty when there are.
    """

    name: str
    part: str
    digest: str
    columns: Sequence[table_hash.Column]
    unreadable: str = ""

    @property
    def row_count(self) -> int:
        """Rows of the downloaded table."""
        return len(self.columns[0].values) if self.columns else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Everything that the engine says about a sealed run. None of it is believed.

    `spec_faults` says what keeps the specification from being resolved.
    """

    run: str
    identity: RunIdentity
    spec_document: JsonValue
    stated: StatedResult
    dataset: DatasetFacts | None
    artifacts: Sequence[ArtifactFacts]
    spec_faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLineage:
    """The provenance that bears on a decision."""

    dataset: str
    data_hash: str
    synthetic: bool
    provider: str
    venue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageRecord:
    """One revision of the lineage of a run."""

    run: str
    revision: int
    evidence: Sequence[EvidenceItem]
    data: DataLineage
    recorder: str
    ledger_index: int
    create_time: datetime
    update_time: datetime

    @property
    def name(self) -> str:
        """The resource name."""
        return f"lineageRecords/{identities.run_id_of(self.run)}"

    @property
    def state(self) -> LineageState:
        """Verified if every required kind is and no item failed."""
        good = not any_failed(self.evidence) and not unverified_kinds(self.evidence)
        return LineageState.VERIFIED if good else LineageState.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What governance found in a run just now.

    `data` is absent when the run could not be read: then an item says so and failed.
    `labels` follow from its specification; label_policy.py says which are refused.
    `gate_evidence` is what the decision of the gate rests on, read again, without the trials;
    `trials` are those that there are now. Both are absent without a decision.
    """

    evidence: Sequence[EvidenceItem]
    data: DataLineage | None
    labels: Sequence[str]
    gate_evidence: Sequence[EvidenceItem] = ()
    trials: TrialCount | None = None


def observe(facts: RunFacts) -> Observation:
    """Returns what is true of a run."""
    return Observation(
        evidence=verify(facts),
        data=data_lineage(facts),
        labels=stated_result.labels_of(facts.spec_document),
    )


def unreadable(run: str, why: str) -> Observation:
    """Returns what is true of a run that the engine has no result of any more."""
    item = EvidenceItem(
        kind=EvidenceKind.STATED_RESULT, state=EvidenceState.FAILED, subject=run, detail=why
    )
    return Observation(evidence=[item], data=None, labels=())


def any_failed(evidence: Sequence[EvidenceItem]) -> bool:
    """Whether an item failed."""
    return any(item.state is EvidenceState.FAILED for item in evidence)


def unverified_kinds(evidence: Sequence[EvidenceItem]) -> Sequence[EvidenceKind]:
    """Returns the required kinds of which no item is verified, in order."""
    verified = {item.kind for item in evidence if item.state is EvidenceState.VERIFIED}
    return sorted(REQUIRED_KINDS - verified, key=lambda kind: kind.value)


def verify(facts: RunFacts) -> Sequence[EvidenceItem]:
    """Returns what is true of a run, ordered by kind, then subject.

    Every kind occurs but those of the gate.
    """
    artifacts = [_artifact_item(artifact) for artifact in facts.artifacts]
    observed_digests = {
        artifact.part: item.observed
        for artifact, item in zip(facts.artifacts, artifacts, strict=True)
    }
    items = [
        _spec_item(facts),
        _compared(
            EvidenceKind.RUN_ID,
            facts.run,
            expected=identities.run_id_of(facts.run),
            observed=identities.run_id(facts.identity),
        ),
        _data_hash_item(facts),
        _provenance_item(facts),
        *artifacts,
        *_wrong_parts(facts),
        _result_item(facts, observed_digests),
        _stated_item(facts, [item.observed for item in artifacts]),
        quality_item(
            facts.run, facts.identity.data_hash, facts.dataset.quality if facts.dataset else None
        ),
        *(
            EvidenceItem(
                kind=kind, state=EvidenceState.NOT_COLLECTED, subject=facts.run, detail=detail
            )
            for kind, detail in LATER_KINDS.items()
        ),
    ]
    return sorted(items, key=lambda item: (item.kind.value, item.subject))


def data_lineage(facts: RunFacts) -> DataLineage:
    """Returns the provenance of a run's data; data without a dataset counts as synthetic."""
    dataset = facts.dataset
    return DataLineage(
        dataset=dataset.name if dataset else "",
        data_hash=facts.identity.data_hash,
        synthetic=dataset.synthetic if dataset else True,
        provider=dataset.provenance.get("provider", "") if dataset else "",
        venue=dataset.provenance.get("venue", "") if dataset else "",
    )


def _compared(kind: EvidenceKind, subject: str, *, expected: str, observed: str) -> EvidenceItem:
    equal = expected == observed != ""
    return EvidenceItem(
        kind=kind,
        state=EvidenceState.VERIFIED if equal else EvidenceState.FAILED,
        subject=subject,
        expected=expected,
        observed=observed,
        detail="Recomputed and equal." if equal else "Recomputed and different.",
    )


def _spec_item(facts: RunFacts) -> EvidenceItem:
    item = _compared(
        EvidenceKind.SPEC_HASH,
        facts.run,
        expected=facts.identity.spec_hash,
        observed=identities.spec_hash(facts.spec_document),
    )
    if not facts.spec_faults:
        return item
    # identity spec 2.2 and 2.3: only a resolved specification has a hash.
    listed = "; ".join(facts.spec_faults)
    return replace(item, state=EvidenceState.FAILED, detail=f"Not resolved: {listed}.")


def _artifact_item(artifact: ArtifactFacts) -> EvidenceItem:
    if artifact.unreadable:
        return EvidenceItem(
            kind=EvidenceKind.ARTIFACT,
            state=EvidenceState.FAILED,
            subject=artifact.name,
            expected=artifact.digest,
            detail=artifact.unreadable,
        )
    return _compared(
        EvidenceKind.ARTIFACT,
        artifact.name,
        expected=artifact.digest,
        observed=table_hash.table_hash(artifact.columns),
    )


def _wrong_parts(facts: RunFacts) -> Sequence[EvidenceItem]:
    """Returns a failed item for each part that is not listed exactly once, or not stated."""
    stated = {artifact.part for artifact in facts.stated.artifacts}
    count = Counter(artifact.part for artifact in facts.artifacts)
    details = dict.fromkeys(identities.RESULT_PARTS, "The engine lists no such artifact.")
    for part, times in count.items():
        if times > 1:
            details[part] = f"The engine lists it {times} times."
        elif part in identities.RESULT_PARTS or part in stated:
            details.pop(part, None)
        else:
            details[part] = "The result states no such artifact."
    return [
        EvidenceItem(
            kind=EvidenceKind.ARTIFACT,
            state=EvidenceState.FAILED,
            subject=f"{facts.run}/artifacts/{part}",
            detail=detail,
        )
        for part, detail in details.items()
    ]


def _result_item(facts: RunFacts, observed_digests: Mapping[str, str]) -> EvidenceItem:
    return _compared(
        EvidenceKind.RESULT_DIGEST,
        facts.run,
        expected=facts.stated.result_digest,
        observed=_result_digest(observed_digests),
    )


def _result_digest(observed_digests: Mapping[str, str]) -> str:
    """Returns the digest over what was found, and over nothing in the place of what was not."""
    return identities.result_digest(
        {**dict.fromkeys(identities.RESULT_PARTS, ""), **observed_digests}
    )


def _stated_item(facts: RunFacts, observed_digests: Sequence[str]) -> EvidenceItem:
    """Compares what the run states with what its artifacts and its specification say."""
    downloaded = sorted(
        zip(facts.artifacts, observed_digests, strict=True), key=lambda pair: pair[0].part
    )
    derived = StatedResult(
        backtest=facts.run,
        run=facts.run,
        identity=facts.identity,
        result_digest=_result_digest({artifact.part: found for artifact, found in downloaded}),
        artifacts=[
            StatedArtifact(part=artifact.part, digest=found, row_count=artifact.row_count)
            for artifact, found in downloaded
        ],
        metrics=[
            metric
            for artifact, _ in downloaded
            if artifact.part == "metrics"
            for metric in stated_result.metrics_of(artifact.columns)
        ],
        labels=stated_result.labels_of(facts.spec_document),
    )
    item = _compared(
        EvidenceKind.STATED_RESULT,
        facts.run,
        expected=facts.stated.digest,
        observed=derived.digest,
    )
    difference = stated_result.first_difference(facts.stated, derived)
    if difference is None:
        return item
    return replace(item, state=EvidenceState.FAILED, detail=str(difference))


def _data_hash_item(facts: RunFacts) -> EvidenceItem:
    dataset = facts.dataset
    if dataset is None:
        return EvidenceItem(
            kind=EvidenceKind.DATA_HASH,
            state=EvidenceState.FAILED,
            subject=facts.run,
            expected=facts.identity.data_hash,
            detail="The engine has no dataset for this run.",
        )
    return _compared(
        EvidenceKind.DATA_HASH,
        dataset.name,
        expected=facts.identity.data_hash,
        observed=dataset.data_hash,
    )


def _provenance_item(facts: RunFacts) -> EvidenceItem:
    dataset = facts.dataset
    provenance = dataset.provenance if dataset else {}
    absent = sorted(field for field, value in provenance.items() if not value)
    complete = bool(provenance) and not absent
    return EvidenceItem(
        kind=EvidenceKind.PROVENANCE,
        state=EvidenceState.VERIFIED if complete else EvidenceState.FAILED,
        subject=dataset.name if dataset else facts.run,
        expected=", ".join(sorted(provenance)),
        observed=", ".join(sorted(field for field, value in provenance.items() if value)),
        detail=_provenance_detail(complete=complete, absent=absent),
    )


def _provenance_detail(*, complete: bool, absent: Sequence[str]) -> str:
    if complete:
        return "Every mandatory field is stated."
    return f"Not stated: {', '.join(absent)}." if absent else "There is no provenance."
