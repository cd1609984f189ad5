"""A formula as a strategy: its resolved parameters, its warm-up and its signals."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.formula.checking import check
from aurelius_engine.domain.formula.evaluation import evaluate, names_read
from aurelius_engine.domain.formula.parsing import parse
from aurelius_engine.domain.formula.registry import ALIASES, OPERATOR_OF, SERIES_OF
from aurelius_engine.domain.formula.tree import (
    Call,
    Grouping,
    Node,
    Place,
    nodes,
    refused,
    tree_from_document,
    tree_to_document,
)
from aurelius_engine.domain.formula.warm_up import warm_up_bars
from aurelius_engine.domain.panel import Panel

Floats = NDArray[np.float64]


def resolved(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the proto JSON of a formula with the canonical tree in place of its source.

    Args:
        parameters: The proto JSON of `Formula`: `text` or `expression`, and `groupings`.

    Raises:
        FormulaInvalid: The formula is refused; says where.
    """
    names = _grouping_names(parameters.get("groupings", ()))
    if "text" in parameters:
        tree = parse(str(parameters["text"]))
    else:
        tree = tree_from_document(parameters["expression"])
    canonical = check(tree, names)
    used = {node.name for node in nodes(canonical) if isinstance(node, Grouping)}
    for index, name in enumerate(names):
        if name not in used:
            raise refused(
                f"the grouping {name} is not used",
                at=Place(path=f"groupings[{index}]"),
                found=name,
                allowed="groupings that the formula names",
            )
    groupings = sorted(parameters.get("groupings", ()), key=lambda item: str(item["name"]))
    return {"expression": tree_to_document(canonical), "groupings": groupings}


def _grouping_names(groupings: Any) -> list[str]:
    names: list[str] = []
    for index, grouping in enumerate(groupings):
        name = str(grouping["name"])
        taken = name in names or any(name in known for known in _TAKEN)
        if taken:
            raise refused(
                f"the grouping {name} has the name of something else",
                at=Place(path=f"groupings[{index}].name"),
                found=name,
                allowed="a name of its own",
            )
        names.append(name)
    return names


_TAKEN: tuple[Mapping[str, Any], ...] = (SERIES_OF, OPERATOR_OF, ALIASES)


def tree_of(parameters: Mapping[str, Any]) -> Node:
    """Returns the canonical tree of a resolved formula.

    Raises:
        FormulaInvalid: It is not resolved, or not a formula.
    """
    names = [str(item["name"]) for item in parameters.get("groupings", ())]
    return check(tree_from_document(parameters["expression"]), names)


def bars_needed(parameters: Mapping[str, Any]) -> int:
    """Returns the bars of a symbol up to its first signal, of a resolved formula."""
    return warm_up_bars(tree_of(parameters))


def columns_read(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the columns of the data that a resolved formula reads, sorted."""
    return names_read(tree_of(parameters))


def is_cross_sectional(tree: Node) -> bool:
    """Returns whether a value of a canonical tree depends on other symbols of the run."""
    found = (node for node in nodes(tree) if isinstance(node, Call))
    return any(OPERATOR_OF[node.operator].family in ("cross-section", "group") for node in found)


def signals(parameters: Mapping[str, Any], panel: Panel, should_stop: Callable[[], bool]) -> Floats:
    """Returns the value of a resolved formula at each close.

    The signals of a panel's first steps are those of the panel cut there, bit for bit.

    Args:
        parameters: The proto JSON of a resolved `Formula`.
        panel: The window's bars.
        should_stop: Asked before each operator.

    Returns:
        Shape (n_steps, n_symbols), NaN where there is no bar or the value is undefined.

    Raises:
        DataColumnMissing: The formula reads a column that the data does not have.
        RunCancelled: `should_stop` said so.
    """
    groupings = {
        str(item["name"]): dict(item["groups"]) for item in parameters.get("groupings", ())
    }
    return evaluate(tree_of(parameters), panel, groupings=groupings, should_stop=should_stop)
