"""What the engine's studies of a run found, judged again by governance."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aurelius_governance.domain import canonical_json, study_policy, table_hash
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.errors import ValidationUnfit
from aurelius_governance.domain.evidence_item import EvidenceItem, EvidenceKind, EvidenceState
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.table_hash import Column

STUDIES = tuple(study_policy.STUDIES)
# The studies of a search: computed of a run whose owner says what it was chosen from.
SEARCHES: Mapping[str, EvidenceKind] = {
    "walk_forward": EvidenceKind.WALK_FORWARD,
    "cross_validation": EvidenceKind.CROSS_VALIDATION,
}
_COMPARISONS = {
    "LESS": lambda value, bound: value < bound,
    "LESS_OR_EQUAL": lambda value, bound: value <= bound,
    "GREATER": lambda value, bound: value > bound,
    "GREATER_OR_EQUAL": lambda value, bound: value >= bound,
}
_BLOCKER = "BLOCKER"
# What is judged: the checks, and of a search the specifications that it tried.
CHECKS, TRIED = "checks", "tried"
_COLUMNS = {
    CHECKS: ("check_id", "severity", "verdict", "value", "comparison", "bound"),
    TRIED: ("spec_hash",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTable:
    """A table of a result: what is stated of it, and what was downloaded.

    `unreadable` says why there are no columns; empty when there are.
    """

    id: str
    digest: str
    columns: Sequence[Column]
    unreadable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the engine says of one study. None of it is believed.

    `document` is the proto JSON of the specification of the study. `base_hash` is the hash of
    the one that was studied, recomputed. `failure` says why there is no result; empty when
    there is.
    """

    validation: str
    study: str
    document: JsonValue
    base_hash: str
    data_hash: str
    seed: int
    engine_version: str
    failure: str
    result_digest: str
    tables: Sequence[StudyTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether something passes, what was found, and the evidence that it rests on."""

    passed: bool
    observed: str
    detail: str
    evidence: EvidenceItem


def judge(
    facts: StudyFacts, *, study: str, run: RunIdentity, excused: Collection[str] = ()
) -> Judgement:
    """Judges a study by its downloaded tables alone, and by what the policy demands of it.

    Args:
        facts: What the engine says.
        study: Which study it has to be.
        run: The identity of the run, its hash of the specification recomputed.
        excused: Ids of checks that cannot be asked of the run.
    """
    where = f"Read from {facts.validation}."
    digests: dict[str, JsonValue] = {}
    fault = _other_identity(facts, study, run) or study_policy.other_terms(study, facts.document)
    if not fault and facts.failure:
        fault = f"no result: {facts.failure}"
    if not fault:
        digests = {table.id: table_hash.table_hash(table.columns) for table in facts.tables}
        fault = _damage(facts, digests, _judged(study))
    evidence = EvidenceItem(
        kind=SEARCHES.get(study, EvidenceKind.CRV),
        state=EvidenceState.FAILED if fault else EvidenceState.VERIFIED,
        subject=facts.validation,
        expected=facts.result_digest,
        observed=_result_digest(digests) if digests else "",
        detail=f"{study}: {fault or 'downloaded, recomputed and equal'}.",
    )
    if fault:
        return Judgement(passed=False, observed=fault, detail=where, evidence=evidence)
    tables = {table.id: _rows(table) for table in facts.tables}
    found = _found(study, tables[CHECKS], excused)
    if study in SEARCHES:
        points = {str(row["spec_hash"]) for row in tables[TRIED]}
        found = _narrow(points, run) or found
        where = f"{len(points)} points were tried. {where}"
    return Judgement(passed=not found, observed=found or "passed", detail=where, evidence=evidence)


def _judged(study: str) -> Sequence[str]:
    """Returns the tables that a study is judged by."""
    return (CHECKS, TRIED) if study in SEARCHES else (CHECKS,)


def _found(study: str, rows: Sequence[Mapping[str, object]], excused: Collection[str]) -> str:
    """Returns the checks that do not pass, are not there, or ask for something else; or ""."""
    policy = study_policy.POLICY[study]
    ids = [str(row["check_id"]) for row in rows]
    blockers = {str(row["check_id"]): row for row in rows if row["severity"] == _BLOCKER}
    faults = [f"two checks {one}" for one in dict.fromkeys(ids) if ids.count(one) > 1]
    for one in (name for name in policy.blockers if name not in excused):
        row = blockers.get(one)
        if row is None:
            faults.append(f"no blocker {one}")
        elif _holds(row) and (row["comparison"], row["bound"]) != policy.bound(one):
            faults.append(f"{one} asks for {row['comparison']} {row['bound']}")
    failed = [one for one, row in blockers.items() if not _holds(row)]
    return ", ".join([*failed, *faults])


def _narrow(points: Collection[str], run: RunIdentity) -> str:
    """Returns why points are no search that the run is from; empty if they are."""
    if run.spec_hash not in points:
        return "the run's own specification is not among the points"
    if len(points) < study_policy.LEAST_POINTS:
        return f"{len(points)} points, and at least {study_policy.LEAST_POINTS} are a search"
    return ""


def not_studied(run: str, study: str) -> EvidenceItem:
    """Returns what is said of the study of a search that nobody named."""
    return EvidenceItem(
        kind=SEARCHES[study],
        state=EvidenceState.NOT_COLLECTED,
        subject=run,
        detail=f"{study}: not computed, as nobody named the points that the run was chosen from.",
    )


def require_search(facts: StudyFacts, run: RunIdentity) -> None:
    """Refuses a named validation that says nothing of the run's search.

    Raises:
        ValidationUnfit: It is another study, or one of another run.
    """
    if facts.study not in SEARCHES:
        allowed = " or ".join(SEARCHES)
        raise ValidationUnfit(facts.validation, found=f"study {facts.study}", allowed=allowed)
    fault = _other_identity(facts, facts.study, run)
    if fault:
        raise ValidationUnfit(facts.validation, found=fault, allowed="those of the run")


def _other_identity(facts: StudyFacts, study: str, run: RunIdentity) -> str:
    """Returns what a study is of, if it is not of the run; empty if it is."""
    if facts.study != study:
        return f"another study: {facts.study}"
    if facts.base_hash != run.spec_hash:
        return f"another specification: {facts.base_hash}"
    if facts.data_hash != run.data_hash:
        return f"other data: {facts.data_hash}"
    if facts.seed != run.seed:
        return f"another seed: {facts.seed}"
    if facts.engine_version != run.engine_version:
        return f"another engine version: {facts.engine_version}"
    name = identities.validation_name(
        facts.document,
        data_hash=facts.data_hash,
        seed=facts.seed,
        engine_version=facts.engine_version,
    )
    return "" if facts.validation == name else f"another identity: {name}"


def _damage(facts: StudyFacts, digests: Mapping[str, JsonValue], wanted: Sequence[str]) -> str:
    """Returns what is not as stated; empty if nothing is."""
    ids = [table.id for table in facts.tables]
    for table in facts.tables:
        if ids.count(table.id) > 1:
            return f"two tables {table.id}"
        if table.unreadable:
            return f"table {table.id}: {table.unreadable}"
        if digests[table.id] != table.digest:
            return f"table {table.id} has another digest: {digests[table.id]}"
    columns = {table.id: {column.name for column in table.columns} for table in facts.tables}
    for name in wanted:
        if name not in digests:
            return f"no table {name}"
        absent = [one for one in _COLUMNS[name] if one not in columns[name]]
        if absent:
            return f"table {name} has no column {absent[0]}"
    found = _result_digest(digests)
    return "" if found == facts.result_digest else f"another result digest: {found}"


def _result_digest(digests: Mapping[str, JsonValue]) -> str:
    content = canonical_json.encode(digests)
    return canonical_json.digest(b"aurelius.validation_result.v1\n", content)


def _rows(table: StudyTable) -> list[Mapping[str, object]]:
    names = [column.name for column in table.columns]
    values = [column.values for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _holds(row: Mapping[str, object]) -> bool:
    """Whether a check passes by its own numbers, and says so."""
    value, bound = row["value"], row["bound"]
    compare = _COMPARISONS.get(str(row["comparison"]))
    if compare is None or not isinstance(value, float) or not isinstance(bound, float):
        return False
    if math.isnan(value) or math.isnan(bound):
        return False
    return bool(compare(value, bound)) and row["verdict"] == "PASSED"
