"""The space of a sweep: parameters with finitely many values, and what holds between them.

A point is one index a parameter. Values follow from indices by + - * / alone, and by the
engine's own exp and log where a range is logarithmic: the same bits on any machine.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from aurelius_engine.domain.canonical_json import Json
from aurelius_engine.domain.errors import SweepParameterInvalid, SweepSpaceInvalid
from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log

# A range without a step is cut into so many equal parts.
PARTS = 1 << 20
GRID_MAX_POINTS = 100_000
_MAX_STEPS = 2.0**53
_LOG_LEAST, _LOG_MOST = 1e-300, 1e300
Point = tuple[int, ...]
Values = tuple[Json, ...]


class Domain(Protocol):
    """Values in an order."""

    @property
    def count(self) -> int:
        """How many values there are, at least 1."""

    @property
    def listable(self) -> bool:
        """Whether a grid goes through the values."""

    @property
    def ordered(self) -> bool:
        """Whether near indices are near values."""

    def value(self, index: int) -> Json:
        """Returns the value of an index in [0, count)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntRange:
    """`lower`, `lower + step`, up to `upper` at the most."""

    lower: int
    upper: int
    step: int
    listable: bool = True
    ordered: bool = True

    @property
    def count(self) -> int:
        """See the protocol."""
        return (self.upper - self.lower) // self.step + 1

    def value(self, index: int) -> int:
        """See the protocol."""
        return self.lower + index * self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatSteps:
    """`lower + i step`, up to `upper` at the most, but for rounding."""

    lower: float
    upper: float
    step: float
    listable: bool = True
    ordered: bool = True

    def __post_init__(self) -> None:
        """Refuses more steps than doubles count."""
        if not self._steps < _MAX_STEPS:
            raise SweepParameterInvalid(
                "a range has too many steps",
                found=f"{self._steps:.6g}",
                allowed=f"fewer than {_MAX_STEPS:.0f}",
            )

    @property
    def _steps(self) -> float:
        # 0.3 / 0.1 is below 3: a step that misses the end by rounding reaches it.
        return (self.upper - self.lower) / self.step * (1.0 + 1e-12)

    @property
    def count(self) -> int:
        """See the protocol."""
        return 1 + math.floor(self._steps)

    def value(self, index: int) -> float:
        """See the protocol."""
        return min(self.lower + index * self.step, self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatParts:
    """A range cut into 2^20 equal parts, of itself or of its logarithm."""

    lower: float
    upper: float
    logarithmic: bool
    listable: bool = False
    ordered: bool = True

    def __post_init__(self) -> None:
        """Refuses what has no logarithm, or one that cannot be turned back."""
        if self.logarithmic and not _LOG_LEAST <= self.lower <= self.upper <= _LOG_MOST:
            raise SweepParameterInvalid(
                "a logarithmic range cannot be spread",
                found=f"[{self.lower}, {self.upper}]",
                allowed=f"within [{_LOG_LEAST}, {_LOG_MOST}]",
            )

    @property
    def count(self) -> int:
        """See the protocol."""
        return PARTS + 1 if self.lower < self.upper else 1

    def value(self, index: int) -> float:
        """See the protocol."""
        if index == 0:
            return self.lower
        if index == PARTS:
            return self.upper
        part = index / PARTS
        if not self.logarithmic:
            # Of both ends: their distance may not be a float.
            return self.lower * (1.0 - part) + self.upper * part
        low, high = fixed_log(self.lower), fixed_log(self.upper)
        return min(max(fixed_exp(low + part * (high - low)), self.lower), self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Values one by one."""

    values: Values
    listable: bool = True
    ordered: bool = False

    @property
    def count(self) -> int:
        """See the protocol."""
        return len(self.values)

    def value(self, index: int) -> Json:
        """See the protocol."""
        return self.values[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A field that varies. `path` is its lowerCamelCase names joined by dots."""

    path: str
    domain: Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """`left comparison right`: places of parameters, or a number on the right."""

    left: int
    comparison: str
    right: int | None
    number: float = 0.0

    def holds(self, values: Values) -> bool:
        """Whether it holds at a point's values."""
        right = self.number if self.right is None else values[self.right]
        return compares(_number(values[self.left]), self.comparison, _number(right))


def compares(left: float, comparison: str, right: float) -> bool:
    """Whether two numbers relate so; false where one is NaN.

    Args:
        left: Any number.
        comparison: LESS, LESS_OR_EQUAL, GREATER or GREATER_OR_EQUAL.
        right: Any number.
    """
    if comparison == "LESS":
        return left < right
    if comparison == "LESS_OR_EQUAL":
        return left <= right
    if comparison == "GREATER":
        return left > right
    if comparison == "GREATER_OR_EQUAL":
        return left >= right
    raise ValueError(f"comparison {comparison}")


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """All points, and which of them are trials."""

    parameters: tuple[Parameter, ...]
    relations: tuple[Relation, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the parameters."""
        return tuple(parameter.path for parameter in self.parameters)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many values each parameter has."""
        return tuple(parameter.domain.count for parameter in self.parameters)

    def values(self, point: Point) -> Values:
        """Returns a point's values."""
        pairs = zip(self.parameters, point, strict=True)
        return tuple(parameter.domain.value(index) for parameter, index in pairs)

    def keeps(self, values: Values) -> bool:
        """Whether every relation holds."""
        return all(relation.holds(values) for relation in self.relations)

    def grid(self) -> Iterator[Point]:
        """Returns every point, the last parameter changing fastest.

        Raises:
            SweepSpaceInvalid: A range has no step, or the points are too many.
        """
        for parameter in self.parameters:
            if not parameter.domain.listable:
                raise SweepSpaceInvalid(
                    f"a grid cannot go through {parameter.path}",
                    found="a range without a step",
                    allowed="a step or a list of values",
                )
        points = math.prod(self.counts)
        if points > GRID_MAX_POINTS:
            raise SweepSpaceInvalid(
                f"the grid has {points} points", found=points, allowed=f"at most {GRID_MAX_POINTS}"
            )
        return product(*(range(count) for count in self.counts))


def refuse_unrelatable(space: SearchSpace) -> None:
    """Refuses relations of what is no number.

    Raises:
        SweepParameterInvalid: A related parameter lists something else.
    """
    for relation in space.relations:
        for place in (relation.left, relation.right):
            if place is None:
                continue
            parameter = space.parameters[place]
            values: Sequence[Json] = getattr(parameter.domain, "values", ())
            for value in values:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise SweepParameterInvalid(
                        f"{parameter.path} cannot be compared",
                        found=repr(value)[:100],
                        allowed="numbers",
                    )
