"""The report of a run's checks: its order, its words, and how grave it is."""

import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import validation_pb2
from aurelius_client.cli.check_report import print_report, worst_severity


def check(name: str, severity: str, verdict: str) -> dict[str, object]:
    return {
        "checkId": f"run_checks.{name}",
        "severity": f"SEVERITY_{severity}",
        "verdict": f"VERDICT_{verdict}",
        "value": 0.75,
        "comparison": "COMPARISON_LESS_OR_EQUAL",
        "bound": 0.5,
        "unit": "ratio",
        "detail": f"The {name} is 0.75.",
        "remedy": "Lower it." if verdict == "FAILED" else "",
    }


def result(*checks: dict[str, object]) -> validation_pb2.ValidationResult:
    document = {"checks": list(checks)}
    return json_format.ParseDict(document, validation_pb2.ValidationResult())


@pytest.mark.parametrize(
    ("checks", "worst"),
    [
        ([("a", "BLOCKER", "PASSED"), ("b", "INFO", "PASSED")], ""),
        ([("a", "BLOCKER", "PASSED"), ("b", "INFO", "FAILED")], "INFO"),
        ([("a", "WARNING", "FAILED"), ("b", "INFO", "FAILED")], "WARNING"),
        ([("a", "WARNING", "FAILED"), ("b", "BLOCKER", "FAILED")], "BLOCKER"),
        ([("a", "WARNING", "NOT_APPLICABLE")], ""),
        ([("a", "BLOCKER", "NOT_APPLICABLE")], "BLOCKER"),
    ],
)
def test_the_worst_severity_is_of_what_did_not_pass(
    checks: list[tuple[str, str, str]], worst: str
) -> None:
    assert worst_severity(result(*(check(*one) for one in checks))) == worst


def test_what_did_not_pass_comes_first_with_its_numbers_and_remedy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = validation_pb2.Validation(name="validations/v1")
    report.result.CopyFrom(
        result(
            check("leverage", "BLOCKER", "PASSED"),
            check("trades", "WARNING", "FAILED"),
            check("drawdown", "BLOCKER", "FAILED"),
        )
    )

    print_report("runs/r1", report)

    told = capsys.readouterr().out
    places = [told.index(name) for name in ("drawdown", "trades", "leverage")]
    assert places == sorted(places)
    assert "failed  run_checks.drawdown (blocker): 0.75, passes at most 0.5" in told
    assert "    -> Lower it." in told
    assert "3 checks, not passed: 1 blocker, 1 warning" in told
