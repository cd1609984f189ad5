"""Static checks and the canonical form. docs/specs/formula.md sections 3 and 4."""

import difflib
import math
from collections.abc import Collection
from dataclasses import dataclass

from aurelius_engine.domain.errors import FormulaInvalid
from aurelius_engine.domain.formula.operators import Form, Kind, Operator, Parameter
from aurelius_engine.domain.formula.registry import (
    ADV,
    ALIASES,
    NOT_IN_DATA,
    OPERATOR_OF,
    SERIES_OF,
)
from aurelius_engine.domain.formula.tree import (
    Call,
    Grouping,
    Node,
    Number,
    Place,
    Series,
    refused,
)

# The wire allows messages nested 100 deep; a node takes two, a specification some more.
DEPTH_MAX = 40
NODES_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A canonical node with its type and what it reads."""

    node: Node
    kind: Kind


def check(tree: Node, groupings: Collection[str] = ()) -> Node:
    """Returns the canonical form of a formula, whose value is a series.

    Args:
        tree: As parsed or as sent.
        groupings: The names that the formula declares; each is used.

    Raises:
        FormulaInvalid: A name, a type, an arity, a window, the size, or the depth.
    """
    _measure(tree)
    found = _Checker(groupings).checked(tree)
    if found.kind not in (Kind.SERIES, Kind.NUMBER):
        raise refused(
            f"the formula's value is a {found.kind.value}",
            at=tree.at,
            found=found.kind.value,
            allowed="a series; number(c) makes one of a condition",
        )
    return found.node


def kind_of(node: Node) -> Kind:
    """Returns the type of a canonical node."""
    if isinstance(node, Number):
        return Kind.NUMBER
    if isinstance(node, Series):
        return Kind.SERIES
    if isinstance(node, Grouping):
        return Kind.GROUP
    return OPERATOR_OF[node.operator].result


def _measure(tree: Node) -> None:
    """Refuses a tree too deep or too large, without recursion."""
    count, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEPTH_MAX or count > NODES_MAX:
            deep = depth > DEPTH_MAX
            what, limit = ("levels", DEPTH_MAX) if deep else ("nodes", NODES_MAX)
            raise refused(
                f"the expression has more than {limit} {what}",
                at=node.at,
                found=f"more than {limit} {what}",
                allowed=f"at most {limit} {what}",
            )
        if isinstance(node, Call):
            waiting.extend((argument, depth + 1) for argument in reversed(node.arguments))


class _Checker:
    def __init__(self, groupings: Collection[str]) -> None:
        self._groupings = groupings

    def checked(self, node: Node) -> Checked:
        if isinstance(node, Number):
            if not math.isfinite(node.value):
                raise _refused("a constant is finite", node.at, str(node.value), "a finite double")
            return Checked(Number(node.value + 0.0, node.at), Kind.NUMBER)
        if isinstance(node, Series | Grouping):
            return self._named(node.name, node.at)
        return self._called(node)

    def _named(self, name: str, at: Place) -> Checked:
        name = name.lower()
        if name in self._groupings:
            return Checked(Grouping(name, at), Kind.GROUP)
        if name in SERIES_OF:
            return Checked(Series(name, at), Kind.SERIES)
        if match := ADV.fullmatch(name):
            return self._called(Call("adv", (Number(float(match[1]), at),), at))
        if name in NOT_IN_DATA:
            raise _refused(NOT_IN_DATA[name], at, name, ", ".join(SERIES_OF))
        names = [*SERIES_OF, *sorted(self._groupings)]
        if name in OPERATOR_OF or name in ALIASES:
            signature = OPERATOR_OF[ALIASES.get(name, name)].signature
            raise _refused(f"{name} is an operator", at, name, signature)
        raise _refused(f"no series {name}{_like(name, names)}", at, name, ", ".join(names))

    def _called(self, node: Call) -> Checked:
        name = node.operator.lower()
        operator = OPERATOR_OF.get(ALIASES.get(name, name))
        if operator is None:
            known = [*OPERATOR_OF, *ALIASES]
            close = _like(name, known)
            if name in SERIES_OF:
                close = f": {name} is a series and takes no arguments"
            raise _refused(f"no operator {name}{close}", node.at, name, "docs/specs/formula.md")
        given = len(node.arguments)
        if not operator.least_arguments <= given <= operator.most_arguments:
            raise _refused(
                f"{operator.name} has {given} arguments", node.at, str(given), operator.signature
            )
        parameters = _parameters(operator, given)
        arguments = [
            self._argument(operator, parameter, argument)
            for parameter, argument in zip(parameters, node.arguments, strict=False)
        ]
        for parameter in parameters[given:]:
            arguments.append(Number(float(parameter.default or 0.0), node.at))
        return _folded(Call(operator.name, tuple(arguments), node.at), operator)

    def _argument(self, operator: Operator, parameter: Parameter, argument: Node) -> Node:
        found = self.checked(argument)
        if parameter.form in (Form.WINDOW, Form.CONSTANT):
            return _constant(operator, parameter, found)
        fits = {
            Form.SERIES: (Kind.SERIES, Kind.NUMBER),
            Form.CONDITION: (Kind.CONDITION,),
            Form.GROUP: (Kind.GROUP,),
        }[parameter.form]
        if found.kind not in fits:
            hint = ""
            if parameter.form is Form.SERIES and found.kind is Kind.CONDITION:
                hint = "; number(c) makes one of a condition"
            elif parameter.form is Form.GROUP:
                hint = ": a declared grouping or bucket(x, n)"
            raise _refused(
                f"{parameter.name} of {operator.name} is a {found.kind.value}",
                argument.at,
                found.kind.value,
                parameter.allowed + hint,
            )
        return found.node


def _parameters(operator: Operator, given: int) -> tuple[Parameter, ...]:
    """Returns a parameter for each argument, and those with defaults that were left out."""
    extra = max(0, given - len(operator.parameters))
    return operator.parameters + operator.parameters[-1:] * extra


def _constant(operator: Operator, parameter: Parameter, found: Checked) -> Node:
    if not isinstance(found.node, Number):
        raise _refused(
            f"{parameter.name} of {operator.name} is a {found.kind.value}",
            found.node.at,
            found.kind.value,
            parameter.allowed,
        )
    value = found.node.value
    whole = parameter.form is Form.CONSTANT and parameter.name not in ("ddof", "n")
    if not parameter.least <= value <= parameter.most or not (whole or value == math.floor(value)):
        raise _refused(
            f"{parameter.name} of {operator.name} is {value!r}",
            found.node.at,
            repr(value).removesuffix(".0"),
            parameter.allowed,
        )
    return found.node


def _folded(node: Call, operator: Operator) -> Checked:
    """Computes arithmetic on constants alone, in IEEE-754 doubles."""
    values = [item.value for item in node.arguments if isinstance(item, Number)]
    if operator.name not in _FOLDED or len(values) < len(node.arguments):
        return Checked(node, operator.result)
    if operator.name == "negate":
        value = -values[0]
    elif operator.name == "divide":
        value = values[0] / values[1] if values[1] else math.nan
    else:
        left, right = values
        value = {"add": left + right, "subtract": left - right}.get(operator.name, left * right)
    if not math.isfinite(value):
        raise _refused("the constant is not finite", node.at, str(value), "a finite double")
    return Checked(Number(value + 0.0, node.at), Kind.NUMBER)


_FOLDED = ("add", "subtract", "multiply", "divide", "negate")


def _like(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name[:64], sorted(known), n=1)
    return f": did you mean {close[0]}?" if close else ""


def _refused(message: str, at: Place, found: str, allowed: str) -> FormulaInvalid:
    shown = [text if len(text) < 200 else f"{text[:200]}..." for text in (message, found)]
    return refused(shown[0], at=at, found=shown[1], allowed=allowed)
