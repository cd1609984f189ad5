"""Formulas as signals: each distinct part of the tree once, over the bars of a panel."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.errors import DataColumnMissing, RunCancelled
from aurelius_engine.domain.formula import block_kernels, cross_kernels, window_kernels
from aurelius_engine.domain.formula.bars import Bars
from aurelius_engine.domain.formula.lowering import BAR_INDEX, Step, program_of
from aurelius_engine.domain.formula.pointwise import POINTWISE, tidy
from aurelius_engine.domain.formula.tree import Node
from aurelius_engine.domain.panel import Panel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Bars between two questions whether to stop.
_BLOCK_BARS = 1 << 20


def evaluate(
    tree: Node,
    panel: Panel,
    *,
    groupings: dict[str, dict[str, str]],
    should_stop: Callable[[], bool],
) -> Floats:
    """Returns the value of a checked formula at each close.

    Args:
        tree: Canonical.
        panel: The window's bars.
        groupings: The group of each symbol, by the grouping's name.
        should_stop: Asked before each operator, and within those over windows.

    Returns:
        Shape (n_steps, n_symbols), NaN where there is no bar or the value is undefined.

    Raises:
        DataColumnMissing: The formula reads a column that the data does not have.
        RunCancelled: `should_stop` said so.
    """
    evaluator = _Evaluator(panel, groupings, should_stop)
    return evaluator.bars.unpacked(evaluator.run(program_of(tree)), panel.close.shape[0])


class _Evaluator:
    def __init__(
        self,
        panel: Panel,
        groupings: dict[str, dict[str, str]],
        should_stop: Callable[[], bool],
    ) -> None:
        self._panel, self._groupings, self._should_stop = panel, groupings, should_stop
        self.bars = Bars.of(panel.close)
        member = panel.member
        self._counts = None if member is None else self.bars.packed(member) == 1.0

    def run(self, program: tuple[Step, ...]) -> Floats:
        """Computes each step once and lets go of it after its last use."""
        uses = [0] * len(program)
        for step in program:
            for index in step.inputs:
                uses[index] += 1
        values: dict[int, Floats] = {}
        for place, step in enumerate(program):
            self._refuse_stopped()
            with np.errstate(all="ignore"):
                values[place] = self._value(step, [values[index] for index in step.inputs])
            for index in step.inputs:
                uses[index] -= 1
                if uses[index] == 0:
                    del values[index]
        return values[len(program) - 1]

    def _refuse_stopped(self) -> None:
        if self._should_stop():
            raise RunCancelled("a caller cancelled the run")

    def _value(self, step: Step, inputs: list[Floats]) -> Floats:
        name, constants = step.operator, list(step.constants)
        if name == "number":
            return np.full(self.bars.size, constants[0])
        if name == "series":
            return self._series(step.name)
        if name == "grouping":
            return self._grouping(step.name)
        if name in POINTWISE:
            return tidy(POINTWISE[name](*inputs))
        if name in _CROSS:
            return tidy(self._across(_CROSS[name], inputs, *constants))
        return tidy(self._windowed(name, inputs, constants))

    def _series(self, name: str) -> Floats:
        if name == BAR_INDEX:
            firsts = np.repeat(self.bars.starts[:-1], np.diff(self.bars.starts))
            return np.arange(self.bars.size, dtype=np.float64) - firsts
        matrix: Floats | None = getattr(self._panel, name)
        if matrix is None:
            raise DataColumnMissing(
                f"the formula reads {name}, which the data does not have",
                found=f"no column {name}",
                allowed="data with the columns dividend and split_ratio",
            )
        return self.bars.packed(matrix)

    def _grouping(self, name: str) -> Floats:
        group_of = self._groupings[name]
        labels = sorted(set(group_of.values()), key=lambda label: label.encode())
        code_of = {label: float(code) for code, label in enumerate(labels, start=1)}
        symbols = self._panel.symbols
        codes = [code_of[group_of[item]] if item in group_of else np.nan for item in symbols]
        packed: Floats = np.array(codes)[self.bars.symbols]
        return packed

    def _across(self, code: int, inputs: list[Floats], n: float = 1.0) -> Floats:
        bars, x = self.bars, inputs[0]
        defined = ~np.isnan(x)
        if self._counts is not None:
            defined &= self._counts
        if len(inputs) == 1:
            chosen = bars.by_step[defined[bars.by_step]]
            keys = bars.steps[chosen]
            changes = keys[1:] != keys[:-1]
        else:
            group = inputs[1]
            chosen = np.flatnonzero(defined & ~np.isnan(group))
            # Stable: within a group the symbols keep their order.
            chosen = chosen[np.lexsort((group[chosen], bars.steps[chosen]))]
            steps, groups = bars.steps[chosen], group[chosen]
            changes = (steps[1:] != steps[:-1]) | (groups[1:] != groups[:-1])
        starts = np.concatenate(([0], np.flatnonzero(changes) + 1, [chosen.size]))
        out = np.full(x.size, np.nan)
        if chosen.size:
            out[chosen] = cross_kernels.across(x[chosen], starts.astype(np.int64), code, n)
        return out

    def _windowed(self, name: str, inputs: list[Floats], constants: list[float]) -> Floats:
        if name == "delay":
            return self._delayed(inputs[0], int(constants[0]))
        out = np.full(self.bars.size, np.nan)
        for starts in self._blocks():
            self._refuse_stopped()
            _WINDOWED[name](inputs, starts, constants, out)
        return out

    def _blocks(self) -> list[Ints]:
        """Returns the starts of the symbols, cut into runs of about `_BLOCK_BARS` bars."""
        starts = self.bars.starts
        cuts = [0]
        for symbol in range(1, starts.size):
            if starts[symbol] - starts[cuts[-1]] >= _BLOCK_BARS:
                cuts.append(symbol)
        if cuts[-1] != starts.size - 1:
            cuts.append(starts.size - 1)
        return [starts[a : b + 1] for a, b in pairwise(cuts)]

    def _delayed(self, x: Floats, d: int) -> Floats:
        out = np.full(x.size, np.nan)
        for begin, end in zip(self.bars.starts[:-1], self.bars.starts[1:], strict=True):
            if end - begin > d:
                out[begin + d : end] = x[begin : end - d]
        return out


_Apply = Callable[[list[Floats], Ints, list[float], Floats], None]


def _fold(code: int) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        block_kernels.fold(x[0], starts, int(constants[0]), code, out)

    return apply


def _spread(*, root: bool) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        block_kernels.spread(x[0], starts, int(constants[0]), int(constants[1]), root, out)

    return apply


def _shape(code: int) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        block_kernels.shape(x[0], starts, int(constants[0]), code, out)

    return apply


def _pair(code: int) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        ddof = int(constants[1]) if len(constants) > 1 else 1
        # A slope is of the first argument on the second.
        first, second = (x[1], x[0]) if code == block_kernels.BETA else (x[0], x[1])
        block_kernels.pair(first, second, starts, int(constants[0]), code, ddof, out)

    return apply


def _extreme(code: int) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        window_kernels.extreme(x[0], starts, int(constants[0]), code, out)

    return apply


def _sorted(code: int) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        q = constants[1] if len(constants) > 1 else 0.0
        window_kernels.sorted_window(x[0], starts, int(constants[0]), code, q, out)

    return apply


def _smoothed(factor: Callable[[float], float]) -> _Apply:
    def apply(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
        d = constants[0]
        window_kernels.smoothed(x[0], starts, int(d), factor(d), out)

    return apply


def _latched(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
    window_kernels.latched(x[0], x[1], starts, out)


def _filled(x: list[Floats], starts: Ints, constants: list[float], out: Floats) -> None:
    window_kernels.filled(x[0], starts, int(constants[0]), out)


_WINDOWED: dict[str, _Apply] = {
    "ts_sum": _fold(block_kernels.SUM),
    "ts_product": _fold(block_kernels.PRODUCT),
    "decay_linear": _fold(block_kernels.DECAY),
    "ts_var": _spread(root=False),
    "ts_std": _spread(root=True),
    "ts_skew": _shape(block_kernels.SKEWNESS),
    "ts_kurt": _shape(block_kernels.KURTOSIS),
    "covariance": _pair(block_kernels.COVARIANCE),
    "correlation": _pair(block_kernels.CORRELATION),
    "ts_beta": _pair(block_kernels.BETA),
    "ts_min": _extreme(window_kernels.LEAST),
    "ts_max": _extreme(window_kernels.GREATEST),
    "ts_argmin": _extreme(window_kernels.LEAST_PLACE),
    "ts_argmax": _extreme(window_kernels.GREATEST_PLACE),
    "ts_rank": _sorted(window_kernels.RANK),
    "ts_quantile": _sorted(window_kernels.QUANTILE),
    "ema": _smoothed(lambda d: 2.0 / (d + 1.0)),
    "wilder": _smoothed(lambda d: 1.0 / d),
    "latch": _latched,
    "ts_fill": _filled,
}
_CROSS: dict[str, int] = {
    "rank": cross_kernels.RANK,
    "bucket": cross_kernels.BUCKET,
    "cs_mean": cross_kernels.MEAN,
    "cs_sum": cross_kernels.TOTAL,
    "cs_std": cross_kernels.DEVIATION,
    "cs_median": cross_kernels.MEDIAN,
    "cs_min": cross_kernels.LEAST,
    "cs_max": cross_kernels.GREATEST,
    "cs_count": cross_kernels.COUNT,
    "group_mean": cross_kernels.MEAN,
    "group_sum": cross_kernels.TOTAL,
    "group_std": cross_kernels.DEVIATION,
    "group_rank": cross_kernels.RANK,
    "group_median": cross_kernels.MEDIAN,
    "group_min": cross_kernels.LEAST,
    "group_max": cross_kernels.GREATEST,
    "group_count": cross_kernels.COUNT,
}
COMPUTED = frozenset((*POINTWISE, "delay", *_WINDOWED, *_CROSS))


def names_read(tree: Node) -> tuple[str, ...]:
    """Returns the columns of the data that a formula reads, sorted."""
    read = {step.name for step in program_of(tree) if step.operator == "series"}
    return tuple(sorted(read - {BAR_INDEX}))
