"""Made prices: the same bits again, every regime and event, and no draw shared."""

import numpy as np
import pytest

from aurelius_engine.domain.market_table import OPTIONAL, PRICES
from aurelius_engine.domain.synthetic import REGIMES, synthetic

# Of any machine: it changes only with the generator's VERSION.
DATA_HASH = "sha256:5e38f30678d01ac3c793b392ad70b4138f3dc11037c343a3b873d11b0889d17d"


def test_the_same_arguments_give_the_same_bits() -> None:
    found = synthetic(symbols=3, bars=500, seed=7)

    assert found.table.data_hash() == DATA_HASH
    assert synthetic(symbols=3, bars=500, seed=8).table.data_hash() != DATA_HASH


def test_a_name_or_a_day_more_changes_no_other_bar() -> None:
    small, large = synthetic(symbols=3, bars=400, seed=7), synthetic(symbols=4, bars=500, seed=7)

    kept = np.flatnonzero(
        (large.table.symbol.data < 3) & (large.table.time <= small.table.time[-1])
    )
    for name in (*PRICES, "volume", *OPTIONAL):
        np.testing.assert_array_equal(
            getattr(large.table, name)[kept], getattr(small.table, name), err_msg=name
        )


def test_every_regime_and_event_happens_and_moves_as_it_says() -> None:
    found = synthetic(symbols=40, bars=4000, seed=1)
    table, regimes = found.table, np.array(found.regime.texts())

    assert set(regimes) == set(REGIMES)
    assert table.split_ratio is not None
    assert table.dividend is not None
    assert table.delisting_return is not None
    assert {1.0, 2.0} == set(table.split_ratio.tolist())
    assert (table.dividend > 0.0).any()
    assert 0 < np.count_nonzero(table.delisting_return == -0.3) < 40
    returns: dict[str, list[float]] = {name: [] for name in REGIMES}
    for code in range(40):
        rows = np.flatnonzero(table.symbol.data == code)
        worth = (table.close + table.dividend)[rows[1:]] * table.split_ratio[rows[1:]]
        moved = worth / table.close[rows[:-1]] - 1.0
        for name in REGIMES:
            returns[name] += moved[regimes[rows[1:]] == name].tolist()
    for name, (drift, deviation, pull, _) in REGIMES.items():
        assert np.std(returns[name]) == pytest.approx(deviation, rel=0.15), name
        if not pull:  # the market's own path, which all names share, is one sample
            assert abs(np.mean(returns[name]) - drift) < 0.3 * deviation, name


@pytest.mark.parametrize(("symbols", "bars"), [(0, 10), (1, 1), (1001, 10), (1000, 5001)])
def test_other_sizes_are_refused(symbols: int, bars: int) -> None:
    with pytest.raises(ValueError, match="symbols of"):
        synthetic(symbols=symbols, bars=bars, seed=0)
