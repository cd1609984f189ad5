"""How two runs are compared for people."""

import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_service_pb2
from aurelius_client.cli.differences import print_comparison

LONGEST = "cornish_fisher_value_at_risk_95_ratio"


def test_both_sides_fit_into_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    document = {
        "metricChanges": [
            {
                "path": "best_bar_ratio",
                "left": "0.19991546914623826",
                "right": "0.19991546914623828",
            },
            {"path": LONGEST, "left": "-0.0090449143123456789", "right": "-0.0066840315123456789"},
            {"path": "calmar_ratio", "left": "1.5", "right": "NO_DRAWDOWN"},
        ]
    }
    compared = json_format.ParseDict(document, backtest_service_pb2.CompareBacktestsResponse())

    print_comparison("runs/a", "runs/b", compared)

    lines = [line.strip().split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert ["metric", "left", "right"] in lines
    assert ["best_bar_ratio", "0.19991547", "0.19991547, last bits"] in lines
    assert [LONGEST, "-0.0090449143", "-0.0066840315"] in lines
    assert ["calmar_ratio", "1.5", "NO_DRAWDOWN"] in lines
