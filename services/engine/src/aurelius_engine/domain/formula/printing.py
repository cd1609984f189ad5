"""Trees as canonical text: what `parsing.parse` and a check turn back into the same tree."""

from aurelius_engine.domain.formula.tree import Call, Grouping, Node, Number, Series

# (sign, strength, strength asked of the left operand, of the right one)
_INFIX = {
    "or": ("or", 1, 1, 2),
    "and": ("and", 2, 2, 3),
    "less": ("<", 4, 5, 5),
    "less_equal": ("<=", 4, 5, 5),
    "greater": (">", 4, 5, 5),
    "greater_equal": (">=", 4, 5, 5),
    "equal": ("==", 4, 5, 5),
    "not_equal": ("!=", 4, 5, 5),
    "add": ("+", 5, 5, 6),
    "subtract": ("-", 5, 5, 6),
    "multiply": ("*", 6, 6, 7),
    "divide": ("/", 6, 6, 7),
    "power": ("^", 8, 9, 7),
}
_PREFIX = {"not": ("not ", 3, 3), "negate": ("-", 7, 7)}
_OPERAND = 9


def number_text(value: float) -> str:
    """Returns the shortest text that reads back as the value, without a needless `.0`."""
    text = repr(value)
    return text.removesuffix(".0")


def to_text(node: Node) -> str:
    """Returns the canonical text of a tree: one blank around infix signs, no needless ( )."""
    return _text(node)[0]


def _text(node: Node) -> tuple[str, int]:
    """Returns a node's text and how strongly it holds together."""
    if isinstance(node, Number):
        return number_text(node.value), 7 if node.value < 0 else _OPERAND
    if isinstance(node, Series | Grouping):
        return node.name, _OPERAND
    if node.operator in _INFIX and len(node.arguments) == 2:
        sign, strength, left, right = _INFIX[node.operator]
        first, second = node.arguments
        return f"{_held(first, left)} {sign} {_held(second, right)}", strength
    if node.operator in _PREFIX and len(node.arguments) == 1:
        sign, strength, asked = _PREFIX[node.operator]
        return f"{sign}{_held(node.arguments[0], asked)}", strength
    return _called(node), _OPERAND


def _called(node: Call) -> str:
    return f"{node.operator}({', '.join(to_text(argument) for argument in node.arguments)})"


def _held(node: Node, asked: int) -> str:
    text, strength = _text(node)
    return text if strength >= asked else f"({text})"
