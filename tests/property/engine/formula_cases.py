"""What tests of the formula language share: panels with holes, and a call of every operator."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aurelius_engine.domain.formula.checking import check
from aurelius_engine.domain.formula.evaluation import evaluate
from aurelius_engine.domain.formula.operators import Form, Kind, Operator
from aurelius_engine.domain.formula.parsing import parse
from aurelius_engine.domain.formula.tree import Node
from aurelius_engine.domain.panel import Floats, Panel
from tests.property.engine.formula_reference import Reference

GROUPINGS = {"sector": {"A": "soap", "B": "tin", "C": "soap", "D": "tin"}}
ARGUMENTS: Mapping[Form, str] = {
    Form.SERIES: "close",
    Form.CONDITION: "close > open",
    Form.GROUP: "sector",
    Form.WINDOW: "4",
}
_SECOND = {"y": "volume", "on": "close > high - 1", "off": "close < low + 1", "b": "open > low + 1"}
_CONSTANTS = {"q": "0.3", "low": "9", "high": "12", "k": "0.8", "n": "2", "a": "3", "ddof": "0"}
_SPECIAL = {
    "power": "power(close - 10, 3)",
    "signedpower": "signedpower(close - 10, 2)",
    "exp": "exp(close - 10)",
    "sigmoid": "sigmoid(close - 10)",
    "tanh": "tanh(close - 10)",
    "sqrt": "sqrt(close - 10)",
    "log": "log(close - 10)",
    "sign": "sign(close - 10)",
    "equal": "close == open",
    "not_equal": "close != open",
    "is_defined": "is_defined(log(close - 10))",
    "fill": "fill(log(close - 10), volume)",
    "ts_fill": "ts_fill(log(close - 10), 3)",
    "ema": "ema(log(close - 9), 3)",
    "and": "close > open and open > low + 1",
    "or": "close > open or open > low + 1",
    "not": "not close > open",
    "floor": "floor(close - volume / 8)",
    "ceil": "ceil(close - volume / 8)",
    "round": "round(close - volume / 8)",
    "in_group": "in_group(sector, 2)",
    "ts_product": "ts_product(close / 10, 4)",
}


def panel_of_cells(rng: np.random.Generator, n_steps: int, n_symbols: int = 4) -> Panel:
    """Returns made bars on a grid of eighths, with ties, holes and a symbol that starts late."""
    shape = (n_steps, n_symbols)
    low = 8.0 + rng.integers(0, 24, shape) / 8.0
    span = rng.integers(1, 25, shape) / 8.0
    bars = {
        "open": low + span * rng.integers(0, 3, shape) / 2.0,
        "high": low + span,
        "low": low,
        "close": low + span * rng.integers(0, 3, shape) / 2.0,
        "volume": rng.integers(0, 40, shape) * 1.0,
    }
    gone = rng.random(shape) < 0.15
    gone[: n_steps // 4, n_symbols - 1] = True
    gone[0, 0] = False
    for matrix in bars.values():
        matrix[gone] = np.nan
    return Panel(
        times=np.arange(n_steps, dtype=np.int64),
        symbols=tuple("ABCD"[:n_symbols]),
        dividend=None,
        split_ratio=None,
        **bars,
    )


def sample(operator: Operator) -> str:
    """Returns a formula that is one call of an operator, as a series."""
    text = _SPECIAL.get(operator.name)
    if text is None:
        arguments = []
        for parameter in operator.parameters:
            known = ARGUMENTS.get(parameter.form) or _CONSTANTS[parameter.name]
            if parameter.form in (Form.SERIES, Form.CONDITION):
                known = _SECOND.get(parameter.name, known)
            arguments.append(known)
        text = f"{operator.name}({', '.join(arguments)})"
    if operator.result is Kind.CONDITION:
        return f"number({text})"
    if operator.result is Kind.GROUP:
        return f"number(in_group({text}, 1)) + 2 * number(in_group({text}, 2))"
    return text


def never() -> bool:
    return False


def computed(formula: str | Node, panel: Panel, groupings: Any = GROUPINGS) -> Floats:
    """Returns what the engine computes of a formula, shape (n_steps, n_symbols)."""
    tree = check(parse(formula), groupings) if isinstance(formula, str) else formula
    return evaluate(tree, panel, groupings=groupings, should_stop=never)


def expected(formula: str | Node, panel: Panel) -> Floats:
    """Returns what the slow interpreter says, shape (n_steps, n_symbols)."""
    tree = check(parse(formula), GROUPINGS) if isinstance(formula, str) else formula
    places = range(len(panel.symbols))
    steps = [np.flatnonzero(~np.isnan(panel.close[:, place])).tolist() for place in places]
    names = ("open", "high", "low", "close", "volume")
    data = {
        name: [getattr(panel, name)[bars, place].tolist() for place, bars in enumerate(steps)]
        for name in names
    }
    labels = {
        name: [group_of.get(symbol) for symbol in panel.symbols]
        for name, group_of in GROUPINGS.items()
    }
    columns = Reference(steps, data, labels).evaluate(tree)
    out = np.full(panel.close.shape, np.nan)
    for place, (bars, values) in enumerate(zip(steps, columns, strict=True)):
        out[bars, place] = [np.nan if value is None else value for value in values]
    return out


def cut(panel: Panel, n_steps: int) -> Panel:
    """Returns the first steps of a panel."""
    return _with(panel, {name: getattr(panel, name)[:n_steps] for name in _COLUMNS})


def poisoned(panel: Panel, n_steps: int) -> Panel:
    """Returns a panel whose bars from a step on are others, and partly gone."""
    rng = np.random.default_rng(7)
    changed = {}
    gone = rng.random(panel.close[n_steps:].shape) < 0.3
    for name in _COLUMNS:
        matrix = getattr(panel, name).copy()
        if matrix.ndim == 2:
            matrix[n_steps:] = 1e6 * (1.0 + rng.random(matrix[n_steps:].shape))
            matrix[n_steps:][gone] = np.nan
        changed[name] = matrix
    return _with(panel, changed)


_COLUMNS = ("times", "open", "high", "low", "close", "volume")


def _with(panel: Panel, columns: Mapping[str, Any]) -> Panel:
    return Panel(symbols=panel.symbols, dividend=None, split_ratio=None, **columns)
