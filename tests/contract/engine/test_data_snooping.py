"""Data snooping over gRPC: formulas on a market with a plant, and on one without."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.contract.engine.serving import Served, serving
from tests.contract.engine.validating import checks_of, ended, rows_of, statistics_of, validated

KNOWS = "where(close > delay(close, 1), 1, -1)"
GUESSES = [f"where(ts_mean(close, {bars}) > close, 1, -1)" for bars in range(3, 13)]
BASE: dict[str, Any] = {
    "strategy": {"formula": {"text": KNOWS}},
    "direction": "DIRECTION_LONG_SHORT",
    "calendar": "XNYS",
    "initialCash": 1_000_000,
    "commission": {"valueRatio": 0.0},
}
TERMS: dict[str, Any] = {
    "space": {
        "parameters": [
            {
                "path": "strategy.formula",
                "valueList": {"values": [{"text": text} for text in [*GUESSES, KNOWS]]},
            }
        ],
        "grid": {},
        "objective": {"metricId": "mean_return_ratio", "direction": "DIRECTION_MAXIMIZE"},
    },
    "resampleCount": 200,
}
LARGE = {
    "parameters": [
        {"path": "initialCash", "floatRange": {"lower": 1000.0, "upper": 1100.0, "step": 1.0}}
    ],
    "grid": {},
    "objective": TERMS["space"]["objective"],
}


def prices(persistence: float, bars: int = 500) -> bytes:
    """Daily bars as CSV whose returns follow the last one in part; a bar opens at the close."""
    noise = np.random.Generator(np.random.Philox(12)).normal(0.0, 0.01, bars)
    days = np.arange("2015-01-01", "2018-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)][:bars]
    close, last, lines = 100.0, 0.0, ["time,symbol,open,high,low,close,volume"]
    for day, shock in zip(days, noise, strict=True):
        opened, last = close, persistence * last + shock
        close = float(opened * (1.0 + last))
        high, low = max(opened, close), min(opened, close)
        lines.append(f"{day}T21:00:00Z,X,{opened!r},{high!r},{low!r},{close!r},1000000")
    return "\n".join(lines).encode()


def test_skill_is_found_where_it_is_and_not_where_it_is_not(engine: Served) -> None:
    for name, persistence in (("persistent", 0.5), ("random", 0.0)):
        engine.register(prices(persistence), dataset_id=name)
    sure = validated(engine, "dataSnooping", TERMS, dataset="datasets/persistent", **BASE)
    lucky = validated(engine, "dataSnooping", TERMS, dataset="datasets/random", **BASE)

    assert sure.result.passed
    rows = rows_of(engine, sure, "variants")
    assert [KNOWS in row["parameters"] for row in rows if row["superior"]] == [True]
    assert not lucky.result.passed
    assert not any(row["superior"] for row in rows_of(engine, lucky, "variants"))
    for done in (sure, lucky):
        found = statistics_of(done)
        assert found["variant_count"] == done.result.execution_count == 11
        assert len(rows_of(engine, done, "tried")) == 11
        judged = checks_of(done)["data_snooping.superior_predictive_ability"]
        count = found["superior_predictive_ability_exceedance_count"]
        assert judged.value == count / 200
        assert f"In {count:.0f} of 200 resamples" in judged.detail
        sources = {row["source"] for row in rows_of(engine, done, "tests")}
        assert [source.split()[0] for source in sources] == ["arch"]


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        with serving(folder, sweep_workers=workers, run_workers=workers) as engine:
            engine.register(prices(0.2), dataset_id="some")
            done = validated(engine, "dataSnooping", TERMS, dataset="datasets/some", **BASE)
            found.append((done.name, done.result.result_digest))

    assert found[0] == found[1]


def test_what_cannot_be_tested_fails_and_says_why(engine: Served) -> None:
    engine.register(prices(0.0), dataset_id="random")
    one = {**TERMS["space"], "random": {"trialCount": 1}}
    del one["grid"]
    for terms, reason in (
        ({"minBarCount": 501}, "DATA_INSUFFICIENT"),
        ({"resampleCount": 100, "maxPValue": 0.001}, "STUDY_CONTRADICTION"),
        ({"resampleCount": 100_000, "space": LARGE}, "STUDY_TOO_LARGE"),
        ({"space": one}, "VARIANTS_TOO_FEW"),
    ):
        asked = TERMS | terms
        failed = ended(engine, "dataSnooping", asked, dataset="datasets/random", **BASE)
        assert failed.failure.reason.removeprefix("ERROR_REASON_") == reason
        assert failed.failure.message
