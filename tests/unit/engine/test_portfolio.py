"""Sizing and rebalancing by example, and what is refused."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain import errors
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.portfolio import decisions, refuse_contradictions, sizing
from tests.property.engine.portfolio_reference import DAY, spec_of

NAN = np.nan
MONDAY = 18_267 * DAY  # 2020-01-06


def panel_of(close: list[list[float]], *, every: int = DAY, **actions: Any) -> Panel:
    matrix = np.array(close)
    return Panel(
        times=MONDAY + np.arange(len(close), dtype=np.int64) * every,
        symbols=tuple(f"S{place}" for place in range(matrix.shape[1])),
        open=matrix,
        high=matrix,
        low=matrix,
        close=matrix,
        volume=matrix,
        dividend=actions.get("dividend"),
        split_ratio=actions.get("split_ratio"),
    )


def decided(
    spec: Any, signals: list[list[float]], panel: Panel | None = None
) -> list[tuple[int, int, float]]:
    if panel is None:
        panel = panel_of([[10.0 if x == x else NAN for x in row] for row in signals])
    found = decisions(spec, panel, np.array(signals), 252.0)
    rows = zip(found.step.tolist(), found.symbol.tolist(), found.target.tolist(), strict=True)
    return list(rows)


def test_a_decision_is_made_where_the_side_changes_and_nowhere_else() -> None:
    signals = [[NAN], [0.0], [2.0], [0.5], [-1.0], [-3.0], [1.0]]
    panel = panel_of([[10.0]] * 7)

    flat = decided(spec_of("equityFraction", ratio=0.5), signals, panel)
    short = decided(spec_of("equityFraction", ratio=0.5, long_short=True), signals, panel)

    assert flat == [(2, 0, 0.5), (4, 0, 0.0), (6, 0, 0.5)]
    assert short == [(2, 0, 0.5), (4, 0, -0.5), (6, 0, 0.5)]


def test_a_bar_without_a_signal_is_out_and_a_time_without_a_bar_decides_nothing() -> None:
    panel = panel_of([[10.0], [NAN], [10.0], [10.0]])

    rows = decided(spec_of("fixedUnits", units=3.0), [[1.0], [NAN], [NAN], [1.0]], panel)

    assert rows == [(0, 0, 3.0), (2, 0, 0.0), (3, 0, 3.0)]


def test_an_equal_share_counts_the_symbols_of_the_run_or_those_with_a_side() -> None:
    signals = [[1.0, 0.0, 1.0, 0.0]]

    fraction = decided(spec_of("equityFraction", ratio=1.0), signals)
    equal = decided(spec_of("equalWeight", grossRatio=1.0), signals)

    assert fraction == [(0, 0, 0.25), (0, 2, 0.25)]
    assert equal == [(0, 0, 0.5), (0, 2, 0.5)]


def test_every_share_is_decided_again_when_one_symbol_comes_or_goes() -> None:
    signals = [[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]

    rows = decided(spec_of("equalWeight", grossRatio=1.0), signals)

    assert rows == [(0, 0, 1.0), (2, 0, 0.5), (2, 1, 0.5), (3, 0, 0.0), (3, 1, 1.0)]


def test_a_silent_symbol_keeps_its_share_for_fourteen_days_and_no_longer() -> None:
    close = [[10.0, 10.0, 10.0]] + [[10.0, NAN, 10.0]] * 16
    on = [[1.0, 1.0, 0.0]]
    silent = [[1.0, NAN, 0.0]] * 13
    spec = spec_of("equalWeight", grossRatio=1.0)

    within = decided(spec, [*on, *silent, [1.0, NAN, 1.0]], panel_of(close[:15]))
    after = decided(spec, [*on, *silent, [1.0, NAN, 0.0], [1.0, NAN, 1.0]], panel_of(close[:16]))

    third = pytest.approx(1 / 3)
    assert within == [(0, 0, 0.5), (0, 1, 0.5), (14, 0, third), (14, 2, third)]
    assert after == [(0, 0, 0.5), (0, 1, 0.5), (15, 0, 0.5), (15, 2, 0.5)]


def test_inverse_volatility_gives_the_calmer_symbol_the_larger_share() -> None:
    close = [[100.0, 100.0], [101.0, 103.0], [100.0, 100.0], [101.0, 103.0]]
    quiet = (1 / 100 + 1 / 101) / 2  # half the spread of the returns
    wild = (3 / 100 + 3 / 103) / 2
    spec = spec_of("inverseVolatility", lookbackBars=2, grossRatio=1.0)

    rows = decided(spec, [[1.0, 1.0]] * 4, panel_of(close))

    share = (1 / quiet) / (1 / quiet + 1 / wild)
    assert rows == [(2, 0, pytest.approx(share)), (2, 1, pytest.approx(1 - share))]


def test_a_volatility_target_divides_by_annual_volatility_up_to_its_cap() -> None:
    close = [[100.0], [102.0], [100.0]]
    deviation = (2 / 100 + 2 / 102) / 2**0.5
    fields = {"lookbackBars": 2, "maxRatio": 0.75}

    part = decided(
        spec_of("volatilityTarget", annualVolatilityRatio=0.1, **fields),
        [[1.0]] * 3,
        panel_of(close),
    )
    capped = decided(
        spec_of("volatilityTarget", annualVolatilityRatio=0.4, **fields),
        [[1.0]] * 3,
        panel_of(close),
    )

    assert part == [(2, 0, pytest.approx(0.1 / (deviation * 252**0.5)))]
    assert capped == [(2, 0, 0.75)]


def test_kelly_is_mean_over_variance_on_the_side_of_the_signal() -> None:
    close = [[100.0], [103.0], [102.0], [105.0]]
    returns = [0.03, 102 / 103 - 1, 105 / 102 - 1]
    mean = sum(returns) / 3
    variance = sum((x - mean) ** 2 for x in returns) / 2
    fields = {"fraction": 0.01, "lookbackBars": 3, "maxRatio": 5.0}
    spec = spec_of("kellyFraction", schedule="EVERY_BARS", long_short=True, **fields)

    long = decided(spec, [[1.0]] * 4, panel_of(close))
    short = decided(spec, [[-1.0]] * 4, panel_of(close))

    assert long == [(3, 0, pytest.approx(0.01 * mean / variance))]
    assert short == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("inverseVolatility", {"grossRatio": 1.0}),
        ("volatilityTarget", {"annualVolatilityRatio": 0.1, "maxRatio": 1.0}),
        ("kellyFraction", {"fraction": 0.5, "maxRatio": 1.0}),
    ],
)
def test_a_price_that_stands_still_or_grows_evenly_gets_no_size(
    name: str, fields: dict[str, float]
) -> None:
    growing = [[10.0, 10.0 * 1.001**step] for step in range(12)]
    spec = spec_of(name, schedule="EVERY_BARS", lookbackBars=5, **fields)

    assert decided(spec, [[1.0, 1.0]] * 12, panel_of(growing)) == []


def test_returns_across_a_split_and_a_dividend_are_those_of_the_holder() -> None:
    raw = [[100.0], [102.0], [50.0], [51.0], [50.0]]
    whole = [[100.0], [102.0], [101.0], [103.02], [102.01]]
    dividend = np.array([[0.0], [0.0], [0.5], [0.0], [0.5]])
    split_ratio = np.array([[1.0], [1.0], [2.0], [1.0], [1.0]])
    fields = {"annualVolatilityRatio": 0.01, "lookbackBars": 4, "maxRatio": 9.0}
    applied = spec_of("volatilityTarget", actions_applied=True, **fields)
    ignored = spec_of("volatilityTarget", **fields)
    panel = panel_of(raw, dividend=dividend, split_ratio=split_ratio)

    ((_, _, held),) = decided(applied, [[1.0]] * 5, panel)
    ((_, _, taken),) = decided(ignored, [[1.0]] * 5, panel)

    # 102 to (50 + 0.5) * 2 = 101; 51 to 50 + 0.5 is the fall from 102 to 101 again.
    ((_, _, want),) = decided(ignored, [[1.0]] * 5, panel_of(whole))
    assert held == pytest.approx(want)
    assert taken < 0.1 * held


def test_ranks_hold_the_highest_and_short_the_lowest_of_the_others() -> None:
    spec = spec_of("rank", long_short=True, topCount=2, bottomCount=1, grossRatio=0.9)

    rows = decided(spec, [[3.0, -2.0, 5.0, 3.0, -9.0, NAN]])

    assert rows == [(0, 0, 0.3), (0, 2, 0.3), (0, 4, -0.3)]


def test_equal_scores_go_to_the_symbol_that_comes_first() -> None:
    spec = spec_of("rank", long_short=True, topCount=2, bottomCount=1, grossRatio=1.5)

    assert decided(spec, [[1.0] * 4]) == [(0, 0, 0.5), (0, 1, 0.5), (0, 2, -0.5)]


def test_a_rank_decides_on_change_only_for_who_enters_or_leaves() -> None:
    spec = spec_of("rank", topCount=2, bottomCount=0, grossRatio=1.0)

    rows = decided(spec, [[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [2.0, 1.0, 3.0]])

    assert rows == [(0, 0, 0.5), (0, 1, 0.5), (2, 1, 0.0), (2, 2, 0.5)]


def test_a_falling_market_is_held_by_rank_although_it_is_long_only() -> None:
    spec = spec_of("rank", topCount=1, bottomCount=0, grossRatio=1.0)

    assert decided(spec, [[-3.0, -1.0]]) == [(0, 1, 1.0)]


def test_weights_are_signals_after_their_normalisation() -> None:
    signals = [[0.25, 0.75, np.inf, NAN, 1.0]]
    panel = panel_of([[10.0] * 5])

    def rows(kind: str) -> dict[int, float]:
        spec = spec_of(
            "signalWeights", long_short=True, normalisation=f"NORMALISATION_{kind}", grossRatio=1.0
        )
        return {place: target for _, place, target in decided(spec, signals, panel)}

    assert rows("NONE") == {0: 0.25, 1: 0.75, 4: 1.0}
    assert rows("GROSS") == pytest.approx({0: 0.125, 1: 0.375, 4: 0.5})
    away = 0.25 + 2 * 0.75 + 3 * 1.0  # as twelfths from the mean, 2/3: -5, 1, 4
    assert away == 4.75
    assert rows("DOLLAR_NEUTRAL") == pytest.approx({0: -0.5, 1: 0.1, 4: 0.4})


def test_equal_signals_are_neutral_and_not_the_rounding_of_their_mean() -> None:
    spec = spec_of(
        "signalWeights",
        long_short=True,
        normalisation="NORMALISATION_DOLLAR_NEUTRAL",
        grossRatio=1.0,
    )

    assert decided(spec, [[0.1] * 6]) == []
    for size in range(1, 40):  # some of these have a mean beside the one in the middle
        rows = decided(spec, [[0.1 * size, 0.2 * size, 0.3 * size]])
        assert [place for _, place, _ in rows] == [0, 2], size


def test_a_schedule_starts_at_the_first_signal_and_tells_zeros_again() -> None:
    spec = spec_of("equityFraction", schedule="EVERY_BARS", interval=2, ratio=1.0)
    signals = [[NAN, NAN], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]

    rows = decided(spec, signals, panel_of([[10.0, 10.0]] * 6))

    assert rows == [(1, 0, 0.5), (3, 0, 0.0), (5, 0, 0.0), (5, 1, 0.5)]


def test_weeks_start_on_monday_and_months_on_the_first_in_utc() -> None:
    signals, panel = [[1.0]] * 60, panel_of([[10.0]] * 60)

    def steps(schedule: str) -> list[int]:
        spec = spec_of("equityFraction", schedule=schedule, ratio=1.0)
        return [step for step, _, _ in decided(spec, signals, panel)]

    assert steps("WEEKLY") == [0, 7, 14, 21, 28, 35, 42, 49, 56]
    assert steps("MONTHLY") == [0, 26, 55]  # 2020-02-01 and 2020-03-01


def test_a_month_begins_at_its_first_bar_and_february_may_have_a_leap_day() -> None:
    days = ["1999-12-30", "2000-01-03", "2000-02-28", "2000-02-29", "2000-03-01", "2100-02-28"]
    times = np.array(days, dtype="datetime64[ns]").astype(np.int64)
    panel = Panel(
        times=times,
        symbols=("A",),
        **dict.fromkeys(("open", "high", "low", "close", "volume"), np.full((6, 1), 10.0)),
        dividend=None,
        split_ratio=None,
    )

    rows = decided(spec_of("equityFraction", schedule="MONTHLY", ratio=1.0), [[1.0]] * 6, panel)

    assert [step for step, _, _ in rows] == [0, 1, 2, 4, 5]


def test_targets_in_units_say_so() -> None:
    panel, signals = panel_of([[10.0]]), np.array([[-1.0]])

    units = decisions(spec_of("fixedUnits", units=4.0, long_short=True), panel, signals, 252.0)
    weights = decisions(spec_of("equalWeight", grossRatio=1.0), panel, signals, 252.0)

    assert (units.in_units, units.target.tolist()) == (True, [-4.0])
    assert (weights.in_units, weights.target.tolist()) == (False, [])


@pytest.mark.parametrize(
    ("name", "fields", "found"),
    [
        ("rank", {"topCount": 1, "bottomCount": 2, "grossRatio": 1.0}, 2),
        (
            "signalWeights",
            {"normalisation": "NORMALISATION_DOLLAR_NEUTRAL", "grossRatio": 1.0},
            "NORMALISATION_DOLLAR_NEUTRAL",
        ),
    ],
)
def test_a_sizing_that_sells_short_is_refused_where_nobody_may(
    name: str, fields: dict[str, Any], found: object
) -> None:
    refuse_contradictions(spec_of(name, long_short=True, **fields))

    with pytest.raises(errors.SpecContradiction) as refused:
        decisions(spec_of(name, **fields), panel_of([[10.0]]), np.array([[1.0]]), 252.0)

    assert refused.value.facts["found"] == found
    assert "DIRECTION_LONG_SHORT" in str(refused.value.facts["allowed"])


def test_long_look_backs_ask_between_blocks_whether_to_stop_and_blocks_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    close = 100.0 + np.sin(np.arange(200.0)).reshape(100, 2)
    signals = np.where(np.arange(200).reshape(100, 2) % 7 < 4, 1.0, -1.0)
    spec = spec_of("inverseVolatility", lookbackBars=9, grossRatio=1.0)
    panel = panel_of(close.tolist())
    whole = decisions(spec, panel, signals, 252.0)
    monkeypatch.setattr(sizing, "_BLOCK_VALUES", 2 * 10 * 7)  # 7 steps of two symbols
    asked: list[None] = []

    def third_time() -> bool:
        asked.append(None)
        return len(asked) == 3

    parts = decisions(spec, panel, signals, 252.0)
    with pytest.raises(errors.RunCancelled):
        decisions(spec, panel, signals, 252.0, third_time)

    assert len(asked) == 3
    assert parts.step.tolist() == whole.step.tolist()
    assert parts.symbol.tolist() == whole.symbol.tolist()
    assert parts.target.tobytes() == whole.target.tobytes()
    assert whole.step.size > 50
