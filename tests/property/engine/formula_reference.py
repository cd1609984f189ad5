"""A slow interpreter of the formula language, written from docs/specs/formula.md alone.

Nothing of the engine's evaluator is used: plain Python over each symbol's own bars, with
exact rational sums where the language speaks of a sum. None is undefined.
"""

from collections.abc import Callable, Mapping, Sequence

from aurelius_engine.domain.formula.tree import Grouping, Node, Number, Series
from tests.property.engine.formula_rules import (
    CROSS,
    PAIRS,
    POINTWISE,
    SEQUENCES,
    WINDOWS,
    Columns,
    Value,
    delayed,
    each,
    finite,
    mean_of,
    windowed,
    windowed_pairs,
)


class Reference:
    """Evaluates trees over bars.

    Attributes:
        steps: The steps of each symbol's bars.
        data: Each column of each symbol.
    """

    def __init__(
        self,
        steps: Sequence[Sequence[int]],
        data: Mapping[str, Columns],
        groupings: Mapping[str, Sequence[str | None]] | None = None,
    ) -> None:
        self.steps, self.data, self.groupings = steps, data, groupings or {}

    def evaluate(self, node: Node) -> Columns:
        if isinstance(node, Number):
            return [[node.value] * len(bars) for bars in self.steps]
        if isinstance(node, Series):
            return self._series(node.name)
        if isinstance(node, Grouping):
            labels = self.groupings[node.name]
            order = sorted({label for label in labels if label is not None})
            return [
                [None if label is None else float(order.index(label) + 1)] * len(bars)
                for label, bars in zip(labels, self.steps, strict=True)
            ]
        return self._call(node.operator, node.arguments)

    def _series(self, name: str) -> Columns:
        high, low, close = (self.data[key] for key in ("high", "low", "close"))
        if name == "vwap":
            return each(lambda h, lo, c: (h + lo + c) / 3.0, high, low, close)
        if name == "returns":
            return each(lambda c, p: c / p - 1.0, close, delayed(close, 1))
        if name == "true_range":
            return each(
                lambda h, lo, p: max(h - lo, abs(h - p), abs(lo - p)), high, low, delayed(close, 1)
            )
        return self.data[name]

    def _call(self, name: str, arguments: tuple[Node, ...]) -> Columns:
        if name in POINTWISE:
            return each(POINTWISE[name], *(self.evaluate(item) for item in arguments))
        if name in CROSS:
            return self._across(name, arguments)
        if name == "is_defined":
            return [[float(v is not None) for v in x] for x in self.evaluate(arguments[0])]
        if name == "fill":
            first, second = (self.evaluate(item) for item in arguments)
            return [
                [b if a is None else a for a, b in zip(x, y, strict=True)]
                for x, y in zip(first, second, strict=True)
            ]
        if name == "where":
            return self._where(*(self.evaluate(item) for item in arguments))
        if name in ("atr", "adv"):
            columns = {"atr": [Series("true_range")], "adv": [Series("close"), Series("volume")]}
            inner = [self.evaluate(item) for item in columns[name]]
            if name == "atr":
                return [SEQUENCES["wilder"](x, int(_number(arguments[0]))) for x in inner[0]]
            dollars = each(lambda c, v: c * v, *inner)
            return [windowed(x, int(_number(arguments[0])), mean_of) for x in dollars]
        return self._over_time(name, arguments)

    def _over_time(self, name: str, arguments: tuple[Node, ...]) -> Columns:
        pairs = ("correlation", "covariance", "ts_beta", "ts_residual", "latch")
        count = 2 if name in (*pairs, "cross_over", "cross_under") else 1
        columns = [self.evaluate(item) for item in arguments[:count]]
        constants = [_number(item) for item in arguments[count:]]
        if name in SEQUENCES:
            rule: Callable[..., list[Value]] = SEQUENCES[name]
            whole = [int(item) for item in constants]
            return [rule(*bars, *whole) for bars in zip(*columns, strict=True)]
        d, rest = int(constants[0]), constants[1:]
        if count == 1:
            return [windowed(x, d, lambda w: WINDOWS[name](w, *rest)) for x in columns[0]]
        return [
            windowed_pairs(x, y, d, lambda v, w: PAIRS[name](v, w, *rest))
            for x, y in zip(*columns, strict=True)
        ]

    def _where(self, condition: Columns, chosen: Columns, other: Columns) -> Columns:
        return [
            [
                None if c is None else (a if c == 1.0 else b)
                for c, a, b in zip(cs, xs, ys, strict=True)
            ]
            for cs, xs, ys in zip(condition, chosen, other, strict=True)
        ]

    def _across(self, name: str, arguments: tuple[Node, ...]) -> Columns:
        x = self.evaluate(arguments[0])
        grouped = name.startswith("group_")
        groups = self.evaluate(arguments[1]) if grouped else [[1.0] * len(b) for b in self.steps]
        constants = [] if grouped else [_number(item) for item in arguments[1:]]
        out: Columns = [[None] * len(bars) for bars in self.steps]
        cells: dict[tuple[int, float], list[tuple[int, int]]] = {}
        for symbol, bars in enumerate(self.steps):
            for at, step in enumerate(bars):
                group = groups[symbol][at]
                if x[symbol][at] is not None and group is not None:
                    cells.setdefault((step, group), []).append((symbol, at))
        for members in cells.values():
            values = [x[symbol][at] for symbol, at in members]
            found = CROSS[name](values, *constants)
            for (symbol, at), value in zip(members, found, strict=True):
                out[symbol][at] = finite(value)
        return out


def _number(node: Node) -> float:
    assert isinstance(node, Number)
    return node.value
