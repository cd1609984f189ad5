"""The gate calibration: markets without skill, strategies of every kind, and its numbers."""

import json
from dataclasses import replace
from datetime import date

import calibration
import numpy as np
import pytest
from calibration_markets import bundled_days, drawn, drawn_with_memory, market
from calibration_report import markdown, rate
from calibration_strategies import TEMPLATES, formula, kinds

from aurelius_engine.domain.formula.formulas import resolved, tree_of
from aurelius_engine.domain.formula.registry import OPERATORS
from aurelius_engine.domain.formula.tree import Call, nodes
from aurelius_engine.domain.streams import stream
from aurelius_governance.domain.trials import LEAST_DEFLATED_SHARPE

TODAY = date(2026, 11, 25)
SIZES = calibration.Sizes(
    alone=16,
    whole=1,
    searched=1,
    alone_with_memory=2,
    alone_cheap=2,
    planted=3,
    planted_searched=1,
    strengths=(3.0,),
)


def test_a_study_is_its_seed_and_tells_noise_from_skill() -> None:
    first = calibration.study(SIZES, 5, calibration.here, TODAY)
    with calibration.processes(2) as run:
        again = calibration.study(SIZES, 5, run, TODAY)
    few = replace(SIZES, alone=3, alone_with_memory=1, alone_cheap=1, planted=1)
    other = calibration.study(few, 6, calibration.here, TODAY)

    assert json.dumps(first) == json.dumps(again)
    assert first["skillLess"]["alone"]["sharpe"] != other["skillLess"]["alone"]["sharpe"]
    assert first["skillLess"]["alone"]["promoted"]["count"] == 0
    assert first["skillLess"]["searched"]["promoted"]["count"] == 0
    known = first["planted"]["alone"]["3.0"]
    assert known["promoted"]["count"] == known["promoted"]["of"] == 3
    assert known["grossSharpe"]["mean"] == pytest.approx(3.0, abs=0.6)
    for arm in first["skillLess"].values():
        assert sum(arm["attrition"].values()) + arm["promoted"]["count"] == arm["promoted"]["of"]
    assert f"| 3.0 | {known['grossSharpe']['mean']:.2f} |" in markdown(first)


def test_the_published_page_is_what_its_numbers_say_and_keeps_the_bar() -> None:
    document = json.loads((calibration.REPORTS / "gate_calibration.json").read_text())

    assert (calibration.REPORTS / "gate_calibration.md").read_text() == markdown(document)
    assert document["leastDeflatedSharpe"] == LEAST_DEFLATED_SHARPE
    for arm, least in (("alone", 5000), ("searched", 500)):
        promoted = document["skillLess"][arm]["promoted"]
        assert promoted["of"] >= least
        assert promoted["upper"] < 0.01


def test_intervals_are_those_of_clopper_and_pearson() -> None:
    # No event in n: the upper end solves (1 - p)^n = 0.025.
    assert rate(0, 5000)["upper"] == pytest.approx(1.0 - 0.025 ** (1.0 / 5000.0), abs=1e-6)
    assert (rate(10, 100)["lower"], rate(10, 100)["upper"]) == (0.049005, 0.176223)
    assert (rate(7, 7)["lower"], rate(7, 7)["upper"]) == (0.590384, 1.0)


def test_prices_of_a_market_are_expected_to_stay_where_they_are() -> None:
    for days in bundled_days():
        moves, held = [], []
        for number in range(60):
            found = drawn(days, stream(1, f"test/{number}"))
            returns = (found.gap * found.body).mean(axis=1) - 1.0
            moves.append(returns)
            # What is earned by following the last five days into the next.
            past = np.convolve(returns, np.ones(5), mode="valid")[:-1]
            held.append(np.sign(past) * returns[5:])

        for sample in (np.concatenate(moves), np.concatenate(held)):
            error = float(sample.std()) / np.sqrt(sample.size)
            assert abs(float(sample.mean())) < 3.0 * error


def test_a_symbol_has_no_drift_where_days_keep_their_memory() -> None:
    days = bundled_days()[0]
    returns = np.concatenate(
        [drawn_with_memory(days, stream(2, f"test/{k}")).body - 1.0 for k in range(60)]
    )

    error = returns.std(axis=0) / np.sqrt(len(returns))
    assert (np.abs(returns.mean(axis=0)) < 4.0 * error).all()


def test_days_come_in_blocks_for_all_symbols_at_once() -> None:
    days = bundled_days()[0]
    found = drawn(days, stream(3, "test"))
    volumes = {tuple(row): place for place, row in enumerate(days.volume.tolist())}
    places = np.array([volumes[tuple(row)] for row in found.volume.tolist()])

    follows = (np.diff(places) % len(places)) == 1
    assert 15.0 < 1.0 / (1.0 - float(follows.mean())) < 27.0


def test_a_market_is_planted_by_its_own_past() -> None:
    days = drawn(bundled_days()[1], stream(4, "test"))
    plain, planted = market(days), market(days, np.full(len(days.symbols), 0.001))

    assert plain.symbols == planted.symbols
    closes = planted.close.reshape(-1, len(days.symbols))
    body = closes[100] / planted.open.reshape(closes.shape)[100]
    side = np.sign(closes[99] - closes[99 - 60])
    assert np.allclose(body / days.body[100], 1.0 + 0.001 * side, rtol=1e-12)


def test_random_formulas_are_accepted_and_use_every_operator() -> None:
    used = set()
    for number in range(1500):
        document = {"expression": formula(stream(number, "test"))}
        tree = tree_of(resolved(document))
        used |= {node.operator for node in nodes(tree) if isinstance(node, Call)}

    assert used == {operator.name for operator in OPERATORS}


def test_half_of_the_strategies_are_formulas_and_every_template_occurs() -> None:
    draws = stream(7, "test")
    found = [kinds(draws) for _ in range(1000)]

    assert 450 < found.count("formula") < 550
    assert set(found) == {"formula", *TEMPLATES}
