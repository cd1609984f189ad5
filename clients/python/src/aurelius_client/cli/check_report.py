"""What was judged: each check with its severity, its numbers and what to do."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from aurelius.engine.v1 import validation_pb2

SEVERITIES = ("BLOCKER", "WARNING", "INFO")
# What a bare number says.
_BARE = frozenset({"count", "ratio"})
_PASSES = {
    "less": "below",
    "less_or_equal": "at most",
    "greater": "above",
    "greater_or_equal": "at least",
}


def worst_severity(result: "validation_pb2.ValidationResult") -> str:
    """Returns the gravest severity of a check that did not pass; empty if all did.

    A blocker that cannot be asked did not pass, as in docs/specs/validation.md section 3.
    """
    found = {_name(check, "severity").upper() for check in result.checks if _counts(check)}
    return next((severity for severity in SEVERITIES if severity in found), "")


def print_report(run: str, report: "validation_pb2.Validation") -> None:
    """Prints the report on one run."""
    from aurelius_client.cli.output import print_facts

    result = report.result
    print_facts(
        [
            ("run", run),
            ("report", report.name),
            ("data", report.data_hash),
            ("engine version", report.engine_version),
            ("result digest", result.result_digest),
        ]
    )
    print_checks(result)


def print_checks(result: "validation_pb2.ValidationResult") -> None:
    """Prints every check: what did not pass first, the gravest before the others."""
    typer.echo()
    ordered = sorted(result.checks, key=lambda check: (not _counts(check), -check.severity))
    for check in ordered:
        _print_check(check)
    typer.echo()
    failed = [
        f"{count} {severity.lower()}"
        for severity in SEVERITIES
        if (count := sum(_counts(c) and _name(c, "severity").upper() == severity for c in ordered))
    ]
    checks = "1 check" if len(ordered) == 1 else f"{len(ordered)} checks"
    typer.echo(f"{checks}, not passed: {', '.join(failed) or 'none'}")


def _print_check(check: "validation_pb2.ValidationCheck") -> None:
    verdict, severity = _name(check, "verdict"), _name(check, "severity")
    numbers = ""
    if check.HasField("value") or verdict == "failed":
        value = f"{check.value:.6g}" if check.HasField("value") else "undefined"
        passes = _PASSES[_name(check, "comparison")]
        unit = "" if check.unit in _BARE else f" {check.unit}"
        numbers = f": {value}{unit}, passes {passes} {check.bound:.6g}"
    typer.echo(f"{verdict}  {check.check_id} ({severity}){numbers}")
    typer.echo(f"    {check.detail}")
    if check.remedy:
        typer.echo(f"    -> {check.remedy}")


def _counts(check: "validation_pb2.ValidationCheck") -> bool:
    """Whether a check speaks against the run."""
    verdict = _name(check, "verdict")
    return verdict == "failed" or (verdict != "passed" and _name(check, "severity") == "blocker")


def _name(check: "validation_pb2.ValidationCheck", field: str) -> str:
    from aurelius_client.cli.output import enum_text

    return enum_text(check, field)
