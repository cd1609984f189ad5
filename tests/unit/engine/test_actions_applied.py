"""Real splits and dividends of the bundled data, through a run that holds."""

from dataclasses import replace

import numpy as np
import pytest

from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain import errors
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.simulation import simulate
from tests.conftest import REPOSITORY
from tests.property.engine.portfolio_reference import DAY, spec_of


@pytest.fixture(scope="module")
def acting() -> MarketTable:
    path = REPOSITORY / "data/us_equities_with_actions.parquet"
    return read_market_file(path.read_bytes(), FileFormat.PARQUET)


def hold(table: MarketTable, symbol: str, *, applied: bool) -> Simulation:
    spec = replace(
        spec_of("equityFraction", actions_applied=applied, ratio=1.0),
        symbols=(symbol,),
        calendar="XNYS",
        initial_cash=100_000.0,
    )
    return simulate(spec, table, periods_per_year=252.0)


def step_of(run: Simulation, day: str) -> int:
    time = int(np.datetime64(day, "D").astype(np.int64)) * DAY
    return int(np.searchsorted(run.panel.times, time))


@pytest.mark.parametrize(
    ("symbol", "day"),
    [("AAPL", "2000-06-21"), ("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")],
)
def test_a_split_doubles_the_units_and_leaves_the_value(
    acting: MarketTable, symbol: str, day: str
) -> None:
    run = hold(acting, symbol, applied=True)
    blind = hold(acting, symbol, applied=False)
    step = step_of(run, day)

    close = run.panel.close[:, 0]
    moved = run.equity[step + 1] / run.equity[step]
    flows = (run.flows.kind == codes.SPLIT) & (run.flows.step == step)
    assert np.count_nonzero(flows) == 1
    assert run.flows.amount[flows].tolist() == [0.0]
    assert moved == pytest.approx(2.0 * close[step] / close[step - 1], rel=1e-12)
    assert 0.9 < moved < 1.1
    assert blind.equity[step + 1] / blind.equity[step] < 0.56


def test_the_special_dividend_of_2004_is_paid_in_cash(acting: MarketTable) -> None:
    run = hold(acting, "MSFT", applied=True)
    step = step_of(run, "2004-11-15")

    paid = (run.flows.kind == codes.DIVIDEND) & (run.flows.step == step)

    units = run.position_value[step] / run.panel.close[step - 1, 0]
    assert run.flows.amount[paid].tolist() == [pytest.approx(units * 3.08, rel=1e-12)]
    assert np.count_nonzero(run.flows.kind == codes.DIVIDEND) == 37
    assert run.cash[step + 1] - run.cash[step] == pytest.approx(units * 3.08, rel=1e-9)


def test_units_and_cash_at_the_end_follow_from_the_actions_alone(acting: MarketTable) -> None:
    run = hold(acting, "AAPL", applied=True)

    bought = 100_000.0 / run.panel.open[1, 0]
    units = 4.0 * bought  # two splits of two
    assert run.held.tolist() == [pytest.approx(units, rel=1e-12)]
    assert run.cash[-1] == pytest.approx(3 * 2.65 * units, rel=1e-9)
    assert run.equity[-1] == pytest.approx(units * (run.panel.close[-1, 0] + 3 * 2.65), rel=1e-12)


def test_actions_cannot_be_applied_to_data_without_them(acting: MarketTable) -> None:
    bare = replace(acting, dividend=None, split_ratio=None)

    with pytest.raises(errors.DataColumnMissing):
        hold(bare, "AAPL", applied=True)
