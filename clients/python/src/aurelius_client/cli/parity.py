"""`aurelius parity`: one specification through every door, digest by digest."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.exits import NO
from aurelius_client.cli.options import AsJson, Server
from aurelius_client.cli.run import Seed, Spec, check_seed

if TYPE_CHECKING:
    from aurelius_client.cli.doors import Answer


def parity(
    spec: Spec,
    data: Annotated[Path, typer.Option(help="Market data: a .csv, .parquet or .arrow file.")],
    provenance: Annotated[
        Path | None,
        typer.Option(
            help="Where the data came from, if the server does not have it yet. "
            "Absent means FILE.provenance.json beside it.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Runs a specification through every door and compares.

    The doors are the engine in this process and, through Envoy, gRPC, REST and the
    Python SDK. Exit code 0: all equal. 1: a difference.

    Example: aurelius parity examples/goog_trend.yaml --data goog.csv
    """
    check_seed(seed)
    from aurelius.engine.v1 import backtest_spec_pb2
    from aurelius_client.cli.doors import DOORS, Question
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.registering import registered
    from aurelius_client.cli.server import connect, target_of, token_of
    from aurelius_client.documents import read_message

    read = read_message(spec, backtest_spec_pb2.BacktestSpec())
    target = target_of(server)
    with connect(server) as client:
        dataset = registered(client, data, provenance)
    question = Question(
        spec=read,
        data=data,
        provenance=provenance,
        dataset=dataset.name,
        seed=seed,
        target=target,
        token=token_of(target),
    )
    answers = {}
    for name, door in DOORS.items():
        with waiting(f"through {name}"):
            answers[name] = door(question)
    rows = compared(answers)
    if as_json:
        _print_json(rows)
    else:
        _print_table(rows, answers)
    if not all(_equal(values) for values in rows.values()):
        raise typer.Exit(NO)


def compared(answers: Mapping[str, "Answer"]) -> dict[str, dict[str, str]]:
    """Returns what is compared, in order, and what each door gave for it.

    `result text` is the digest of the canonical JSON of the whole result, which is what
    `aurelius run --json` prints.
    """
    from aurelius_client.canonical_json import canonical_text

    rows: dict[str, dict[str, str]] = {
        "run": {name: answer.result.run for name, answer in answers.items()},
        "result digest": {name: answer.result.result_digest for name, answer in answers.items()},
    }
    for artifact in sorted({key for answer in answers.values() for key in answer.artifacts}):
        rows[artifact] = {
            name: answer.artifacts.get(artifact, "") for name, answer in answers.items()
        }
    rows["result text"] = {
        name: "sha256:" + hashlib.sha256(canonical_text(answer.result)).hexdigest()
        for name, answer in answers.items()
    }
    return rows


def _equal(values: Mapping[str, str]) -> bool:
    return len(set(values.values())) == 1 and "" not in values.values()


def _print_json(rows: Mapping[str, Mapping[str, str]]) -> None:
    import rfc8785

    document: dict[str, Any] = {
        "compared": {name: dict(values) for name, values in rows.items()},
        "equal": all(_equal(values) for values in rows.values()),
    }
    sys.stdout.buffer.write(rfc8785.dumps(document) + b"\n")


def _print_table(rows: Mapping[str, Mapping[str, str]], answers: Mapping[str, "Answer"]) -> None:
    from rich import box
    from rich.table import Table

    from aurelius_client.cli.output import console, short

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in answers:
        table.add_column(name, no_wrap=True)
    table.add_column("equal", no_wrap=True)
    for row, values in rows.items():
        shown = [short(value.removeprefix("runs/")) or "none" for value in values.values()]
        verdict = "[green]yes[/green]" if _equal(values) else "[bold red]NO[/bold red]"
        table.add_row(row, *shown, verdict)
    out = console()
    out.print(table)
    different = [row for row, values in rows.items() if not _equal(values)]
    if different:
        out.print(f"[bold red]different[/bold red]: {', '.join(different)}")
        return
    digest = next(iter(rows["result digest"].values()))
    out.print(
        f"[bold green]equal[/bold green] through {len(answers)} doors: {digest}", soft_wrap=True
    )
