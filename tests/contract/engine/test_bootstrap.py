"""The bootstrap of a run over gRPC: any metric that its equity alone has."""

import math

from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, ended, rows_of, statistics_of, validated

# Every metric of docs/specs/metrics.md that neither fills, trades nor a benchmark make.
OF_EQUITY = [
    "final_equity",
    "total_return_ratio",
    "annual_return_ratio",
    "mean_return_ratio",
    "best_bar_ratio",
    "worst_bar_ratio",
    "positive_bar_ratio",
    "best_month_ratio",
    "worst_month_ratio",
    "positive_month_ratio",
    "annual_volatility_ratio",
    "downside_deviation_ratio",
    "max_drawdown_ratio",
    "final_drawdown_ratio",
    "average_drawdown_ratio",
    "drawdown_count",
    "longest_drawdown_bars",
    "drawdown_recovery_bars",
    "underwater_ratio",
    "pain_index_ratio",
    "ulcer_index_ratio",
    "value_at_risk_95_ratio",
    "value_at_risk_99_ratio",
    "conditional_value_at_risk_95_ratio",
    "conditional_value_at_risk_99_ratio",
    "cornish_fisher_value_at_risk_95_ratio",
    "cornish_fisher_value_at_risk_99_ratio",
    "skewness",
    "excess_kurtosis",
    "tail_ratio",
    "sharpe_ratio",
    "sharpe_standard_error_ratio",
    "probabilistic_sharpe_2012_ratio",
    "probabilistic_sharpe_2025_ratio",
    "sortino_ratio",
    "calmar_ratio",
    "martin_ratio",
    "recovery_factor_ratio",
    "omega_ratio",
    "gain_to_pain_ratio",
]
QUICK = {"resampleCount": 100, "meanBlockBars": 20}
OTHERS = ("trade_count", "beta", "exposure_ratio", "commission_total", "unheard_of")


def test_every_metric_of_the_equity_has_an_interval_and_its_own_value(
    goog_engine: Served,
) -> None:
    run = goog_engine.sealed()
    parts = [OF_EQUITY[:20], OF_EQUITY[20:]]  # a study takes 32
    for names in parts:
        done = validated(goog_engine, "bootstrap", QUICK | {"metricIds": names})
        found = statistics_of(done)
        own = {m.metric_id: m for m in run.result.metrics}
        rows = rows_of(goog_engine, done, "samples")
        assert list(rows[0]) == list(dict.fromkeys([*names, "sharpe_ratio"]))
        for name in names:
            values = [row[name] for row in rows]
            lost = sum(math.isnan(value) for value in values)
            assert found[f"{name}_undefined_count"] == lost
            assert found[f"{name}_not_positive_count"] == sum(not value > 0.0 for value in values)
            if own[name].WhichOneof("outcome") == "value":
                assert found[f"{name}_observed"] == own[name].value
            else:
                assert found[f"{name}_observed"] == own[name].undefined_reason
            if lost:
                assert str(found[f"{name}_lower"]).startswith("UNDEFINED_")
            else:
                ordered = sorted(values)  # 2.5 % of 100 from either end
                assert found[f"{name}_lower"] == ordered[2]
                assert found[f"{name}_upper"] == ordered[97]
        units = {m.metric_id: m.unit for m in done.result.statistics}
        assert all(units[f"{name}_lower"] == own[name].unit for name in names)


def test_the_three_of_before_have_the_draws_of_any_list(goog_engine: Served) -> None:
    usual = validated(goog_engine, "bootstrap", QUICK)
    chosen = validated(goog_engine, "bootstrap", QUICK | {"metricIds": ["omega_ratio"]})

    sharpes = [
        [r["sharpe_ratio"] for r in rows_of(goog_engine, d, "samples")] for d in (usual, chosen)
    ]
    assert sharpes[0] == sharpes[1]
    assert list(rows_of(goog_engine, usual, "samples")[0]) == [
        "total_return_ratio",
        "sharpe_ratio",
        "max_drawdown_ratio",
    ]
    bounds = [checks_of(done)["bootstrap.sharpe_bound"].value for done in (usual, chosen)]
    assert bounds[0] == bounds[1]


def test_a_metric_of_fills_trades_or_a_benchmark_is_refused_by_name(goog_engine: Served) -> None:
    for name in OTHERS:
        failed = ended(goog_engine, "bootstrap", QUICK | {"metricIds": ["sharpe_ratio", name]})

        assert failed.failure.reason.removeprefix("ERROR_REASON_") == "STUDY_CONTRADICTION"
        assert failed.failure.message.startswith(name)


def test_blocks_that_leave_the_returns_as_they_are_are_refused(goog_engine: Served) -> None:
    failed = ended(goog_engine, "bootstrap", {"resampleCount": 100, "meanBlockBars": 100_000})

    assert failed.failure.reason == "ERROR_REASON_STUDY_CONTRADICTION"
    assert "blocks that long leave the returns as they are" in failed.failure.message
    assert not failed.HasField("result")
