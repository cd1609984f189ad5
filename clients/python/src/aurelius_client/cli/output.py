"""What every command prints with: canonical JSON for programs, tables for people."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp
    from rich.console import Console
    from rich.table import Table

_NUMBERS = frozenset({"rows", "bytes", "symbols"})
# Columns of words, which may go on in the next line.
_WORDS = frozenset({"roles", "called", "tiers", "adjusted for", "assets", "intervals", "flags"})
_WIDEST = 10_000


def print_message(message: "Message") -> None:
    """Prints one message as canonical JSON."""
    from aurelius_client.canonical_json import canonical_text

    sys.stdout.buffer.write(canonical_text(message) + b"\n")
    sys.stdout.buffer.flush()


def print_messages(messages: Iterable["Message"]) -> None:
    """Prints messages as canonical JSON, one a line, as they come."""
    for message in messages:
        print_message(message)


def console() -> "Console":
    """Returns the console of what people read."""
    from rich.console import Console

    return Console(highlight=False)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Prints names and values in two columns. A digest is never cut, so that it can be copied."""
    from rich.markup import escape

    rows = list(facts)
    width = max(len(name) for name, _ in rows)
    out = console()
    for name, value in rows:
        out.print(f"[dim]{name:<{width}}[/dim] ", escape(value), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Prints rows under their columns, or a sentence if there is none.

    Ids and times are never broken: on a narrow terminal the last columns are left out,
    so the columns are given in the order of their weight.
    """
    out = console()
    if not rows:
        out.print(empty)
        return
    shown = len(columns)
    unbound = out.options.update(max_width=_WIDEST)
    while shown > 1:
        if out.measure(_table(columns[:shown], rows), options=unbound).minimum <= out.width:
            break
        shown -= 1
    out.print(_table(columns[:shown], rows), no_wrap=shown == 1, overflow="ignore", crop=False)
    if shown < len(columns):
        left_out = ", ".join(columns[shown:])
        hint = f"not shown, as the terminal is narrow: {left_out}; --json has all"
        out.print(hint, style="dim", soft_wrap=True)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(columns):
        words = name in _WORDS
        cells = [row[place] for row in rows]
        unbroken = [word for cell in cells for word in cell.split()] if words else cells
        table.add_column(
            name,
            justify="right" if name in _NUMBERS else "left",
            overflow="fold",
            no_wrap=not words,
            min_width=max(map(cell_len, (name, *unbroken))),
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row[: len(columns)]))
    return table


def day(time: "Timestamp") -> str:
    """Returns a time's date in UTC."""
    return time.ToDatetime().date().isoformat() if time.seconds else ""


def minute(time: "Timestamp") -> str:
    """Returns a time to the minute, in UTC."""
    return time.ToDatetime().strftime("%Y-%m-%d %H:%M") if time.seconds else ""


def moment(time: "Timestamp") -> str:
    """Returns a time to the second, in UTC."""
    return time.ToDatetime().strftime("%Y-%m-%d %H:%M:%SZ") if time.seconds else ""


def enum_text(message: Any, field: str) -> str:
    """Returns an enum's value in lower case, without the prefix of its type."""
    descriptor = message.DESCRIPTOR.fields_by_name[field].enum_type
    value = descriptor.values_by_number[getattr(message, field)].name
    words = "".join(f"_{c}" if c.isupper() else c for c in descriptor.name).upper()
    text: str = value.removeprefix(f"{words.lstrip('_')}_").lower()
    return text


def short(digest: str, digits: int = 12) -> str:
    """Returns the beginning of a digest, enough to compare by eye."""
    return digest.removeprefix("sha256:")[:digits]
