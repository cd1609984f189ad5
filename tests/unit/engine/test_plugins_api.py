"""The arrays that a plug-in sees."""

import hashlib

import numpy as np
import pytest

from aurelius_engine.plugin_api import ACTION_COLUMNS, BAR_COLUMNS, Bars, History

KEY = b"k" * 32


def bars_after(steps: int, columns: tuple[str, ...] = BAR_COLUMNS) -> Bars:
    history = History(2, columns)
    for step in range(steps):
        history.append(step * 10, np.full((len(columns), 2), float(step)))
    return Bars(history, symbols=("A", "B"), parameters={"x": 1.5}, random_key=KEY)


@pytest.mark.parametrize("steps", [1, 255, 256, 257, 1025])
def test_the_history_keeps_every_row_as_it_grows(steps: int) -> None:
    bars = bars_after(steps)

    assert bars.step == steps - 1
    assert np.array_equal(bars.times, np.arange(steps) * 10)
    for name in BAR_COLUMNS:
        assert np.array_equal(getattr(bars, name), np.repeat(np.arange(steps)[:, None], 2, axis=1))


def test_the_arrays_cannot_be_written() -> None:
    bars = bars_after(3)

    for array in (bars.close, bars.times):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


def test_bars_of_an_earlier_step_stay_as_they_were() -> None:
    history = History(1, BAR_COLUMNS)
    history.append(0, np.zeros((5, 1)))
    early = Bars(history, symbols=("A",), parameters={}, random_key=KEY)

    history.append(10, np.ones((5, 1)))

    assert early.step == 0
    assert early.close.tolist() == [[0.0]]


def test_actions_are_there_only_if_the_data_has_them() -> None:
    assert bars_after(2).dividend is None
    assert bars_after(2).split_ratio is None

    both = bars_after(2, BAR_COLUMNS + ACTION_COLUMNS)

    assert both.dividend is not None
    assert both.split_ratio is not None
    assert both.split_ratio.tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_random_numbers_are_those_of_the_specification() -> None:
    # identity spec 2.8.
    words = np.frombuffer(hashlib.sha256(KEY + b"B\n4").digest()[:16], dtype="<u8")
    by_hand = np.random.Generator(np.random.Philox(key=words, counter=0))

    found = bars_after(5).random(1)

    assert found.random(4).tolist() == by_hand.random(4).tolist()


def test_random_numbers_do_not_depend_on_how_many_were_drawn() -> None:
    bars = bars_after(5)
    bars.random(0).random(100)

    assert bars.random(0).random() == bars_after(5).random(0).random()
    assert bars.random(0).random() != bars.random(1).random()
    assert bars.random(0).random() != bars_after(6).random(0).random()
