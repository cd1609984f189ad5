"""What a plug-in gets: the bars up to the one it decides at. docs/howto/write-a-plugin.md."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BAR_COLUMNS = ("open", "high", "low", "close", "volume")
ACTION_COLUMNS = ("dividend", "split_ratio")
_FIRST_ROOM = 256


class History:
    """Rows that grow by one a step. Behind the last row there is nothing yet."""

    def __init__(self, symbol_count: int, columns: tuple[str, ...]) -> None:
        """Begins empty.

        Args:
            symbol_count: Columns of each matrix.
            columns: BAR_COLUMNS, and those of ACTION_COLUMNS that the data has.
        """
        self.length = 0
        self._times = np.zeros(_FIRST_ROOM, np.int64)
        self._matrices = {name: np.zeros((_FIRST_ROOM, symbol_count)) for name in columns}

    def append(self, time: int, rows: Floats) -> None:
        """Adds a step.

        Args:
            time: ns UTC.
            rows: Shape (n_columns, n_symbols).
        """
        if self.length == self._times.size:
            self._times = np.concatenate([self._times, np.zeros_like(self._times)])
            for name, matrix in self._matrices.items():
                self._matrices[name] = np.concatenate([matrix, np.zeros_like(matrix)])
        self._times[self.length] = time
        for matrix, row in zip(self._matrices.values(), rows, strict=True):
            matrix[self.length] = row
        self.length += 1

    def times(self, length: int) -> Ints:
        """Returns a read-only view of the first times, ns UTC."""
        view = self._times[:length]
        view.flags.writeable = False
        return view

    def matrix(self, name: str, length: int) -> Floats | None:
        """Returns a read-only view of a column's first rows; None if the data has none."""
        if name not in self._matrices:
            return None
        view = self._matrices[name][:length]
        view.flags.writeable = False
        return view


class _Key(ISeedSequence):
    """Gives Philox its key as it is; its own way of taking one asks for entropy besides."""

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> NDArray[np.uint64]:
        return self._words[:n_words].astype(np.uint64)


class Bars:
    """The bars of every symbol up to now.

    Matrices have shape (step + 1, n_symbols), oldest first, NaN where a symbol has no bar;
    their last row is the bar at whose close is decided. They are read-only.
    """

    __slots__ = ("_history", "_random_key", "parameters", "step", "symbols")

    def __init__(
        self,
        history: History,
        *,
        symbols: tuple[str, ...],
        parameters: Mapping[str, float],
        random_key: bytes,
    ) -> None:
        """Shows what the history has now.

        Args:
            history: Rows up to now.
            symbols: In the order of the matrices' columns.
            parameters: Of the specification.
            random_key: Digest of the run's seed and the plug-in's name.
        """
        self._history, self._random_key = history, random_key
        self.symbols, self.parameters = symbols, parameters
        self.step = history.length - 1

    @property
    def times(self) -> Ints:
        """Times of the bars, ns UTC, shape (step + 1,)."""
        return self._history.times(self.step + 1)

    @property
    def open(self) -> Floats:
        """Opening prices."""
        return self._column("open")

    @property
    def high(self) -> Floats:
        """Highest prices."""
        return self._column("high")

    @property
    def low(self) -> Floats:
        """Lowest prices."""
        return self._column("low")

    @property
    def close(self) -> Floats:
        """Closing prices."""
        return self._column("close")

    @property
    def volume(self) -> Floats:
        """Units traded."""
        return self._column("volume")

    @property
    def dividend(self) -> Floats | None:
        """Quote currency a unit at the open of the bar; None where the data has no such column."""
        return self._history.matrix("dividend", self.step + 1)

    @property
    def split_ratio(self) -> Floats | None:
        """Units after over units before at the open; None where the data has no such column."""
        return self._history.matrix("split_ratio", self.step + 1)

    def random(self, symbol: int = 0) -> np.random.Generator:
        """Returns the generator of a symbol at this step: the same one in every run of a seed.

        Philox of Salmon, Moraes, Dror and Shaw (2011), keyed by the run's seed, the
        plug-in's name, the symbol and the step.

        Args:
            symbol: Its place in `symbols`.
        """
        text = f"{self.symbols[symbol]}\n{self.step}".encode()
        key = hashlib.sha256(self._random_key + text).digest()[:16]
        seed: Any = _Key(np.frombuffer(key, dtype="<u8"))
        return np.random.Generator(np.random.Philox(seed))

    def _column(self, name: str) -> Floats:
        matrix = self._history.matrix(name, self.step + 1)
        assert matrix is not None  # every history has the columns of a bar
        return matrix


class Strategy(Protocol):
    """What an entry point may name: a class that is made once a run with its parameters.

    A function `decide(bars)` will do too.
    """

    def __init__(self, parameters: Mapping[str, float]) -> None:
        """Begins a run."""

    def decide(self, bars: Bars) -> "Sequence[float]":
        """Returns a signal for each symbol at the close of the last bar.

        Its sign is the side, its size the score; NaN means none yet, 0 means flat.
        """
