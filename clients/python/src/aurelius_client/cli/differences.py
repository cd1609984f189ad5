"""How people read where two results part, and what differs between two runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from aurelius.engine.v1 import backtest_service_pb2 as pb
    from aurelius.engine.v1 import replay_service_pb2


def difference_facts(
    first: "replay_service_pb2.Difference", sides: tuple[str, str]
) -> list[tuple[str, str]]:
    """Returns what a first difference says, by name: where it is and both values."""
    return [
        ("first difference", place_of(first)),
        (f"{sides[0]} value", first.sealed_value or "no such row"),
        (f"{sides[1]} value", first.replayed_value or "no such row"),
    ]


def place_of(first: "replay_service_pb2.Difference") -> str:
    """Returns the place in words: `fills.price of GOOG at 2009-03-02 00:00:00 UTC, ...`."""
    from aurelius_client.cli.output import moment

    place = f"{first.artifact_id}.{first.column}" if first.column else first.artifact_id
    if first.symbol:
        place += f" of {first.symbol}"
    if first.HasField("step"):
        place += f" at {moment(first.event_time)}, step {first.step}"
    return f"{place}, row {first.row}"


def print_comparison(left: str, right: str, compared: "pb.CompareBacktestsResponse") -> None:
    """Prints what differs between two runs, the parts of the identity first."""
    from aurelius_client.cli.output import print_facts, print_table

    facts = [("left", left), ("right", right)]
    if compared.HasField("first_difference"):
        facts += difference_facts(compared.first_difference, ("left", "right"))
    else:
        facts.append(("results", "equal"))
    print_facts(facts)
    _print_changes("identity", compared.identity_changes, "the identities are equal")
    if compared.spec_changes:
        _print_changes("specification", compared.spec_changes, "")
    if compared.metric_changes:
        typer.echo()
        print_table(
            ("metric", "left", "right"),
            [(item.path, *_rounded(item.left, item.right)) for item in compared.metric_changes],
            "",
        )


def _print_changes(name: str, changes: "Sequence[pb.ValueChange]", empty: str) -> None:
    from aurelius_client.cli.output import print_table

    typer.echo()
    rows = [(item.path, _short(item.left), _short(item.right)) for item in changes]
    print_table((name, "left", "right"), rows, empty)


def _rounded(left: str, right: str) -> tuple[str, str]:
    """Returns two values with eight digits: both have to fit beside the longest name.

    Where these do not tell them apart, it says so; `--json` has every digit.
    """
    try:
        one, other = (f"{float(value):.8g}" for value in (left, right))
    except ValueError:  # a reason for which there is none
        return left, right
    return one, f"{other}, last bits" if one == other else other


def _short(value: str) -> str:
    """Returns a digest without its tail: `--json` has all of it."""
    return value[:19] if value.startswith("sha256:") else value or "none"
