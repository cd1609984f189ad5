"""Expressions as frozen trees, and as the proto JSON of `Expression`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aurelius_engine.domain.errors import FormulaInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node stands: in a text (line and column from 1, offset from 0) or in a tree."""

    line: int = 0
    column: int = 0
    offset: int = 0
    path: str = ""

    @property
    def facts(self) -> dict[str, str | int]:
        """The place as facts of a refusal."""
        if self.path:
            return {"path": self.path}
        return {"line": self.line, "column": self.column, "offset": self.offset}

    def __str__(self) -> str:
        """Returns the place for people."""
        return self.path or f"line {self.line}, column {self.column}"


NOWHERE = Place(path="expression")


def refused(message: str, *, at: Place, found: str, allowed: str) -> FormulaInvalid:
    """Returns the refusal of a formula, with the place among its facts."""
    return FormulaInvalid(f"{at}: {message}", found=found, allowed=allowed, **at.facts)


@dataclass(frozen=True, slots=True)
class Number:
    """A finite constant."""

    value: float
    at: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of the data, by name."""

    name: str
    at: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Grouping:
    """A grouping of symbols that the formula declares, by name."""

    name: str
    at: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator applied to arguments."""

    operator: str
    arguments: tuple["Node", ...]
    at: Place = field(default=NOWHERE, compare=False)


Node = Number | Series | Grouping | Call


def nodes(node: Node) -> Iterator[Node]:
    """Yields every node, arguments before the calls on them, from left to right."""
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from nodes(argument)
    yield node


def tree_from_document(document: Mapping[str, Any], path: str = "expression") -> Node:
    """Parses the proto JSON of an `Expression`. Its depth is bounded by the wire.

    Args:
        document: `{"number": 1}`, `{"series": "close"}`, `{"grouping": "sector"}` or
            `{"call": {"operator": "rank", "arguments": [...]}}`.
        path: Where it stands, for refusals.

    Raises:
        FormulaInvalid: It is none of these.
    """
    at = Place(path=path)
    if len(document) == 1:
        ((kind, value),) = document.items()
        if kind == "number":
            return Number(float(value) + 0.0, at)
        if kind == "series":
            return Series(str(value), at)
        if kind == "grouping":
            return Grouping(str(value), at)
        if kind == "call":
            inner: Sequence[Mapping[str, Any]] = value.get("arguments", ())
            return Call(
                str(value.get("operator", "")),
                tuple(
                    tree_from_document(item, f"{path}.call.arguments[{index}]")
                    for index, item in enumerate(inner)
                ),
                at,
            )
    raise refused(
        "a node has exactly one of number, series, grouping and call",
        at=at,
        found=", ".join(sorted(document)) or "none",
        allowed="number, series, grouping or call",
    )


def tree_to_document(node: Node) -> dict[str, Any]:
    """Returns the proto JSON of an `Expression`."""
    if isinstance(node, Number):
        return {"number": node.value}
    if isinstance(node, Series):
        return {"series": node.name}
    if isinstance(node, Grouping):
        return {"grouping": node.name}
    arguments = [tree_to_document(argument) for argument in node.arguments]
    return {"call": {"operator": node.operator, "arguments": arguments}}
