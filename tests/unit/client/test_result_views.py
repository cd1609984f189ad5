"""What a person sees of a result covers what an engine can answer."""

import io
from typing import Any

import pytest
from rich.console import Console

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2
from aurelius_client.cli import views
from aurelius_client.cli.metric_groups import GROUPS, grouped, money
from aurelius_engine.domain.metrics.registry import REGISTRY
from aurelius_governance.domain.stated_result import labels_of


def metric(metric_id: str, value: float | None = None, unit: str = "ratio") -> Any:
    if value is None:
        return backtest_pb2.MetricValue(metric_id=metric_id, undefined_reason="UNDEFINED_NO_RISK")
    return backtest_pb2.MetricValue(metric_id=metric_id, unit=unit, value=value)


def printed(monkeypatch: pytest.MonkeyPatch, result: Any, spec: Any, every: bool) -> str:
    out = io.StringIO()
    monkeypatch.setattr(views, "Console", lambda **_: Console(file=out, width=80))
    views.print_result(result, spec, every)
    return out.getvalue()


def test_every_metric_of_the_registry_has_one_group() -> None:
    named = [metric_id for names in GROUPS.values() for metric_id in names]

    assert sorted(named) == sorted(metric.id for metric in REGISTRY)


def test_a_metric_that_no_group_names_is_shown_after_the_others() -> None:
    found = grouped([metric("of_a_newer_engine", 1.0), metric("beta", 1.0)])

    assert [title for title, _ in found] == ["against the benchmark", "other"]


def test_every_label_is_explained() -> None:
    assert set(views.LABELS) == set(labels_of_everything())


def labels_of_everything() -> list[str]:
    assumed = {
        "direction": "DIRECTION_LONG_SHORT",
        "fillRule": "FILL_RULE_SAME_CLOSE",
        "intrabarPath": "INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE",
        "limits": {"maxGrossRatio": 2},
        "riskFreeRatio": -0.01,
        "strategy": {"mlClassifier": {}, "orderList": {}},
    }
    return list(labels_of(assumed))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (-1.86e-9, "-1.86e-09"), (0.005, "0.01"), (-1234.5, "-1,234.50")],
)
def test_an_amount_is_no_zero_that_it_is_not(value: float, text: str) -> None:
    assert money(value) == text


def test_an_undefined_ratio_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    result = backtest_pb2.BacktestResult(metrics=[metric("sharpe_ratio")])
    spec = backtest_spec_pb2.BacktestSpec(strategy={"buy_and_hold": {}})

    summary = printed(monkeypatch, result, spec, False)
    every = printed(monkeypatch, result, spec, True)

    assert "Sharpe ratio             undefined  no risk\n" in summary
    assert "labels: none" in summary
    assert "UNDEFINED_NO_RISK" in every


def test_a_formula_with_brackets_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "close - 1 [bold]"
    spec = backtest_spec_pb2.BacktestSpec(strategy={"formula": {"text": text}})

    assert f"formula {text}\n" in printed(monkeypatch, backtest_pb2.BacktestResult(), spec, False)
