"""What a study finds: statistics, checks and tables."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from aurelius_engine.domain.canonical_json import digest
from aurelius_engine.domain.table_hash import Column, string_column, table_hash

Table = tuple[Column, ...]
# Tables that every result has: the last is of the specifications that the study tried.
CHECKS, STATISTICS, TRIED = "checks", "statistics", "tried"


class Severity(Enum):
    """What the failure of a check means, the gravest first."""

    BLOCKER = "BLOCKER"
    WARNING = "WARNING"
    INFO = "INFO"


class Verdict(Enum):
    """How a check was judged."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Comparison(Enum):
    """How a value passes."""

    LESS = "LESS"
    LESS_OR_EQUAL = "LESS_OR_EQUAL"
    GREATER = "GREATER"
    GREATER_OR_EQUAL = "GREATER_OR_EQUAL"

    def holds(self, value: float, bound: float) -> bool:
        """Whether a value passes. NaN never does."""
        return {
            Comparison.LESS: value < bound,
            Comparison.LESS_OR_EQUAL: value <= bound,
            Comparison.GREATER: value > bound,
            Comparison.GREATER_OR_EQUAL: value >= bound,
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A number of a study, defined in statistics.py, or why there is none."""

    id: str
    version: int
    unit: str
    outcome: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was judged. Whoever has value and bound can judge it again.

    Attributes:
        id: The study's name, a dot and its own.
        severity: What a failure means.
        verdict: How it was judged.
        value: What was found; NaN if it is undefined or not applicable.
        comparison: How the value passes.
        bound: What it is compared with.
        unit: Of value and bound.
        detail: One sentence with the numbers.
        remedy: What to do; "" if it passed.
        evidence: Tables of the result, or resources.
    """

    id: str
    severity: Severity
    verdict: Verdict
    value: float
    comparison: Comparison
    bound: float
    unit: str
    detail: str
    remedy: str = ""
    evidence: tuple[str, ...] = ()


def check(
    check_id: str,
    value: float | str,
    comparison: Comparison,
    bound: float,
    *,
    unit: str,
    detail: str,
    remedy: str,
    severity: Severity = Severity.BLOCKER,
    evidence: tuple[str, ...] = (),
) -> Check:
    """Judges a value. One that is undefined, a text that says why, fails.

    Args:
        check_id: See `Check`; the others too.
        value: A number, or why there is none.
        comparison: How it passes.
        bound: With what it is compared.
        unit: Of both.
        detail: What was found.
        remedy: What to do if it fails.
        severity: What a failure means.
        evidence: Where the numbers are.
    """
    undefined = isinstance(value, str)
    number = math.nan if isinstance(value, str) else float(value)
    passed = comparison.holds(number, bound)
    return Check(
        id=check_id,
        severity=severity,
        verdict=Verdict.PASSED if passed else Verdict.FAILED,
        value=number,
        comparison=comparison,
        bound=bound,
        unit=unit,
        detail=f"{detail} It is undefined: {value}." if undefined else detail,
        remedy="" if passed else remedy,
        evidence=evidence,
    )


def not_applicable(
    check_id: str, detail: str, *, severity: Severity, evidence: tuple[str, ...] = ()
) -> Check:
    """Returns a check that cannot be asked of this run; the detail says why."""
    return Check(
        id=check_id,
        severity=severity,
        verdict=Verdict.NOT_APPLICABLE,
        value=math.nan,
        comparison=Comparison.GREATER_OR_EQUAL,
        bound=math.nan,
        unit="",
        detail=detail,
        evidence=evidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a study returns.

    `tables` are by id, without those of the checks and the statistics. `execution_count`
    is how many simulations it took.
    """

    statistics: Sequence[Statistic]
    checks: Sequence[Check]
    tables: Mapping[str, Table]
    execution_count: int

    @property
    def passed(self) -> bool:
        """Whether there are checks, and every blocker passed; one that cannot be asked did not."""
        blockers = [c for c in self.checks if c.severity is Severity.BLOCKER]
        return bool(self.checks) and all(c.verdict is Verdict.PASSED for c in blockers)

    def ordered_checks(self) -> Sequence[Check]:
        """Returns the checks, the gravest severity first, else as the study had them."""
        gravity = list(Severity)
        return sorted(self.checks, key=lambda found: gravity.index(found.severity))

    def all_tables(self) -> Mapping[str, Table]:
        """Returns every table by id, in order of the ids."""
        whole = dict(self.tables) | {
            CHECKS: checks_table(self.ordered_checks()),
            STATISTICS: statistics_table(self.statistics),
        }
        return {name: whole[name] for name in sorted(whole)}


def result_digest(table_digests: Mapping[str, str]) -> str:
    """Returns the digest over the digests of all tables of a validation."""
    return digest("aurelius.validation_result.v1", dict(table_digests))


def digests_of(tables: Mapping[str, Table]) -> dict[str, str]:
    """Returns the digest of each table."""
    return {name: table_hash(table) for name, table in tables.items()}


def checks_table(checks: Sequence[Check]) -> Table:
    """Returns checks as a table, one a row."""
    return (
        string_column("check_id", [c.id for c in checks]),
        string_column("severity", [c.severity.value for c in checks]),
        string_column("verdict", [c.verdict.value for c in checks]),
        Column(name="value", data=np.array([c.value for c in checks], dtype=np.float64)),
        string_column("comparison", [c.comparison.value for c in checks]),
        Column(name="bound", data=np.array([c.bound for c in checks], dtype=np.float64)),
        string_column("unit", [c.unit for c in checks]),
        string_column("detail", [c.detail for c in checks]),
        string_column("remedy", [c.remedy for c in checks]),
        string_column("evidence", ["\n".join(c.evidence) for c in checks]),
    )


def statistics_table(statistics: Sequence[Statistic]) -> Table:
    """Returns statistics as a table, one a row: NaN where there is no value."""
    values = [math.nan if isinstance(s.outcome, str) else s.outcome for s in statistics]
    return (
        string_column("statistic_id", [s.id for s in statistics]),
        Column(name="version", data=np.array([s.version for s in statistics], dtype=np.int64)),
        string_column("unit", [s.unit for s in statistics]),
        Column(name="value", data=np.array(values, dtype=np.float64)),
        string_column(
            "undefined_reason",
            [s.outcome if isinstance(s.outcome, str) else "" for s in statistics],
        ),
    )
