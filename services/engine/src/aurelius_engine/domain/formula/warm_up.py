"""How many bars of a symbol an expression needs before its first value."""

from aurelius_engine.domain.formula.operators import Form
from aurelius_engine.domain.formula.registry import OPERATOR_OF, SERIES_OF
from aurelius_engine.domain.formula.tree import Call, Node, Number, Series


def warm_up_bars(node: Node) -> int:
    """Returns the bars from which on every operator has its whole window, at least 1.

    `where`, `fill`, `is_defined` and `ts_fill` may give values before, and an undefined
    value of a division may put the first one off.
    """
    return 1 + _lag(node)


def _lag(node: Node) -> int:
    if isinstance(node, Series):
        return SERIES_OF[node.name].lag
    if isinstance(node, Call):
        return _own_lag(node) + max(_lag(item) for item in node.arguments)
    return 0


def _own_lag(node: Call) -> int:
    operator = OPERATOR_OF[node.operator]
    if operator.lag in ("0", "1"):
        return int(operator.lag)
    forms = [parameter.form for parameter in operator.parameters]
    window = node.arguments[forms.index(Form.WINDOW)]
    if not isinstance(window, Number):
        raise ValueError(f"{node.operator} without a window: the tree is not checked")
    return int(window.value) - (operator.lag == "d - 1")
