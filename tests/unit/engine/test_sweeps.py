"""How points are chosen and judged, without a server."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from aurelius_engine.adapters.samplers import sampler_of
from aurelius_engine.adapters.tpe_sampler import TpeSampler
from aurelius_engine.domain.errors import SweepParameterInvalid, SweepSpaceInvalid
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.objective import Bound, EarlyStop, Objective, Search
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.samplers import Draws, GridSampler, RandomSampler, Sampler
from aurelius_engine.domain.sweeps.space import (
    PARTS,
    Domain,
    FloatParts,
    FloatSteps,
    IntRange,
    Listed,
    Parameter,
    Relation,
    SearchSpace,
    Values,
)
from aurelius_engine.domain.sweeps.trend_pairs import TrendPairs
from aurelius_engine.domain.sweeps.trials import Trial, TrialState, trial_of, trials_table
from tests.unit.engine.test_sweeps_identity import resolved

UNIT = FloatParts(lower=0.0, upper=1.0, logarithmic=False)


def space_of(*domains: Domain, relations: tuple[Relation, ...] = ()) -> SearchSpace:
    parameters = tuple(Parameter(path=f"p{i}", domain=one) for i, one in enumerate(domains))
    return SearchSpace(parameters=parameters, relations=relations)


def plan_of(space: SearchSpace, method: str, limit: int | None) -> SweepPlan:
    return SweepPlan(
        base={},
        space=space,
        method=method,
        limit=limit,
        batch_size=2,
        startup_count=5,
        objective=Objective(metric_id="x", maximizes=False),
        early_stop=EarlyStop(),
        metric_ids=("x",),
    )


def drawn(space: SearchSpace, sampler: Sampler, limit: int | None) -> list[Values]:
    draws, found = Draws(space, sampler, limit=limit), list[Values]()
    while batch := draws.next():
        found += batch
        draws.tell([0.0] * len(batch))
    return found


@pytest.mark.parametrize(
    ("domain", "want"),
    [
        (IntRange(lower=-3, upper=4, step=3), [-3, 0, 3]),
        (IntRange(lower=5, upper=5, step=1), [5]),
        (FloatSteps(lower=0.1, upper=0.4, step=0.1), [0.1, 0.2, 0.30000000000000004, 0.4]),
        (FloatSteps(lower=0.0, upper=1.0, step=0.4), [0.0, 0.4, 0.8]),
        (Listed(values=("b", 2, True)), ["b", 2, True]),
    ],
)
def test_the_values_of_a_domain(domain: Domain, want: list[Any]) -> None:
    assert [domain.value(index) for index in range(domain.count)] == want


def test_a_logarithmic_range_begins_and_ends_where_it_says_and_is_even_in_ratios() -> None:
    domain = FloatParts(lower=1e-4, upper=1.0, logarithmic=True)

    ends = [domain.value(0), domain.value(PARTS)]
    quarters = [float(domain.value(PARTS * i // 4)) for i in range(5)]  # type: ignore[arg-type]

    assert ends == [1e-4, 1.0]
    assert quarters == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0], rel=1e-14)
    with pytest.raises(SweepParameterInvalid):
        FloatParts(lower=1e-310, upper=1.0, logarithmic=True)


def test_a_grid_refuses_what_it_cannot_go_through() -> None:
    with pytest.raises(SweepSpaceInvalid, match="cannot go through p0"):
        GridSampler(space_of(UNIT))
    with pytest.raises(SweepSpaceInvalid, match="100489 points"):
        GridSampler(space_of(*[IntRange(lower=1, upper=317, step=1)] * 2))


@pytest.mark.parametrize("method", ["random", "sobol", "bayesian"])
def test_a_seed_draws_the_same_points_again_and_another_seed_others(method: str) -> None:
    space = space_of(UNIT, IntRange(lower=0, upper=1000, step=1))
    plan = plan_of(space, method, 40)

    one, again, other = (drawn(space, sampler_of(plan, seed), 40) for seed in (7, 7, 8))

    assert len(one) == 40
    assert one == again
    assert one != other


def test_random_draws_do_not_change_with_further_trials_or_parameters() -> None:
    first, second = UNIT, IntRange(lower=0, upper=9, step=1)
    few = drawn(space_of(first), RandomSampler(space_of(first), seed=1), 20)
    wide = space_of(first, second)

    many = drawn(wide, RandomSampler(wide, seed=1), 3000)

    assert [values[:1] for values in many[:20]] == few
    assert len(set(many)) > 2900


def test_draws_that_break_a_relation_are_counted_and_end_at_last() -> None:
    below = Relation(left=0, comparison="LESS", right=1)
    space = space_of(*[IntRange(lower=0, upper=9, step=1)] * 2, relations=(below,))
    draws = Draws(space, RandomSampler(space, seed=1), limit=50)
    never = Relation(left=0, comparison="LESS", right=None, number=0.0)
    nothing = space_of(IntRange(lower=0, upper=9, step=1), relations=(never,))
    hopeless = Draws(nothing, RandomSampler(nothing, seed=1), limit=10)

    kept = draws.next()

    assert len(kept) == 50
    assert all(values[0] < values[1] for values in kept)  # type: ignore[operator]
    assert 20 < draws.excluded < 100
    assert draws.next() == []
    assert not draws.used_up
    assert hopeless.next() == []
    assert hopeless.used_up
    assert hopeless.excluded == 640


def test_the_estimator_finds_a_planted_optimum_where_chance_does_not() -> None:
    space = space_of(UNIT, UNIT, Listed(values=("a", "b", "c")))

    def loss(values: Sequence[Any]) -> float:
        away = (values[0] - 0.3) ** 2 + (values[1] - 0.8) ** 2
        return float(away + (0.0 if values[2] == "b" else 0.2))

    def best(sampler: Sampler) -> float:
        draws, found = Draws(space, sampler, limit=120), list[float]()
        while batch := draws.next():
            losses = [loss(values) for values in batch]
            draws.tell(losses)
            found += losses
        return min(found)

    chosen = [
        best(TpeSampler(space, seed=seed, batch_size=2, startup_count=10)) for seed in range(3)
    ]
    by_chance = [best(RandomSampler(space, seed=seed)) for seed in range(3)]
    assert max(chosen) < 0.01
    assert sum(chosen) < sum(by_chance)


@pytest.mark.parametrize("step", [1e-15, 1e-9, 1.0, 2.0])
def test_the_estimator_reaches_the_whole_of_a_range(step: float) -> None:
    space = space_of(FloatSteps(lower=0.0, upper=1.0, step=step))
    sampler = TpeSampler(space, seed=1, batch_size=8, startup_count=60)
    draws, found = Draws(space, sampler, limit=60), list[float]()
    while batch := draws.next():
        found += [float(str(value)) for (value,) in batch]
        draws.tell([0.0] * len(batch))

    assert min(found) < 0.1
    assert max(found) <= 1.0
    assert max(found) > 0.9 or step > 1.0


def test_what_is_told_as_no_use_is_not_chosen_again() -> None:
    space = space_of(Listed(values=tuple(range(4))))
    sampler = TpeSampler(space, seed=1, batch_size=1, startup_count=10)
    draws, found = Draws(space, sampler, limit=80), list[Any]()
    while batch := draws.next():
        found += batch
        draws.tell([0.0 if values == (2,) else float("inf") for values in batch])

    assert found[40:].count((2,)) > 25


def test_the_loss_of_a_trial_that_cannot_be_the_best_is_infinite() -> None:
    bound = Bound(metric_id="drawdown", comparison="LESS_OR_EQUAL", bound=0.2)
    objective = Objective(metric_id="sharpe", maximizes=True, bounds=(bound,))

    assert objective.loss({"sharpe": 1.5, "drawdown": 0.2}) == -1.5
    assert objective.loss({"sharpe": 1.5, "drawdown": 0.21}) == float("inf")
    assert objective.loss({"sharpe": 1.5, "drawdown": "UNDEFINED"}) == float("inf")
    assert objective.loss({"sharpe": "UNDEFINED", "drawdown": 0.1}) == float("inf")


def test_a_search_keeps_the_first_of_equal_trials_and_ends_as_told() -> None:
    objective = Objective(metric_id="x", maximizes=True)
    search = Search(objective=objective, early_stop=EarlyStop(patience=3))
    for number, loss in enumerate([float("inf"), -1.0, -2.0, -2.0, -1.0, -2.0, -9.0]):
        if not search.stopped:
            search.see(number, loss)
    aimed = Search(objective=objective, early_stop=EarlyStop(target=2.0))
    aimed.see(0, -1.9)
    before = aimed.stopped
    aimed.see(1, -2.0)

    assert (search.best, search.stopped) == (2, "NO_IMPROVEMENT")
    assert (before, aimed.stopped) == ("", "TARGET_REACHED")


def test_trials_are_read_back_as_they_were_written() -> None:
    parameters = (
        Parameter(path="a", domain=IntRange(lower=0, upper=9, step=1)),
        Parameter(path="b", domain=UNIT),
        Parameter(path="c", domain=Listed(values=({"x": 1}, "1", 1, True))),
    )
    whole = Trial(
        number=0,
        values=(3, 0.5, True),
        run_id="r1",
        spec_hash="sha256:1",
        state=TrialState.SUCCEEDED,
        outcomes=(1.25, "UNDEFINED_NO_RISK"),
        feasible=True,
    )
    refused = Trial(
        number=1,
        values=(4, 1.0, {"x": 1}),
        run_id="",
        spec_hash="",
        state=TrialState.REFUSED,
        reason="ERROR_REASON_TRIAL_SPEC_INVALID",
        message="no",
    )

    table = trials_table(parameters, ["x", "y"], [whole, refused])

    assert [trial_of(table, parameters, ["x", "y"], row) for row in (0, 1)] == [whole, refused]
    assert np.isnan({column.name: column for column in table}["metric.x"].data[1])


def test_a_mean_is_made_once_however_many_pairs_share_it(
    goog: MarketTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aurelius_engine.domain.sweeps import trend_pairs

    made: list[int] = []

    def counted(close: Any, window: int) -> Any:
        made.append(window)
        return mean(close, window)

    mean = trend_pairs.rolling_mean
    monkeypatch.setattr(trend_pairs, "rolling_mean", counted)
    spec = spec_from_document(resolved()["base"])
    runs = TrendPairs(spec, panel_of(spec, goog), sessions=None, periods_per_year=252.0, workers=2)
    pairs = [(fast, slow) for fast in range(2, 22) for slow in range(30, 50)]

    first = runs.run(pairs, lambda: False)
    again = runs.run(pairs[:50], lambda: False)

    assert sorted(made) == [*range(2, 22), *range(30, 50)]
    assert runs.mean_count == 40
    assert None not in first
    assert again == first[:50]


def test_pairs_that_have_no_sharpe_or_no_bars_are_left_to_run_by_themselves(
    goog: MarketTable,
) -> None:
    spec = spec_from_document(resolved()["base"])
    runs = TrendPairs(spec, panel_of(spec, goog), sessions=None, periods_per_year=252.0, workers=1)
    bars = len(goog.time)

    found = runs.run([(2, bars), (2, bars + 1), (30, 20), (2, 20)], lambda: False)

    assert found[:3] == [None, None, None]
    assert found[3] is not None
