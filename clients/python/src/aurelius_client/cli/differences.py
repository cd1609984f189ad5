"""How people read where two results part, and what differs between two runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
        print_table(
            ("metric", "left", "right"),
            [(item.path, *_rounded(item.left, item.right)) for item in compared.metric_changes],
            "",
        )


def _print_changes(name: str, changes: "Sequence[pb.ValueChange]", empty: str) -> None:
    from aurelius_client.cli.output import print_table

    rows = [(item.path, _short(item.left), _short(item.right)) for item in changes]
    print_table((name, "left", "right"), rows, empty)


def _rounded(left: str, right: str) -> tuple[str, str]:
    """Returns two values with eight digits, if these are enough to tell them apart."""
    try:
        short = tuple(f"{float(value):.8g}" for value in (left, right))
    except ValueError:  # a reason for which there is none
        return left, right
    return (short[0], short[1]) if short[0] != short[1] else (left, right)


def _short(value: str) -> str:
    """Returns a digest without its tail: `--json` has all of it."""
    return value[:19] if value.startswith("sha256:") else value or "none"
