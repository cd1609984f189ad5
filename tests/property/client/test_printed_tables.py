"""A printed table never breaks an id, a time or a word, however narrow the terminal is."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from aurelius_client.cli import output

ID = st.from_regex(re.compile(r"\A[a-z][a-z0-9-]{0,62}\Z"))
MINUTE = st.just("2024-01-02 10:11")
ROLES = st.lists(st.sampled_from(["researcher", "risk", "auditor"]), min_size=1).map(", ".join)
USERS = ("user", "state", "created", "roles")


def printed(columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(output, "console", lambda: console)
        output.print_table(columns, rows, "none")
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text.splitlines()


@given(
    st.lists(st.tuples(ID, st.sampled_from(["active", "disabled"]), MINUTE, ROLES), min_size=1),
    st.integers(1, 200),
)
def test_no_id_time_or_word_is_broken(rows: list[tuple[str, ...]], width: int) -> None:
    lines = printed(USERS, rows, width)

    shown = [column for column in USERS if column in lines[0].split()]
    assert shown == list(USERS[: len(shown)])
    body = "\n".join(lines)
    for row in rows:
        for column, cell in zip(shown, row, strict=False):
            parts = cell.split() if column == "roles" else [cell]
            assert all(part in body for part in parts)
    left_out = ", ".join(USERS[len(shown) :])
    assert (f"narrow: {left_out};" in lines[-1]) is bool(left_out)
    if len(shown) > 1:
        table = lines[:-1] if left_out else lines
        assert all(len(line) <= width for line in table)


def test_runs_fit_eighty_columns_whole() -> None:
    columns = ("run", "state", "created", "strategy", "result")
    run = ("r" + "a" * 26, "sealed", "2024-01-02 10:11", "trend_following", "0123abcd")

    lines = printed(columns, [run], 80)

    assert lines[0].split() == list(columns)
    assert lines[2].split() == " ".join(run).split()
    assert len(lines) == 3


def test_what_is_in_brackets_is_printed_as_it_is() -> None:
    lines = printed(("user", "state"), [("[red]x[/red]", ":smile:")], 80)

    assert lines[2].split() == ["[red]x[/red]", ":smile:"]
