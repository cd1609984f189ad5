"""The look-ahead proof over gRPC, on the bundled data."""

from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, rows_of, validated


def test_an_honest_run_orders_the_same_without_its_future(goog_engine: Served) -> None:
    done = validated(goog_engine, "lookAheadProof", {"sampleCount": 6})

    samples = rows_of(goog_engine, done, "samples")
    assert {row["mode"] for row in samples} == {"truncation", "poisoning"}
    assert len(samples) == 12
    assert all(row["expected_digest"] == row["found_digest"] for row in samples)
    assert len({row["expected_digest"] for row in samples}) == 6
    assert done.result.execution_count == 18  # the run, 12 without its future, 5 plans
    assert done.result.passed
    judged = checks_of(done)["look_ahead.equal"]
    assert (judged.value, judged.bound) == (0.0, 0.0)


def test_the_seed_chooses_the_times(goog_engine: Served) -> None:
    first, other = (
        {row["time"] for row in rows_of(goog_engine, done, "samples")}
        for done in (
            validated(goog_engine, "lookAheadProof", {"sampleCount": 6}, seed=seed)
            for seed in (1, 2)
        )
    )

    assert first != other
