"""A vendor's answer as JSON: parsed strictly, and refused with where it is at fault."""

import json
from collections.abc import Sequence
from typing import Any

from aurelius_engine.application.errors import FileMalformed, UploadTooLarge

_SHOWN = 60
# A bar is one object or none, and has at most so many values; so many more are allowed.
_VALUES_A_BAR, _SPARE = 16, 100_000


def parsed(data: bytes, *, max_rows: int) -> object:
    """Returns what a file says.

    A name twice in one object, and numbers that JSON does not have, are refused, and so is
    what could not be as few bars as are allowed: a small file may unfold to much.

    Raises:
        UploadTooLarge: It has too many values.
        FileMalformed: It is no JSON; with line and column, counted from 1.
    """
    _refuse_many(data.count(b"{") + data.count(b"["), _SPARE + max_rows)
    _refuse_many(data.count(b","), _SPARE + _VALUES_A_BAR * max_rows)
    try:
        text = data.decode()
        found: object = json.loads(
            text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant
        )
        if "\\u" in text:
            _refuse_halves(found)
        return found
    except UnicodeDecodeError as error:
        raise _no_json(f"byte {error.start} is no UTF-8", path=f"byte {error.start}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise _no_json(f"{place}: {error.msg}", path=place) from error
    except RecursionError as error:
        raise _no_json("it is nested too deeply", path="$") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise _no_json(str(error).split(";")[0][:200], path="$") from error


def malformed(path: str, found: object, allowed: str) -> FileMalformed:
    """Returns the refusal of what lies at a path."""
    shown = found if isinstance(found, str) else json.dumps(found)
    text = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return FileMalformed(
        f"{path} is {text}, allowed {allowed}", found=text, allowed=allowed, path=path
    )


def member(value: object, path: str, name: str) -> object:
    """Returns a member of an object. Raises: FileMalformed: There is none."""
    found = object_at(value, path)
    if name not in found:
        names = ", ".join(found) or "no name"
        raise malformed(path, f"an object with {names}", f"one with {name}")
    return found[name]


def object_at(value: object, path: str) -> dict[str, Any]:
    """Returns an object. Raises: FileMalformed: It is none."""
    if not isinstance(value, dict):
        raise malformed(path, value, "an object")
    return value


def array_at(value: object, path: str, *, length: int | None = None) -> list[Any]:
    """Returns an array, of some length if that is given. Raises: FileMalformed: It is none."""
    if not isinstance(value, list):
        raise malformed(path, value, "an array")
    if length is not None and len(value) != length:
        raise malformed(path, f"an array of {len(value)}", f"an array of {length}")
    return value


def text_at(value: object, path: str) -> str:
    """Returns a text that is not empty. Raises: FileMalformed: It is none."""
    if not isinstance(value, str) or not value.strip():
        raise malformed(path, value, "a text")
    return value


def number_at(value: object, path: str) -> float:
    """Returns a number. Raises: FileMalformed: It is none."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[return-value]
    if kind is int:
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            pass
    raise malformed(path, value, "a number")


def whole_at(value: object, path: str) -> int:
    """Returns a whole number that is no truth value. Raises: FileMalformed: It is none."""
    if type(value) is not int:
        raise malformed(path, value, "a whole number")
    return value


def pages_of(value: object) -> Sequence[tuple[str, dict[str, Any]]]:
    """Returns the answers in a file, one or an array of them, with their paths.

    Raises:
        FileMalformed: It is neither, or the array is empty.
    """
    if not isinstance(value, list):
        return [("$", object_at(value, "$"))]
    if not value:
        raise malformed("$", value, "an object, or an array of at least 1")
    return [(f"$[{place}]", object_at(page, f"$[{place}]")) for place, page in enumerate(value)]


def _refuse_many(found: int, allowed: int) -> None:
    if found > allowed:
        raise UploadTooLarge(
            f"the file has {found} values or more, the limit is {allowed}",
            found=found,
            allowed=allowed,
            unit="values",
        )


def _without_twins(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise _no_json(f"an object has the name {twin[:_SHOWN]!r} twice", path="$")
    return found


def _refuse_halves(found: object) -> None:
    """Refuses half of a UTF-16 pair: JSON can escape one, and no text has it."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise _no_json(f"{half} is half of a character", path="$") from error


def _refuse_constant(text: str) -> object:
    raise _no_json(f"{text} is no number of JSON", path="$")


def _no_json(reason: str, *, path: str) -> FileMalformed:
    return FileMalformed(
        f"the file is no JSON: {reason}", found=reason, allowed="JSON in UTF-8", path=path
    )
