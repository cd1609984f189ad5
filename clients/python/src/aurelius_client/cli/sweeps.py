"""`aurelius sweeps`: lists, shows, watches and cancels sweeps, and downloads their trials."""

from pathlib import Path
from typing import Annotated

import typer

from aurelius_client.cli.options import AsJson, Server
from aurelius_client.cli.runs import FORMATS

app = typer.Typer(help="Shows, watches and cancels sweeps.", no_args_is_help=True)
Sweep = Annotated[str, typer.Argument(help="A sweep, by name or id.")]


@app.command("list")
def list_(
    dataset: Annotated[
        str, typer.Option(help="Only sweeps of this dataset.", show_default=False)
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists sweeps, newest first.

    Example: aurelius sweeps list --dataset us-equities
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import enum_text, minute, print_messages, print_table, short
    from aurelius_client.cli.server import connect

    name = full_name("datasets", dataset) if dataset else ""
    with connect(server) as client:
        if as_json:
            print_messages(client.sweeps.list(dataset=name))
            return
        rows = [
            (
                sweep.name.removeprefix("sweeps/"),
                enum_text(sweep, "state"),
                minute(sweep.create_time),
                f"{sweep.progress.done_count:,}/{sweep.progress.total_count:,}",
                short(sweep.result.trials_digest, 8),
            )
            for sweep in client.sweeps.list(dataset=name)
        ]
    columns = ("sweep", "state", "created", "trials", "digest")
    print_table(columns, rows, "nothing was searched: aurelius sweep")


@app.command()
def show(sweep: Sweep, server: Server = None, as_json: AsJson = False) -> None:
    """Shows one sweep: its progress, or its result and its best trial.

    Example: aurelius sweeps show SWEEP
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.sweep import show as show_sweep

    with connect(server) as client:
        show_sweep(client.sweeps.get(full_name("sweeps", sweep)), as_json)


@app.command()
def watch(sweep: Sweep, server: Server = None, as_json: AsJson = False) -> None:
    """Watches one sweep to its end; with --json, each message as canonical JSON.

    Example: aurelius sweeps watch SWEEP
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_message
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.sweep import followed
    from aurelius_client.cli.sweep import show as show_sweep
    from aurelius_client.sweeps import succeeded

    name = full_name("sweeps", sweep)
    with connect(server) as client:
        found = client.sweeps.get(name)
        if not as_json:
            show_sweep(followed(client, found), as_json)
            return
        for found in client.sweeps.watch(name):
            print_message(found)
    succeeded(found)


@app.command()
def cancel(sweep: Sweep, server: Server = None, as_json: AsJson = False) -> None:
    """Cancels a running sweep; one that ended stays as it is.

    Example: aurelius sweeps cancel SWEEP
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.sweep import show as show_sweep

    with connect(server) as client:
        show_sweep(client.sweeps.cancel(full_name("sweeps", sweep)), as_json)


@app.command()
def trials(
    sweep: Sweep,
    output: Annotated[
        Path | None, typer.Option(help="Absent means trials.FORMAT.", show_default=False)
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="arrow, parquet, csv or json.", metavar="FORMAT")
    ] = "csv",
    server: Server = None,
) -> None:
    """Downloads the table of trials and checks its digest.

    Example: aurelius sweeps trials SWEEP --output trials.csv
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.server import connect
    from aurelius_client.errors import InvalidInput
    from aurelius_client.table_files import TableFormat

    if file_format not in FORMATS:
        raise InvalidInput(
            "FORMAT_UNKNOWN", "--format", found=file_format, allowed=", ".join(FORMATS)
        )
    path = output or Path(f"trials.{file_format}")
    with connect(server) as client, waiting("downloading the trials"):
        name = full_name("sweeps", sweep)
        written = client.sweeps.download(name, path, format=TableFormat(file_format))
    typer.echo(str(written))
