"""How validations are written in SQL."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aurelius_engine.application.job_records import VALIDATION, Progress
from aurelius_engine.application.validation_records import StoredTable, ValidationOutcome
from aurelius_engine.domain.validation.findings import (
    Check,
    Comparison,
    Severity,
    Statistic,
    Verdict,
)


class ValidationCodec:
    """Implements `Codec`. A number that is none is written as null."""

    kind = VALIDATION

    def progress_to_json(self, progress: Progress) -> Mapping[str, Any]:
        """See the protocol."""
        return asdict(progress)

    def progress_from_json(self, fields: dict[str, Any]) -> Progress:
        """See the protocol."""
        return Progress(**fields)

    def outcome_to_json(self, outcome: ValidationOutcome) -> Mapping[str, Any]:
        """See the protocol."""
        return asdict(outcome) | {"checks": [_check_to_json(check) for check in outcome.checks]}

    def outcome_from_json(self, fields: dict[str, Any]) -> ValidationOutcome:
        """See the protocol."""
        return ValidationOutcome(
            **fields
            | {
                "tables": tuple(StoredTable(**table) for table in fields["tables"]),
                "statistics": tuple(Statistic(**entry) for entry in fields["statistics"]),
                "checks": tuple(_check_from_json(entry) for entry in fields["checks"]),
            }
        )


def _check_to_json(check: Check) -> Mapping[str, Any]:
    return asdict(check) | {
        "severity": check.severity.value,
        "verdict": check.verdict.value,
        "comparison": check.comparison.value,
        "value": None if math.isnan(check.value) else check.value,
        "bound": None if math.isnan(check.bound) else check.bound,
    }


def _check_from_json(entry: dict[str, Any]) -> Check:
    return Check(
        **entry
        | {
            "severity": Severity(entry["severity"]),
            "verdict": Verdict(entry["verdict"]),
            "comparison": Comparison(entry["comparison"]),
            "value": math.nan if entry["value"] is None else entry["value"],
            "bound": math.nan if entry["bound"] is None else entry["bound"],
            "evidence": tuple(entry["evidence"]),
        }
    )
