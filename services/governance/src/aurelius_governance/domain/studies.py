"""What the engine's studies of a run found, judged again by governance."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aurelius_governance.domain import canonical_json, table_hash
from aurelius_governance.domain.table_hash import Column

# The studies of the gate `crv`: the engine computes them under the default thresholds, which
# nobody who asks can change.
STUDIES = ("run_checks", "look_ahead_proof", "robustness", "bootstrap")
# The probability that a Sharpe ratio is above what luck would choose among the trials. At 0.95
# more than 1 % of strategies without skill would pass: docs/reports/gate_calibration.md.
LEAST_DEFLATED_SHARPE = 0.99
_COMPARISONS = {
    "LESS": lambda value, bound: value < bound,
    "LESS_OR_EQUAL": lambda value, bound: value <= bound,
    "GREATER": lambda value, bound: value > bound,
    "GREATER_OR_EQUAL": lambda value, bound: value >= bound,
}
_BLOCKER = "BLOCKER"


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

    `failure` says why there is no result; empty when there is. `base_hash` is the hash of the
    specification that was studied, recomputed.
    """

    validation: str
    study: str
    failure: str
    base_hash: str
    data_hash: str
    result_digest: str
    tables: Sequence[StudyTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """What the engine's log of trials says of the selection behind a run."""

    trial_count: int
    log_size: int
    root: str
    deflated_sharpe: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a study passes, and what was found."""

    passed: bool
    observed: str
    detail: str


def judge(facts: StudyFacts, *, spec_hash: str, data_hash: str) -> Judgement:
    """Judges a study by its downloaded tables alone.

    Args:
        facts: What the engine says.
        spec_hash: The hash of the run's specification, recomputed.
        data_hash: Of the run's identity.
    """
    where = f"Read from {facts.validation}."
    if facts.failure:
        return Judgement(passed=False, observed=f"no result: {facts.failure}", detail=where)
    fault = _fault(facts, spec_hash=spec_hash, data_hash=data_hash)
    if fault:
        return Judgement(passed=False, observed=fault, detail=where)
    rows = _rows(next(table for table in facts.tables if table.id == "checks"))
    blockers = [row for row in rows if row["severity"] == _BLOCKER]
    failed = [str(row["check_id"]) for row in blockers if not _holds(row)]
    if failed or not blockers:
        return Judgement(passed=False, observed=", ".join(failed) or "no blocker", detail=where)
    return Judgement(passed=True, observed="passed", detail=where)


def judge_trials(facts: TrialFacts) -> Judgement:
    """Judges the deflated Sharpe ratio of a run."""
    found = facts.deflated_sharpe
    passed = found is not None and found >= LEAST_DEFLATED_SHARPE
    shown = "undefined" if found is None else repr(found)
    return Judgement(
        passed=passed,
        observed=shown,
        detail=(
            f"{facts.trial_count} trials by the log of {facts.log_size} entries, {facts.root}."
        ),
    )


def _fault(facts: StudyFacts, *, spec_hash: str, data_hash: str) -> str:
    """Returns what is not as stated; empty if nothing is."""
    if facts.base_hash != spec_hash:
        return f"another specification: {facts.base_hash}"
    if facts.data_hash != data_hash:
        return f"other data: {facts.data_hash}"
    digests: dict[str, canonical_json.JsonValue] = {}
    for table in facts.tables:
        if table.unreadable:
            return f"table {table.id}: {table.unreadable}"
        digests[table.id] = table_hash.table_hash(table.columns)
        if digests[table.id] != table.digest:
            return f"table {table.id} has another digest: {digests[table.id]}"
    if "checks" not in digests:
        return "no table of checks"
    found = canonical_json.digest(
        b"aurelius.validation_result.v1\n", canonical_json.encode(digests)
    )
    return "" if found == facts.result_digest else f"another result digest: {found}"


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
