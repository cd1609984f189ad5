"""Formulas as programs: operators that are made of others written out, equal parts once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aurelius_engine.domain.formula.tree import Grouping, Node, Number, Series

# The place of a bar among those of its symbol, from 0. No formula can name it.
BAR_INDEX = "_bar_index"
_NEVER = -(2.0**40)
_TWO_SERIES = ("correlation", "covariance", "ts_beta", "latch")
_CONSTANT_TAIL = ("delay", "decay_linear", "ema", "wilder", "bucket", "rank")
_NUMBER, _SERIES, _GROUPING = "number", "series", "grouping"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to compute: an operator on earlier steps, or a leaf.

    Attributes:
        operator: A primitive's name, or `number`, `series` or `grouping`.
        inputs: The steps that it reads.
        constants: Its windows and other constants, or the number.
        name: The series or grouping.
    """

    operator: str
    inputs: tuple[int, ...] = ()
    constants: tuple[float, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A step of the program that is being written."""

    index: int


class Writer:
    """Writes a program. An equal step is written once, so a program is small."""

    def __init__(self) -> None:
        """Begins an empty program."""
        self.steps: list[Step] = []
        self._known: dict[Step, Value] = {}

    def _step(self, step: Step) -> Value:
        value = self._known.get(step)
        if value is None:
            value = self._known[step] = Value(len(self.steps))
            self.steps.append(step)
        return value

    def node(self, node: Node) -> Value:
        """Writes a canonical tree."""
        if isinstance(node, Number):
            return self.number(node.value)
        if isinstance(node, Series):
            rule = _SERIES_RULES.get(node.name)
            return self.series(node.name) if rule is None else rule(self)
        if isinstance(node, Grouping):
            return self._step(Step(_GROUPING, name=node.name))
        return self.call(node.operator, *(self.node(item) for item in node.arguments))

    def number(self, value: float) -> Value:
        """Writes a constant."""
        return self._step(Step(_NUMBER, constants=(value,)))

    def series(self, name: str) -> Value:
        """Writes a column of the data."""
        return self._step(Step(_SERIES, name=name))

    def call(self, operator: str, *arguments: Value | float) -> Value:
        """Writes an operator; a plain number among the arguments is a constant."""
        values = tuple(
            item if isinstance(item, Value) else self.number(float(item)) for item in arguments
        )
        rule = _RULES.get(operator)
        if rule is not None:
            return rule(self, *values)
        count = _series_count(operator, len(values))
        constants = tuple(self.steps[item.index].constants[0] for item in values[count:])
        return self._step(Step(operator, tuple(item.index for item in values[:count]), constants))


def program_of(tree: Node) -> tuple[Step, ...]:
    """Returns the steps of a canonical tree, each after its inputs, the root last."""
    writer = Writer()
    root = writer.node(tree)
    needed = {root.index}
    for index in range(root.index, -1, -1):
        if index in needed:
            needed.update(writer.steps[index].inputs)
    kept = [index for index in range(root.index + 1) if index in needed]
    place = {index: at for at, index in enumerate(kept)}
    return tuple(
        Step(step.operator, tuple(place[item] for item in step.inputs), step.constants, step.name)
        for step in (writer.steps[index] for index in kept)
    )


def _series_count(operator: str, count: int) -> int:
    """Returns how many leading arguments are values, not constants."""
    if operator in _TWO_SERIES or operator.startswith("group_"):
        return 2
    if operator in _CONSTANT_TAIL or operator.startswith(("ts_", "cs_")):
        return 1
    return count


def _vwap(writer: Writer) -> Value:
    ends = writer.call("add", writer.series("high"), writer.series("low"))
    return writer.call("divide", writer.call("add", ends, writer.series("close")), 3)


def _true_range(writer: Writer) -> Value:
    high, low = writer.series("high"), writer.series("low")
    before = writer.call("delay", writer.series("close"), 1)
    return writer.call(
        "max",
        writer.call("subtract", high, low),
        writer.call("abs", writer.call("subtract", high, before)),
        writer.call("abs", writer.call("subtract", low, before)),
    )


_SERIES_RULES: Mapping[str, Callable[[Writer], Value]] = {
    "vwap": _vwap,
    "returns": lambda writer: writer.call("ts_return", writer.series("close"), 1),
    "true_range": _true_range,
}


def _rsi(w: Writer, x: Value, d: Value) -> Value:
    change = w.call("delta", x, 1)
    gain = w.call("wilder", w.call("max", change, 0), d)
    loss = w.call("wilder", w.call("max", w.call("negate", change), 0), d)
    return w.call("divide", w.call("multiply", 100, gain), w.call("add", gain, loss))


def _residual(w: Writer, y: Value, x: Value, d: Value) -> Value:
    away = w.call(
        "multiply", w.call("ts_beta", y, x, d), w.call("subtract", x, w.call("ts_mean", x, d))
    )
    return w.call("subtract", w.call("subtract", y, w.call("ts_mean", y, d)), away)


def _winsorize(w: Writer, x: Value, k: Value) -> Value:
    mean, reach = w.call("cs_mean", x), w.call("multiply", k, w.call("cs_std", x))
    return w.call(
        "min", w.call("max", x, w.call("subtract", mean, reach)), w.call("add", mean, reach)
    )


def _crossed(now: str, before: str) -> Callable[..., Value]:
    def rule(w: Writer, x: Value, y: Value) -> Value:
        return w.call(
            "and", w.call(now, x, y), w.call(before, w.call("delay", x, 1), w.call("delay", y, 1))
        )

    return rule


def _standard(mean: str, deviation: str, *ddof: float) -> Callable[..., Value]:
    def rule(w: Writer, x: Value, *rest: Value) -> Value:
        away = w.call("subtract", x, w.call(mean, x, *rest))
        return w.call("divide", away, w.call(deviation, x, *rest, *ddof))

    return rule


_RULES: Mapping[str, Callable[..., Value]] = {
    "signedpower": lambda w, x, y: w.call(
        "multiply", w.call("sign", x), w.call("power", w.call("abs", x), y)
    ),
    "clip": lambda w, x, low, high: w.call("min", w.call("max", x, low), high),
    "sigmoid": lambda w, x: w.call(
        "divide", 1, w.call("add", 1, w.call("exp", w.call("negate", x)))
    ),
    "tanh": lambda w, x: w.call(
        "subtract",
        1,
        w.call("divide", 2, w.call("add", w.call("exp", w.call("multiply", 2, x)), 1)),
    ),
    "number": lambda w, c: c,
    "in_group": lambda w, g, n: w.call("equal", g, n),
    "delta": lambda w, x, d: w.call("subtract", x, w.call("delay", x, d)),
    "ts_return": lambda w, x, d: w.call("subtract", w.call("divide", x, w.call("delay", x, d)), 1),
    "ts_mean": lambda w, x, d: w.call("divide", w.call("ts_sum", x, d), d),
    "ts_range": lambda w, x, d: w.call("subtract", w.call("ts_max", x, d), w.call("ts_min", x, d)),
    "ts_scale": lambda w, x, d: w.call(
        "divide", w.call("subtract", x, w.call("ts_min", x, d)), w.call("ts_range", x, d)
    ),
    "ts_median": lambda w, x, d: w.call("ts_quantile", x, d, 0.5),
    "ts_zscore": _standard("ts_mean", "ts_std", 1),
    "ts_ir": lambda w, x, d: w.call("divide", w.call("ts_mean", x, d), w.call("ts_std", x, d, 1)),
    "ts_residual": _residual,
    "ts_slope": lambda w, x, d: w.call("ts_beta", x, w.series(BAR_INDEX), d),
    "ts_r2": lambda w, x, d: w.call("power", w.call("correlation", x, w.series(BAR_INDEX), d), 2),
    "rsi": _rsi,
    "atr": lambda w, d: w.call("wilder", _true_range(w), d),
    "adv": lambda w, d: w.call(
        "ts_mean", w.call("multiply", w.series("close"), w.series("volume")), d
    ),
    "ts_count": lambda w, c, d: w.call("ts_sum", c, d),
    "ts_any": lambda w, c, d: w.call("greater", w.call("ts_max", c, d), 0),
    "ts_all": lambda w, c, d: w.call("greater", w.call("ts_min", c, d), 0),
    "bars_since": lambda w, c, d: w.call(
        "min",
        w.call(
            "subtract",
            w.series(BAR_INDEX),
            w.call("ts_max", w.call("where", c, w.series(BAR_INDEX), _NEVER), d),
        ),
        d,
    ),
    "cross_over": _crossed("greater", "less_equal"),
    "cross_under": _crossed("less", "greater_equal"),
    "scale": lambda w, x, a: w.call(
        "divide", w.call("multiply", a, x), w.call("cs_sum", w.call("abs", x))
    ),
    "demean": lambda w, x: w.call("subtract", x, w.call("cs_mean", x)),
    "zscore_cs": _standard("cs_mean", "cs_std"),
    "winsorize": _winsorize,
    "group_neutralize": lambda w, x, g: w.call("subtract", x, w.call("group_mean", x, g)),
    "group_zscore": _standard("group_mean", "group_std"),
    "group_scale": lambda w, x, g: w.call("divide", x, w.call("group_sum", w.call("abs", x), g)),
}
