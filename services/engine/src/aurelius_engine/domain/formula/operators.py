"""What an operator is: its signature, its rule, and what the reference says of it."""

from dataclasses import dataclass
from enum import Enum

WINDOW_MAX = 100_000
# Operators that keep a sorted window do work in its length at each bar.
SORTED_WINDOW_MAX = 2_520


class Kind(Enum):
    """The type of a node. A number is also a series, of which every bar has that value."""

    NUMBER = "number"
    SERIES = "series"
    CONDITION = "condition"
    GROUP = "group"


class Form(Enum):
    """What an argument must be."""

    SERIES = "series"
    CONDITION = "condition"
    GROUP = "group"
    WINDOW = "window"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument: a window is a whole constant, a constant any, each within its bounds."""

    name: str
    form: Form
    least: float = 0.0
    most: float = 0.0
    default: float | None = None

    @property
    def allowed(self) -> str:
        """What may stand here, for people."""
        if self.form is Form.WINDOW:
            return f"a whole number in [{self.least:.0f}, {self.most:.0f}], written as a constant"
        if self.form is Form.CONSTANT:
            return f"a number in [{self.least:g}, {self.most:g}], written as a constant"
        return f"a {self.form.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator of the language.

    Attributes:
        lag: Bars before the first value, beyond those of the arguments: `0`, `d - 1` or `d`.
        undefined: When the value is undefined though no argument is; empty for never.
        variadic: Whether the last parameter may be repeated, up to 16 arguments.
    """

    name: str
    family: str
    parameters: tuple[Parameter, ...]
    result: Kind
    formula: str
    lag: str = "0"
    undefined: str = ""
    reference: str = ""
    aliases: tuple[str, ...] = ()
    variadic: bool = False

    @property
    def signature(self) -> str:
        """The call as text, with the defaults."""
        shown = [
            item.name if item.default is None else f"{item.name} = {item.default:g}"
            for item in self.parameters
        ]
        return f"{self.name}({', '.join(shown)}{', ...' if self.variadic else ''})"

    @property
    def least_arguments(self) -> int:
        """How many arguments have no default."""
        return sum(item.default is None for item in self.parameters)

    @property
    def most_arguments(self) -> int:
        """How many arguments there may be."""
        return 16 if self.variadic else len(self.parameters)


def window(least: int = 1, most: int = WINDOW_MAX) -> Parameter:
    """Returns the parameter `d`."""
    return Parameter(name="d", form=Form.WINDOW, least=least, most=most)


def constant(name: str, least: float, most: float, default: float | None = None) -> Parameter:
    """Returns a parameter that is a constant."""
    return Parameter(name=name, form=Form.CONSTANT, least=least, most=most, default=default)


def series(name: str) -> Parameter:
    """Returns a parameter that is a series."""
    return Parameter(name=name, form=Form.SERIES)


def condition(name: str) -> Parameter:
    """Returns a parameter that is a condition."""
    return Parameter(name=name, form=Form.CONDITION)


X, Y, C = series("x"), series("y"), condition("c")
GROUP = Parameter(name="g", form=Form.GROUP)
DDOF = constant("ddof", 0, 1, 1)
