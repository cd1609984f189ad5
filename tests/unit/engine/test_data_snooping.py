"""Reality check, superior predictive ability and StepM, beside `arch` asked directly."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from arch.bootstrap import SPA, RealityCheck, StepM

from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.domain import errors
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.validation.data_snooping import long_run
from aurelius_engine.domain.validation.findings import Findings, Verdict
from tests.unit.engine.snooping import Floats, digest, noise, snooped

KINDS = ("lower", "consistent", "upper")


def draws() -> np.random.Generator:
    """What a study with the seed 7 draws."""
    return stream(7, "data_snooping")


def values_of(found: Findings) -> dict[str, Any]:
    return {statistic.id: statistic.outcome for statistic in found.statistics}


def column(found: Findings, table: str, name: str) -> Any:
    return next(c for c in found.all_tables()[table] if c.name == name)


def mixed() -> Floats:
    """Nine variants of which two earn something, one of them at four times the risk."""
    returns = noise(9, 600, 11)
    returns[3] += 0.0018
    returns[6] = 4.0 * (returns[6] + 0.0014)
    return returns


def studentised(gains: Floats, block: float) -> Floats:
    return gains / np.array([long_run(row, block)[1] for row in gains])[:, None]


def test_the_numbers_are_those_of_arch_to_the_digit() -> None:
    returns = mixed()
    found = values_of(snooped(returns))

    equity = 1000.0 * np.cumprod(1.0 + np.pad(returns, ((0, 0), (1, 0))), axis=1)
    gains = np.diff(equity) / equity[:, :-1]
    # A loss is a return with its sign changed; cash loses nothing.
    nothing, losses = np.zeros(600), -gains.T
    check = RealityCheck(nothing, losses, block_size=6, reps=400, seed=draws())
    check.compute()
    scaled = -studentised(gains, 6.0).T
    tests = SPA(nothing, scaled, block_size=6, reps=400, seed=draws())
    tests.compute()
    steps = StepM(nothing, scaled, size=0.05, block_size=6, reps=400, seed=draws())
    steps.compute()
    assert found["reality_check_p_value"] == check.pvalues["upper"]
    for kind, suffix in zip(KINDS, ("_lower", "", "_upper"), strict=True):
        assert found[f"superior_predictive_ability{suffix}_p_value"] == tests.pvalues[kind]
    superior = column(snooped(returns), "variants", "superior").data
    assert np.flatnonzero(superior).tolist() == steps.superior_models == [3, 6]


def test_deviations_are_those_by_which_arch_tells_poor_variants() -> None:
    gains = noise(3, 500, 5)
    theirs: Any = SPA(np.zeros(500), -gains.T, block_size=7, reps=100, seed=1)
    theirs._compute_variance()

    ours = [long_run(row, 7.0)[1] for row in gains]
    assert ours == pytest.approx(np.sqrt(theirs._loss_diff_var), rel=1e-12)


def test_a_loud_variant_without_skill_does_not_hide_a_quiet_one_with_it() -> None:
    returns = noise(6, 600, 21)
    returns[2] = 0.1 * returns[2] + 0.0004
    returns[4] *= 5.0
    found = values_of(snooped(returns))

    assert found["superior_predictive_ability_p_value"] < 0.01
    assert found["reality_check_p_value"] > 0.05


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_many_without_skill_is_not_superior(seed: int) -> None:
    found = snooped(noise(40, 500, 100 + seed), seed=seed)

    values = values_of(found)
    assert values["best_mean_gain_ratio"] > 0.0
    assert values["superior_variant_count"] == 0.0
    assert not found.passed
    assert {c.id: c.verdict for c in found.checks}["data_snooping.reality_check"] is Verdict.FAILED


def test_a_variant_with_skill_among_many_without_is_found_and_named() -> None:
    returns = noise(40, 500, 100)
    returns[17] += 0.003
    found = snooped(returns)

    assert found.passed
    assert np.flatnonzero(column(found, "variants", "superior").data).tolist() == [17]
    assert column(found, "variants", "parameters").texts()[17] == "[17]"


def test_a_p_value_is_its_count_over_the_resamples() -> None:
    found = snooped(noise(8, 300, 4), resampleCount=700)
    values = values_of(found)

    for test, count, whole, p in zip(
        column(found, "tests", "test").texts(),
        column(found, "tests", "exceedance_count").data.tolist(),
        column(found, "tests", "resample_count").data.tolist(),
        column(found, "tests", "p_value").data.tolist(),
        strict=True,
    ):
        assert whole == 700
        assert p == count / 700 == values[f"{test}_p_value"]
        assert values[f"{test}_exceedance_count"] == count
    kinds = [values[f"superior_predictive_ability{s}_exceedance_count"] for s in ("_lower", "")]
    assert kinds == sorted(kinds)
    assert kinds[1] <= values["superior_predictive_ability_upper_exceedance_count"]


def test_the_count_is_of_resampled_means_above_the_one_observed() -> None:
    """White's count written plainly over the same draws."""
    gains = noise(4, 300, 8).T + 0.0004
    found = ArchSuperiority().exceedances(
        gains, mean_block_bars=5, resamples=250, seed=3, size=0.05, before=lambda done: None
    )

    random, count = stream(3, "data_snooping"), 0
    means = gains.mean(axis=0)
    for _ in range(250):
        starts, uniforms = random.integers(300, size=300), random.random(300)
        place, places = int(starts[0]), []
        for bar in range(300):
            if bar:
                ends = uniforms[bar] <= 1 / 5
                place = int(starts[bar]) if ends else (place + 1) % 300
            places.append(place)
        count += (gains[places].mean(axis=0) - means).max() > means.max()
    assert 0 < found.upper == count < 250


def test_every_variant_can_be_superior_in_more_than_one_step() -> None:
    gains = noise(3, 500, 1).T + np.array([0.010, 0.0025, 0.0012])
    steps = [
        ArchSuperiority().exceedances(
            part, mean_block_bars=5, resamples=300, seed=3, size=0.05, before=lambda done: None
        )
        for part in (gains, gains[:, :2], gains[:, 2:])
    ]

    assert steps[0].superior == (0, 1, 2)
    assert steps[1].superior == (0, 1)
    assert steps[2].superior == (0,)


def test_what_buying_and_holding_earns_is_taken_off() -> None:
    closes = 100.0 * np.cumprod(1.0 + noise(1, 400, 9)[0] + 0.001)
    held = np.concatenate(([0.0], np.diff(closes) / closes[:-1]))
    returns = np.stack([held + extra for extra in noise(3, 400, 10)])
    found = snooped(returns, closes=closes, benchmark="BENCHMARK_BUY_AND_HOLD")

    wanted = (returns - held).mean(axis=1)
    assert column(found, "variants", "mean_gain_ratio").data == pytest.approx(wanted, abs=1e-15)


def test_variants_that_are_the_benchmark_are_told_and_not_tested() -> None:
    returns = noise(4, 300, 2)
    returns[1] = 0.0
    found = snooped(returns)
    values = values_of(found)

    assert (values["variant_count"], values["idle_variant_count"]) == (3.0, 1.0)
    assert np.isnan(column(found, "variants", "studentised_gain").data).tolist() == [
        False,
        True,
        False,
        False,
    ]
    with pytest.raises(errors.VariantsTooFew) as refused:
        snooped(returns[:2])
    assert refused.value.facts["found"] == 1


@pytest.mark.parametrize(
    ("refusal", "terms"),
    [
        (errors.DataInsufficient, {"minBarCount": 301}),
        (errors.StudyContradiction, {"resampleCount": 100, "maxPValue": 0.009}),
        (errors.StudyContradiction, {"meanBlockBars": 400}),
        (errors.StudyTooLarge, {"resampleCount": 5_000_000}),
        (
            errors.StudyContradiction,
            {
                "space": {
                    "objective": {
                        "metricId": "sharpe_ratio",
                        "direction": "DIRECTION_MAXIMIZE",
                        "metricConstraints": [],
                    }
                }
            },
        ),
    ],
    ids=["bars", "resamples", "blocks", "size", "objective"],
)
def test_what_cannot_be_tested_is_refused(refusal: Any, terms: dict[str, Any]) -> None:
    with pytest.raises(refusal) as told:
        snooped(noise(4, 300, 2), **terms)

    assert {"found", "allowed"} <= told.value.facts.keys()


def test_another_process_finds_the_same_bytes() -> None:
    there = subprocess.run(
        [sys.executable, "-m", "tests.unit.engine.snooping", "5"],
        env={**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Manila", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert there.stdout.strip() == digest(5)
    assert digest(5) != digest(6)
