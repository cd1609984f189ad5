"""Run checks of the data under a run: is it real, sound, and not chosen by what became of it?"""

from collections.abc import Mapping, Sequence
from typing import Any

from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.survivorship import Verdict, survivorship_of
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Severity,
    check,
    not_applicable,
)
from aurelius_engine.domain.validation.study import StudyContext

_SEVERITIES = {"ERROR": Severity.BLOCKER, "WARNING": Severity.WARNING}


def data_checks(context: StudyContext, spec: BacktestSpec) -> Sequence[Check]:
    """Judges the data set of a run.

    Args:
        context: Of the study; its `data` and its table are read.
        spec: Of the run.
    """
    return [_data_class(context), *_quality(context), *_survivorship(context, spec)]


def none_of(
    check_id: str,
    count: int,
    told: str,
    remedy: str,
    *evidence: str,
    severity: Severity = Severity.BLOCKER,
) -> Check:
    """Judges a count of what must not be.

    Args:
        check_id: Its own, without the study's.
        count: How much of it there is.
        told: What was found.
        remedy: What to do if there is any.
        *evidence: Where the numbers are.
        severity: What any of it means.
    """
    return check(
        f"run_checks.{check_id}",
        float(count),
        Comparison.LESS_OR_EQUAL,
        0.0,
        unit="count",
        detail=told,
        remedy=remedy,
        severity=severity,
        evidence=evidence,
    )


def _data_class(context: StudyContext) -> Check:
    stated = context.data.get("dataClass")
    if stated is None:
        return not_applicable(
            "run_checks.data_class",
            "Nobody says where the data is from.",
            severity=Severity.BLOCKER,
        )
    return none_of(
        "data_class",
        0 if stated == "DATA_CLASS_REAL" else 1,
        f"The data is {str(stated).removeprefix('DATA_CLASS_').lower()}.",
        "Run it on traded prices: made ones show what was put into them.",
        "datasets",
    )


def _quality(context: StudyContext) -> list[Check]:
    """Counts the findings of the data set's quality report: errors block, warnings are told."""
    report: Mapping[str, Any] | None = context.data.get("qualityReport")
    if report is None:
        return [
            not_applicable(
                "run_checks.data_quality",
                "The data has no quality report.",
                severity=Severity.BLOCKER,
            )
        ]
    found = []
    for name, severity in _SEVERITIES.items():
        listed = [
            one
            for one in report["checks"]
            if one["severity"] == f"QUALITY_SEVERITY_{name}" and int(one["findingCount"])
        ]
        count = sum(int(one["findingCount"]) for one in listed)
        shown = "; ".join(
            f"{one['check']} {one['findingCount']} times, {one['barCount']} bars" for one in listed
        )
        found.append(
            none_of(
                "data_quality" if severity is Severity.BLOCKER else "data_quality_warnings",
                count,
                f"The report of {report['rowCount']} bars has {count} findings of the severity "
                f"{name.lower()}{': ' + shown if shown else ''}.",
                " ".join(dict.fromkeys(str(one["remedy"]) for one in listed)),
                "qualityReport",
                severity=severity,
            )
        )
    return found


def _survivorship(context: StudyContext, spec: BacktestSpec) -> list[Check]:
    """Computes the verdict again from the bars: what is biased blocks, what shows nothing warns."""
    found = survivorship_of(context.table, spec.calendar)
    named = len(spec.symbols) if spec.symbols else found.symbol_count
    chosen = named < found.symbol_count
    told = f"{found.verdict.value}: {found.detail}"
    if chosen:
        told += f" The run names {named} of {found.symbol_count} names: each was chosen."
    shown = found.verdict is Verdict.POINT_IN_TIME and not chosen
    return [
        none_of(
            "survivorship",
            int(found.verdict is Verdict.BIASED),
            told,
            "Run it on data that keeps the names that ended, with their last bars.",
            "survivorship",
        ),
        none_of(
            "survivorship_shown",
            int(not shown),
            told,
            "Nothing shows that the names were known at the time: use a point-in-time universe "
            "with the column member, or discount what a choice in hindsight may add.",
            "survivorship",
            severity=Severity.WARNING,
        ),
    ]
