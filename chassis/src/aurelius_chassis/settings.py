"""Settings from the environment: frozen, checked once, at start."""

import dataclasses
import math
import os
import sys
import types
import typing
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
PREFIX = "AURELIUS_"


class SettingRefused(Exception):
    """A variable is missing or cannot be read as its type."""

    def __init__(self, variable: str, *, found: str, allowed: str) -> None:
        """Names the variable."""
        super().__init__(f"{variable} is {found}, allowed {allowed}")
        self.variable, self.found, self.allowed = variable, found, allowed


def load(cls: type[T], environment: Mapping[str, str]) -> T:
    """Fills a frozen dataclass: field `home` from AURELIUS_HOME.

    Fields are of type str, int, float, bool or Path, or one of them or None. An
    empty variable counts as absent.

    Raises:
        SettingRefused: A variable without default is absent, or one is malformed.
    """
    values: dict[str, object] = {}
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        variable = PREFIX + field.name.upper()
        text = environment.get(variable, "")
        if text:
            values[field.name] = _parse(variable, text, hints[field.name])
        elif field.default is field.default_factory is dataclasses.MISSING:
            raise SettingRefused(variable, found="absent", allowed=_name(hints[field.name]))
    return cls(**values)


def load_or_exit(cls: type[T]) -> T:
    """Fills `cls` from the environment, or says why not in one line and exits with 2."""
    try:
        return load(cls, os.environ)
    except SettingRefused as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None


def require(field: str, value: float | str, *, allowed: str, holds: bool) -> None:
    """Is for `__post_init__`. Raises: SettingRefused: The rule does not hold of the field."""
    if not holds:
        raise SettingRefused(PREFIX + field.upper(), found=str(value), allowed=allowed)


def require_positive(settings: object, *fields: str) -> None:
    """Is for `__post_init__`. Raises: SettingRefused: A number is not finite and above 0."""
    for field in fields:
        value: float = getattr(settings, field)
        require(field, value, allowed="above 0, finite", holds=0 < value < math.inf)


def _name(kind: object) -> str:
    kind = _inner(kind)
    return getattr(kind, "__name__", str(kind))


def _inner(kind: object) -> object:
    """Returns the type of an optional field."""
    if isinstance(kind, types.UnionType):
        return next(part for part in typing.get_args(kind) if part is not type(None))
    return kind


def _parse(variable: str, text: str, kind: object) -> object:
    kind = _inner(kind)
    if kind is bool:
        if text not in ("true", "false"):
            raise SettingRefused(variable, found=text, allowed="true or false")
        return text == "true"
    try:
        return kind(text)  # type: ignore[operator]
    except ValueError as error:
        raise SettingRefused(variable, found=text, allowed=_name(kind)) from error
