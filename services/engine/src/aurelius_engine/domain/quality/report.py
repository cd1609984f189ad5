"""The quality report of a table: docs/specs/data_quality.md.

A pure function of the table, its calendar, whether its prices are as traded, and the policy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.canonical_json import digest
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.calendar_walk import Coverage, walk_calendar
from aurelius_engine.domain.quality.checks import (
    CHECKS,
    EVERY_CHECK,
    SEVERITIES,
    Check,
    Severity,
    place_of,
)
from aurelius_engine.domain.quality.findings import Findings, no_findings
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.quality.grid import Grid, grid_of, interval_of, regular_hours
from aurelius_engine.domain.quality.policy import DEFAULT_POLICY, QualityPolicy
from aurelius_engine.domain.quality.price_walk import bars_of, walk_prices
from aurelius_engine.domain.quality.returns_walk import walk_returns
from aurelius_engine.domain.quality.rows import DAY_NS, clock_of, rows_by_symbol
from aurelius_engine.domain.quality.volume_walk import walk_volumes
from aurelius_engine.domain.quality.zone_walk import walk_zones
from aurelius_engine.domain.table_hash import Column, coded_column, table_hash

Table = tuple[Column, ...]

# Of the rules that this package follows; a change of one is another version.
RULES_VERSION = 1
FINDINGS, COVERAGE = "findings", "coverage"
_AS_TRADED = "ADJUSTMENT_RAW"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """What was found.

    Attributes:
        document: Proto JSON of QualityReport, every field written out.
        tables: `findings` and `coverage`, whose digests the document has.
        severity: The worst of a finding, or None.
        flags: The fallbacks of the adapter, which the document has too.
    """

    document: Mapping[str, Any]
    tables: Mapping[str, Table]
    severity: Severity | None
    flags: tuple[QualityFlag, ...]

    @property
    def digest(self) -> str:
        """The digest of the document, and through it of the tables."""
        return report_digest(self.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a report says of its data: the fields of QualityReport of these names."""

    data_hash: str
    calendar: str
    calendar_version: str
    adjustment: str
    interval: str
    label: str
    row_count: int
    symbols: tuple[str, ...]


def report_digest(document: Mapping[str, Any]) -> str:
    """Returns the digest of a report's proto JSON."""
    return digest("aurelius.quality.v1", document)


def quality_of(
    table: MarketTable,
    calendars: Calendars,
    *,
    data_hash: str,
    calendar: str,
    adjustment: str,
    flags: Sequence[QualityFlag] = (),
    policy: QualityPolicy = DEFAULT_POLICY,
) -> QualityReport:
    """Returns the report of a table.

    Args:
        table: Checked and sorted.
        calendars: The table of calendars.
        data_hash: The table's.
        calendar: An exchange code of it.
        adjustment: Of the prices, a name of the enum Adjustment.
        flags: The fallbacks of the adapter that read the table, in their order.
        policy: The thresholds.
    """
    symbols = len(table.symbols)
    codes = table.symbol.data.astype(np.int32, copy=False)
    rows = rows_by_symbol(codes, symbols)
    interval, step = interval_of(table.time, codes, symbols)
    findings = no_findings(policy.findings_max_count)
    pairs = np.array(calendars.offsets[calendars.time_zones[calendar]], dtype=np.int64)
    pairs *= 1_000_000_000
    within_day = step > 0 or interval == "IRREGULAR"
    clock = clock_of(pairs, dated=not within_day)
    sessions = calendars.sessions[calendar]
    grid = grid_of(sessions, interval, step, table.time, clock)
    first_day, last_day = int(table.time[0]) // DAY_NS, int(table.time[-1]) // DAY_NS
    hours = regular_hours(sessions, first_day, last_day)
    bars = bars_of(table)
    coverage, fresh = walk_calendar(findings, table.time, rows, grid, clock, policy)
    walk_zones(findings, table.time, rows, grid, clock, policy, interval=interval, hours=hours)
    walk_prices(findings, bars, rows, fresh, policy, as_traded=adjustment == _AS_TRADED)
    walk_returns(findings, bars, rows, fresh, policy)
    walk_volumes(findings, bars, rows, grid, policy)
    return report_of(
        findings,
        coverage,
        CHECKS,
        About(
            data_hash=data_hash,
            calendar=calendar,
            calendar_version=calendars.version,
            adjustment=adjustment,
            interval=interval,
            label=_label(grid),
            row_count=table.time.size,
            symbols=table.symbols,
        ),
        flags,
        policy,
    )


def report_of(
    findings: Findings,
    coverage: Coverage,
    checks: Sequence[Check],
    about: About,
    flags: Sequence[QualityFlag],
    policy: QualityPolicy,
) -> QualityReport:
    """Returns the report of what the checks found.

    Args:
        findings: Of data; symbols are places in `about.symbols`.
        coverage: Of its symbols.
        checks: Those that the data was looked at with.
        about: What the report says of the data.
        flags: The fallbacks of the adapter.
        policy: The thresholds.
    """
    tables = {
        FINDINGS: _findings_table(findings, about.symbols),
        COVERAGE: _coverage_table(coverage, about.symbols),
    }
    found = [check.severity for check in checks if findings.totals[place_of(check.id), 0]]
    severity = max(found, key=SEVERITIES.index, default=None)
    document = {
        "rulesVersion": RULES_VERSION,
        "dataHash": about.data_hash,
        "calendar": about.calendar,
        "calendarVersion": about.calendar_version,
        "adjustment": about.adjustment,
        "barInterval": about.interval,
        "barLabel": about.label,
        "rowCount": str(about.row_count),
        "symbolCount": len(about.symbols),
        "clean": severity is not Severity.ERROR,
        "severity": f"QUALITY_SEVERITY_{severity.value if severity else 'NONE'}",
        "flags": [_flag_document(flag) for flag in flags],
        "checks": [_check_document(check, findings) for check in checks],
        "policy": _policy_document(policy),
        "findingsDigest": table_hash(tables[FINDINGS]),
        "coverageDigest": table_hash(tables[COVERAGE]),
    }
    return QualityReport(document=document, tables=tables, severity=severity, flags=tuple(flags))


def _label(grid: Grid) -> str:
    if grid.step == 0:
        return "BAR_LABEL_SESSION"
    return "BAR_LABEL_END" if grid.label else "BAR_LABEL_BEGIN"


def _flag_document(flag: QualityFlag) -> dict[str, Any]:
    return {
        "flag": flag.id,
        "count": str(flag.count),
        "firstTime": flag.first_time_text,
        "meaning": flag.meaning,
    }


def _check_document(check: Check, findings: Findings) -> dict[str, Any]:
    count, bars = findings.totals[place_of(check.id)].tolist()
    return {
        "check": check.id,
        "severity": f"QUALITY_SEVERITY_{check.severity.value}",
        "findingCount": str(count),
        "barCount": str(bars),
        "listedCount": min(count, findings.places.shape[1]),
        "refused": check.refused,
        "meaning": check.found,
        "remedy": check.remedy,
    }


def _policy_document(policy: QualityPolicy) -> dict[str, Any]:
    """Returns the proto JSON of the policy: its integers are of 32 bits, so numbers."""
    document = {}
    for name, value in sorted(asdict(policy).items()):
        head, *rest = name.split("_")
        key = head + "".join(word.capitalize() for word in rest)
        document[key] = list(value) if isinstance(value, tuple) else value
    return document


def _findings_table(findings: Findings, symbols: tuple[str, ...]) -> Table:
    """Returns the kept findings by check, symbol and time."""
    most = findings.places.shape[1]
    kept = np.minimum(findings.totals[:, 0], most)
    check = np.repeat(np.arange(len(EVERY_CHECK), dtype=np.int64), kept)
    at = np.concatenate([np.arange(count, dtype=np.int64) for count in kept.tolist()])
    places, values = findings.places[check, at], findings.values[check, at]
    order = np.lexsort((places[:, 2], places[:, 1], places[:, 0], check))
    check, places, values = check[order], places[order], values[order]
    severities = [SEVERITIES.index(item.severity) for item in EVERY_CHECK]
    grave = np.array(severities, dtype=np.int64)[check]
    return (
        coded_column("check", check, [item.id for item in EVERY_CHECK]),
        coded_column("severity", grave, [severity.value for severity in SEVERITIES]),
        coded_column("symbol", places[:, 0], symbols),
        Column(name="first_time", data=np.ascontiguousarray(places[:, 1])),
        Column(name="last_time", data=np.ascontiguousarray(places[:, 2])),
        Column(name="count", data=np.ascontiguousarray(places[:, 3])),
        Column(name="value", data=np.ascontiguousarray(values[:, 0])),
        Column(name="threshold", data=np.ascontiguousarray(values[:, 1])),
    )


def _coverage_table(coverage: Coverage, symbols: tuple[str, ...]) -> Table:
    return (
        coded_column("symbol", coverage.symbol, symbols),
        Column(name="year", data=coverage.month // 12),
        Column(name="month", data=coverage.month % 12 + 1),
        Column(name="expected", data=coverage.expected),
        Column(name="present", data=coverage.present),
    )
