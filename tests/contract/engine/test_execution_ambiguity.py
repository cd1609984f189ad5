"""The envelope of a run over the paths through its bars, over gRPC."""

from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, rows_of, statistics_of, validated

TIGHT = {"bracket": {"stopLossRatio": 0.01, "takeProfitRatio": 0.01}}


def test_the_envelope_holds_the_runs_that_it_names(goog_engine: Served) -> None:
    done = validated(goog_engine, "executionAmbiguity", {}, orders=TIGHT)
    found, paths = statistics_of(done), rows_of(goog_engine, done, "paths")
    (sharpe,) = (
        row for row in rows_of(goog_engine, done, "envelope") if row["metric_id"] == "sharpe_ratio"
    )

    assert found["ambiguous_bar_count"] > 0
    assert sharpe["lowest"] < sharpe["highest"]
    assert found["sharpe_ratio_lowest"] == sharpe["lowest"]
    assert len(paths) == 5
    for row in paths:
        run = goog_engine.sealed(orders=TIGHT, intrabarPath=row["intrabar_path"])
        metrics = {one.metric_id: one.value for one in run.result.metrics}
        assert run.name == f"runs/{row['run_id']}"
        assert metrics["sharpe_ratio"] == row["sharpe_ratio"]
        assert sharpe["lowest"] <= row["sharpe_ratio"] <= sharpe["highest"]
    judged = checks_of(done)["execution_ambiguity.lowest_sharpe_ratio"]
    assert (judged.value, judged.bound) == (sharpe["lowest"], 0.0)
    assert (judged.verdict == judged.VERDICT_PASSED) == (sharpe["lowest"] > 0.0)


def test_market_orders_alone_have_no_width(goog_engine: Served) -> None:
    done = validated(goog_engine, "executionAmbiguity", {"maxSharpeDistance": 0.0})

    rows = rows_of(goog_engine, done, "envelope")
    assert [row["metric_id"] for row in rows] == [
        "total_return_ratio",
        "sharpe_ratio",
        "max_drawdown_ratio",
    ]
    assert all(row["lowest"] == row["highest"] == row["reported"] for row in rows)
    assert statistics_of(done)["ambiguous_bar_count"] == 0
