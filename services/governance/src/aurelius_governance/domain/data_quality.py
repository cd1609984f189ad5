"""The quality report of a run's data, judged again: docs/specs/data_quality.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aurelius_governance.domain import canonical_json, table_hash
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.evidence_item import EvidenceItem, EvidenceKind, EvidenceState

# By name, the field of the report that states the digest.
TABLES = {"coverage": "coverageDigest", "findings": "findingsDigest"}
_SEVERITIES = ("NONE", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFacts:
    """A quality report as the engine describes it, and its tables as they were downloaded.

    `stated_digest` is that of the dataset. `document` is the report's proto JSON, empty
    where there is none. `unreadable` says why a table is not here.
    """

    name: str
    stated_digest: str
    document: Mapping[str, JsonValue]
    tables: Mapping[str, Sequence[table_hash.Column]]
    unreadable: str = ""


def quality_item(run: str, data_hash: str, quality: QualityFacts | None) -> EvidenceItem:
    """Returns what is true of the quality report of a run's data."""
    if quality is None:
        return EvidenceItem(
            kind=EvidenceKind.DATA_QUALITY_REPORT,
            state=EvidenceState.FAILED,
            subject=run,
            detail="The engine has no report on the quality of the data.",
        )
    observed = canonical_json.digest(
        b"aurelius.quality.v1\n", canonical_json.encode(quality.document)
    )
    fault = _fault(quality, data_hash, observed)
    return EvidenceItem(
        kind=EvidenceKind.DATA_QUALITY_REPORT,
        state=EvidenceState.FAILED if fault else EvidenceState.VERIFIED,
        subject=quality.name,
        expected=quality.stated_digest,
        observed=observed,
        detail=fault or f"Recomputed and equal. The worst finding is {_worst(quality)}.",
    )


def worst_severity(quality: QualityFacts | None) -> str:
    """Returns the worst severity of the findings that were downloaded, such as `WARNING`."""
    return "of no severity" if quality is None else _worst(quality)


def _fault(quality: QualityFacts, data_hash: str, observed: str) -> str:
    if not quality.document:
        return "The engine does not hand the report out."
    if observed != quality.stated_digest:
        return "Recomputed and different."
    found = quality.document.get("dataHash")
    if found != data_hash:
        return f"It is of other data: {found}."
    if quality.unreadable:
        return quality.unreadable
    for name, field in TABLES.items():
        if table_hash.table_hash(quality.tables[name]) != quality.document.get(field):
            return f"The table {name} has another digest than it states."
    stated = str(quality.document.get("severity")).removeprefix("QUALITY_SEVERITY_")
    worst = _worst(quality)
    if worst != stated:
        return f"Its worst finding is {worst}, and it states {stated}."
    return ""


def _worst(quality: QualityFacts) -> str:
    """Returns the worst severity of the findings that were downloaded."""
    columns = {column.name: column for column in quality.tables["findings"]}
    if "severity" not in columns:
        return "of no severity"
    found = {str(value) for value in columns["severity"].values} | {_SEVERITIES[0]}
    unknown = sorted(found - set(_SEVERITIES))
    return unknown[0] if unknown else max(found, key=_SEVERITIES.index)
